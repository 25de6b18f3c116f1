"""The schema that holds everything of a demo."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource, ResourceId


def _desired(wanted: Wanted) -> Iterator[Resource]:
    blueprint = wanted.plan.blueprint
    comment = f"{blueprint.title or blueprint.demo}: tables, views and models, made by demo_factory"
    yield Resource("schema", wanted.schema.key, {"comment": comment}, (ResourceId("catalog", wanted.plan.catalog),))


KIND = ResourceKind("schema", ("catalog",), "access_containers", _desired, securable="schema", takes=("CREATE_SCHEMA",))

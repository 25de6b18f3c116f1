"""A catalog of Unity Catalog; one that is there already is used as it is."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource


def _desired(wanted: Wanted) -> Iterator[Resource]:
    blueprint = wanted.plan.blueprint
    yield Resource(
        "catalog", wanted.plan.catalog, {"comment": f"{blueprint.title or blueprint.demo}: made by demo_factory"}
    )


KIND = ResourceKind("catalog", ("group", "service_principal"), "access_containers", _desired, securable="catalog")

"""Tags on catalogs, schemas, tables, views and columns, that say what data is and how confidential."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from demo_factory.resources.graph import (
    AccessPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    TablePlan,
    ViewPlan,
)
from demo_factory.resources.kind import STRICTEST, ResourceKind, Wanted, on_object
from demo_factory.resources.resource import DATA, Resource, ResourceId, Value


def _desired(wanted: Wanted) -> Iterator[Resource]:
    blueprint, catalog = wanted.plan.blueprint, wanted.plan.catalog
    budget = wanted.governance.budget_tag or blueprint.demo
    yield _tags(f"catalog {catalog}", {"demo": blueprint.demo, "budget": budget}, ResourceId("catalog", catalog))
    yield _tags(f"schema {wanted.schema.key}", {"demo": blueprint.demo, "owner": blueprint.owner}, wanted.schema)
    for step in wanted.plan.steps.values():
        yield from _of_step(wanted, step)


def _of_step(wanted: Wanted, step: Step) -> Iterator[Resource]:
    match step.plan:
        case TablePlan() as table:
            classes = {column.name: column.classification for column in table.visible}
            yield from _of_table(wanted, table.name, table.owner, classes, table.tags)
        case ViewPlan() as view:
            yield from _of_table(wanted, view.name, view.owner, {}, view.tags)
        case PredictionsPlan() as predictions:
            yield from _of_table(wanted, predictions.name, predictions.owner, _copied(wanted, predictions), {})
        case ModelPlan() | OptimizePlan() | AccessPlan():
            return
        case _ as never:
            assert_never(never)


def _of_table(
    wanted: Wanted, name: str, owner: str, classes: Mapping[str, str], own: Mapping[str, str]
) -> Iterator[Resource]:
    strictest = next((kind for kind in STRICTEST if kind in classes.values()), None)
    extra = {"classification": strictest} if strictest else {}
    full = f"{wanted.schema.key}.{name}"
    yield _tags(f"table {full}", {"demo": wanted.plan.demo, "owner": owner, **extra, **own}, wanted.schema)
    for column, kind in classes.items():
        if kind in STRICTEST:
            yield _tags(f"column {full}.{column}", {"classification": kind}, wanted.schema)


def _copied(wanted: Wanted, predictions: PredictionsPlan) -> dict[str, str]:
    """The classification of each column that is a copy of a table's."""
    found = {}
    for column, source in predictions.copies.items():
        planned = wanted.plan.steps[source.table].plan
        assert isinstance(planned, TablePlan)
        found[column] = next(one.classification for one in planned.visible if one.name == source.column)
    return found


def _tags(key: str, tags: Mapping[str, str], need: ResourceId) -> Resource:
    return Resource("tags", key, {"tags": dict(sorted(tags.items()))}, (need,))


def _by_hand(key: str, value: Value) -> Iterator[str]:
    yield f"tagged by hand: {', '.join(f'{tag}={text}' for tag, text in value['tags'].items())} on {key}"


KIND = ResourceKind(
    "tags",
    ("catalog", "schema", *DATA),
    "access_tags",
    _desired,
    on_object,
    by_hand=_by_hand,
    parts="tags",
    takes=("APPLY_TAG",),
)

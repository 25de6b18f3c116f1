"""The mask of a column: the function that stands before its cells."""

from collections.abc import Iterator

from demo_factory.blueprint.masks import masks_of
from demo_factory.resources.kind import On, ResourceKind, Wanted
from demo_factory.resources.kinds.function import mask_name
from demo_factory.resources.resource import Resource, ResourceId


def _desired(wanted: Wanted) -> Iterator[Resource]:
    masks = masks_of(wanted.plan.blueprint)
    for table, column in masks:
        yield _mask(wanted, f"{table}.{column}", mask_name(table, column))
    for predictions in wanted.predictions():
        for column, source in predictions.copies.items():  # a copy of a masked column has that column's function
            if (source.table, source.column) in masks:
                yield _mask(wanted, f"{predictions.name}.{column}", mask_name(source.table, source.column))
        if predictions.hides:
            yield _mask(wanted, f"{predictions.name}.prediction", mask_name(predictions.name, "prediction"))


def _mask(wanted: Wanted, column: str, function: str) -> Resource:
    need = ResourceId("function", f"{wanted.schema.key}.{function}")
    return wanted.in_schema("mask", column, {"function": need.key, "using": []}, need)


def _lies_on(key: str) -> On:
    return On("table", key.rpartition(".")[0])


KIND = ResourceKind(
    "mask",
    ("function", "table", "predictions"),
    "access_masks",
    _desired,
    _lies_on,
    guards=True,
    takes=("MANAGE",),
)

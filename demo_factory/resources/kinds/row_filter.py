"""The row filter of a table: the function that keeps or drops its rows."""

from collections.abc import Iterator, Sequence

from demo_factory.resources.kind import On, ResourceKind, Wanted
from demo_factory.resources.kinds.function import filter_name
from demo_factory.resources.policies import filter_function
from demo_factory.resources.resource import Resource, ResourceId


def _desired(wanted: Wanted) -> Iterator[Resource]:
    for table, spec in wanted.governance.row_filters.items():
        _, columns = filter_function(spec.keep, wanted.types(table), map(wanted.called, spec.exempt), wanted.names)
        yield _filter(wanted, table, table, columns)
        for predictions in wanted.predictions():
            named = {source.column: name for name, source in predictions.copies.items() if source.table == table}
            if named:
                yield _filter(wanted, predictions.name, table, [named[column] for column in columns])


def _filter(wanted: Wanted, on: str, table: str, columns: Sequence[str]) -> Resource:
    need = ResourceId("function", f"{wanted.schema.key}.{filter_name(table)}")
    return wanted.in_schema("row_filter", on, {"function": need.key, "on": list(columns)}, need)


def _lies_on(key: str) -> On:
    return On("table", key)


KIND = ResourceKind(
    "row_filter",
    ("function", "table", "predictions"),
    "access_masks",
    _desired,
    _lies_on,
    guards=True,
    takes=("MANAGE",),
)

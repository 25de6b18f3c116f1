"""A SQL function that says what is seen of a cell, or which rows are."""

from collections.abc import Iterable, Iterator

from demo_factory.blueprint.masks import masks_of
from demo_factory.resources.kind import ResourceKind, Wanted, unless
from demo_factory.resources.policies import FunctionText, filter_function, groups_in, mask_function, unfit
from demo_factory.resources.resource import Resource, ResourceId


def mask_name(table: str, column: str) -> str:
    """The name of the function that masks a column."""
    return f"mask_{table}_{column}"


def filter_name(table: str) -> str:
    """The name of the function that filters a table."""
    return f"filter_{table}"


def _desired(wanted: Wanted) -> Iterator[Resource]:
    masks = masks_of(wanted.plan.blueprint)
    for (table, column), mask in masks.items():
        text = mask_function(mask.show, wanted.types(table)[column], map(wanted.called, mask.exempt))
        yield _function(wanted, mask_name(table, column), text, f"What is seen of {table}.{column}", mask.exempt)
    for predictions in wanted.predictions():
        if predictions.hides:  # a guess at masked columns has a function of its own
            hidden = [masks[source.table, source.column] for source in predictions.hides]
            exempt = [group for group in hidden[0].exempt if all(group in mask.exempt for mask in hidden)]
            show = hidden[0].show if len(hidden) == 1 and not unfit(hidden[0].show, "string") else "hidden"
            text = mask_function(show, "string", map(wanted.called, exempt))
            about = f"What is seen of {predictions.name}.prediction"
            yield _function(wanted, mask_name(predictions.name, "prediction"), text, about, exempt)
    for table, spec in wanted.governance.row_filters.items():
        text, _ = filter_function(spec.keep, wanted.types(table), map(wanted.called, spec.exempt), wanted.names)
        yield _function(wanted, filter_name(table), text, f"Rows of {table} that are seen", spec.exempt)


def _function(wanted: Wanted, name: str, text: FunctionText, about: str, exempt: Iterable[str]) -> Resource:
    value = {
        "definition": text.definition,
        "parameters": text.parameters,
        "returns": text.returns,
        "comment": f"{about}{unless(exempt)}",
    }
    return wanted.in_schema("function", name, value, *(ResourceId("group", one) for one in groups_in(text.definition)))


# Before the tables: those that it guards are made with it in them.
KIND = ResourceKind(
    "function", ("schema", "group"), "access_containers", _desired, takes=("CREATE_FUNCTION", "EXECUTE")
)

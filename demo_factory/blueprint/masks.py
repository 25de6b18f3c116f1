"""Which mask each column has: one that names the column stands before one for its classification."""

from __future__ import annotations

from collections.abc import Iterator

from demo_factory.blueprint.governance import Mask
from demo_factory.blueprint.model import Blueprint


def masks_of(blueprint: Blueprint) -> dict[tuple[str, str], Mask]:
    """The masks by (table, column), in the order of the blueprint's tables and columns."""
    named: dict[tuple[str, str], Mask] = {}
    for mask in blueprint.governance.masks:
        for column in mask.columns:
            table, _, name = column.partition(".")
            named.setdefault((table, name), mask)
    by_class = {mask.classification: mask for mask in reversed(blueprint.governance.masks) if mask.classification}
    found = {}
    for table, name, classification in written_columns(blueprint):
        mask_of_column = named.get((table, name)) or by_class.get(classification)  # type: ignore[call-overload]
        if mask_of_column is not None:
            found[table, name] = mask_of_column
    return found


def written_columns(blueprint: Blueprint) -> Iterator[tuple[str, str, str]]:
    """(table, column, classification) of every column that people can see."""
    for table, spec in blueprint.tables.items():
        for name, column in spec.columns.items():
            if not column.hidden:
                yield table, name, column.classification

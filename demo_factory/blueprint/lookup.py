"""What a blueprint holds by name, as the checks ask for it: tables, columns, parents and kinds of values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from demo_factory.blueprint.columns import Column, Scalar
from demo_factory.blueprint.datatypes import read_type
from demo_factory.blueprint.model import Blueprint, Table
from demo_factory.blueprint.suggestions import did_you_mean, one_of

Kind = Literal["number", "text", "date", "boolean", "bytes", "nested", "unknown"]

_MAY_BE_DATED = re.compile(r"date|time|day|[a-z_]\.[a-z]", re.IGNORECASE)

NUMERIC = (
    "uniform", "normal", "lognormal", "exponential", "pareto", "weibull", "triangular", "gamma", "beta", "poisson",
    "zipf",
)  # fmt: skip
_KIND_OF_FORMULA: dict[str, Kind] = {
    **dict.fromkeys(NUMERIC, "number"),
    **dict.fromkeys(("person", "address", "email", "template"), "text"),
    "boolean": "boolean",
    "date": "date",
    "arrival": "date",
}


_KIND_OF_TYPE: dict[str, Kind] = {
    **dict.fromkeys(("date", "timestamp", "timestamp_ntz"), "date"),
    "string": "text",
    "boolean": "boolean",
    "binary": "bytes",
}


@dataclass(frozen=True)
class Broken:
    """What a file with mistakes leaves unknown, so that nothing is said about it twice."""

    names: frozenset[str] = frozenset()
    columns: frozenset[tuple[str, str]] = frozenset()


def kind_of_type(data_type: str) -> Kind:
    """The kind of value a Spark SQL type holds."""
    return "nested" if "<" in data_type else _KIND_OF_TYPE.get(data_type, "number")


def kind_of_values(values: list[Scalar]) -> Kind:
    """The kind that all the values have."""
    if all(isinstance(value, bool) for value in values):
        return "boolean"
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "number"
    return "text" if all(isinstance(value, str) for value in values) else "unknown"


def values_of(column: Column) -> list[Scalar] | None:
    """Every value that the column's formula can give, when it lists them."""
    if column.choice is not None:
        return list(dict.fromkeys(value for weights in column.choice.cases.values() for value in weights))
    return list(dict.fromkeys(column.cycle)) if column.cycle is not None else None


def kind_of_formula(column: Column) -> Kind:
    """The kind of value that a column's formula gives; unknown for expressions and references."""
    if column.key is not None:
        return "number" if column.key == "integer" else "text"
    values = values_of(column)
    return kind_of_values(values) if values is not None else _KIND_OF_FORMULA.get(column.formula, "unknown")


def refs(table: Table) -> dict[str, str]:
    """The columns of a table that refer to another, with the table each refers to."""
    return {name: column.ref.table for name, column in table.columns.items() if column.ref is not None}


def refs_called(table: Table, parent: str) -> list[str]:
    """The ref columns that `parent` means in `parent.column`: the one of that name, or those to a table of it."""
    there = refs(table)
    return [parent] if parent in there else [column for column, owner in there.items() if owner == parent]


class Lookup:
    """A blueprint by name. Whatever is broken is taken for right."""

    def __init__(self, blueprint: Blueprint, broken: Broken) -> None:
        self.blueprint = blueprint
        self.broken = broken

    def tables(self) -> Iterator[tuple[str, Table]]:
        """The tables in the order of the file."""
        yield from self.blueprint.tables.items()

    def columns(self) -> Iterator[tuple[str, Table, str, Column]]:
        """Every column that could be read, with its table."""
        for table_name, table in self.tables():
            for name, column in table.columns.items():
                if (table_name, name) not in self.broken.columns:
                    yield table_name, table, name, column

    def is_whole(self, table: str) -> bool:
        """Whether every column of the table could be read."""
        return all(name != table for name, _ in self.broken.columns)

    def column(self, table: str, name: str) -> Column | None:
        """A column that could be read, or None."""
        owner = self.blueprint.tables.get(table)
        return owner.columns.get(name) if owner and (table, name) not in self.broken.columns else None

    def no_column(self, table: str, name: str) -> tuple[str, str] | None:
        """Message and remedy when the table has no such column; None when it has."""
        owner = self.blueprint.tables.get(table)
        if owner is None or name in owner.columns or (table, name) in self.broken.columns:
            return None
        return f"{table} has no column {name!r}", did_you_mean(name, owner.columns)

    def _no_field(self, table: str, column: str, field: str) -> tuple[str, str] | None:
        """Message and remedy when `column.field` is no field of a struct in the row."""
        found = self.column(table, column)
        if found is None:
            return None
        fields = [name.lower() for name, _ in read_type(found.type).parts] if found.type else []
        if any(fields):
            there = field.lower() in fields
            return None if there else (f"{column} has no field {field!r}", did_you_mean(field, fields))
        message = f"{column} is no ref to another table and no struct, so it has no {field!r}"
        return message, f"write {column} alone, or give it a type as struct<{field}:string>"

    def not_reachable(self, table: str, reference: str) -> tuple[str, str] | None:
        """Message and remedy when `column` or `parent.column` is nothing a row of the table can see."""
        parent, dot, name = reference.partition(".")
        if not dot:
            return self.no_column(table, reference)
        there = refs(self.blueprint.tables[table])
        found = refs_called(self.blueprint.tables[table], parent)
        if not found and parent in self.blueprint.tables[table].columns:
            return self._no_field(table, parent, name)
        if not found:
            if not self.is_whole(table) or any(one not in self.blueprint.tables for one in there.values()):
                return None  # the ref itself is wrong, and that is said where it stands
            message = f"{table} has no ref that {parent!r} could mean"
            if not there:
                return message, f"name a column of {table}, or give it one as `{parent}_id: {{ref: {parent}}}`"
            return message, did_you_mean(parent, dict.fromkeys((*there, *there.values())))
        if len(found) > 1:
            message = f"{reference!r} is ambiguous: {' and '.join(found)} both refer to {parent}"
            return message, f"write {one_of(f'{column}.{name}' for column in found)}"
        return self.no_column(there[found[0]], name)

    def resolve(self, table: str, reference: str) -> tuple[str, str, Column] | None:
        """The table, the name and the column that `column` or `parent.column` means, when it could be read."""
        parent, dot, name = reference.rpartition(".")
        owner: str | None = table
        if dot:
            found = refs_called(self.blueprint.tables[table], parent)
            owner = refs(self.blueprint.tables[table])[found[0]] if found else None
        column = self.column(owner, name) if owner is not None else None
        return (owner, name, column) if owner is not None and column else None

    def kind(self, table: str, column: Column) -> Kind:
        """The kind of values a column holds; unknown for expressions without a type."""
        if column.type is not None:
            return kind_of_type(column.type)
        return kind_of_formula(column) if column.ref is None else self._kind_of_key(column.ref.table)

    def _kind_of_key(self, table: str) -> Kind:
        parent = self.blueprint.tables.get(table)
        key = parent.columns[parent.key] if parent and parent.key else None
        return self.kind(table, key) if key else "unknown"

    def is_dated(self, table: str, name: str) -> bool:
        """Whether a column can hold days: by type or formula, or as an expression that looks at something dated.

        Only plan knows the type of an expression, so one is refused here only when nothing in it speaks of dates.
        """
        columns = self.blueprint.tables[table].columns
        waiting, seen = [name], {name}
        while waiting:
            column = self.column(table, waiting.pop())
            if column is None or (kind := self.kind(table, column)) == "date":
                return True
            if kind == "unknown" and column.expr is not None:
                if _MAY_BE_DATED.search(column.expr):
                    return True
                words = set(re.findall(r"[a-z][a-z0-9_]*", column.expr.lower())) & columns.keys()
                waiting += words - seen
                seen |= words
        return False

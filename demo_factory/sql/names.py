"""Three-part names and SQL literals, quoted in one place so that no value is ever pasted bare into a statement."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ROW = "_row"  # what formulas call the row's number: a name that no column of a blueprint can have


def quote(identifier: str) -> str:
    """The identifier in backticks, as Spark and Databricks read it."""
    return "`" + identifier.replace("`", "``") + "`"


def quoted(name: str) -> str:
    """A dotted name for a SQL statement, each part in backticks."""
    return ".".join(quote(part) for part in name.split("."))


@dataclass(frozen=True, order=True)
class FullName:
    """catalog.schema.name, the same text in every place."""

    catalog: str
    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """The name for a SQL statement."""
        return ".".join(quote(part) for part in (self.catalog, self.schema, self.name))


def literal(value: object) -> str:
    """A Python scalar as a Spark SQL literal.

    Raises:
        TypeError: for a type that has no literal here.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value}L" if -(2**63) <= value < 2**63 else str(value)
        case float():
            return f"{value!r}D"
        case decimal.Decimal():
            return f"{value}BD"
        case dt.datetime():
            return f"TIMESTAMP'{value.isoformat(sep=' ')}'"
        case dt.date():
            return f"DATE'{value.isoformat()}'"
        case str():
            text = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
            return f"'{text}'"
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def pairs(properties: Mapping[str, str]) -> str:
    """Properties of a table as a statement lists them in parentheses."""
    return ", ".join(f"{literal(key)} = {literal(value)}" for key, value in properties.items())


def numbers(values: Iterable[object], kind: str) -> str:
    """A constant array of numbers in SQL: one text that Spark folds once, far quicker to parse than `array(...)`."""
    return f"CAST(split('{','.join(str(value) for value in values)}', ',') AS ARRAY<{kind}>)"


def texts(values: Sequence[str]) -> str:
    """A constant array of texts in SQL."""
    if any(";" in value for value in values):
        return f"array({', '.join(literal(value) for value in values)})"
    return f"split({literal(';'.join(values))}, ';')"

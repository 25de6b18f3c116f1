"""A contract as YAML and back, complete: Pandera's own writer for PySpark schemas stops at a column that has checks."""

from __future__ import annotations

from typing import Any

import pandera.pyspark as pa
from pandera.engines import pyspark_engine
from pandera.errors import SchemaDefinitionError
from pyspark.sql.types import BooleanType, DecimalType

_COLUMN_DEFAULTS: dict[str, Any] = {
    "dtype": None,
    "nullable": False,
    "required": True,
    "description": None,
    "checks": [],
}


def dtype_of(text: str) -> Any:
    """Pandera's data type for a Spark SQL type such as `bigint` or `decimal(12,2)`.

    Raises:
        TypeError: for a type that Pandera does not know.
    """
    if text.startswith("decimal("):  # Pandera drops the two numbers of a decimal given as text
        precision, scale = text.removeprefix("decimal(").rstrip(")").split(",")
        return pyspark_engine.Engine.dtype(DecimalType(int(precision), int(scale)))
    return pyspark_engine.Engine.dtype(BooleanType() if text == "boolean" else text)


def to_document(schema: Any) -> dict[str, Any]:
    """The schema as plain values, in its own order.

    Raises:
        SchemaDefinitionError: for a check that only exists as a Python function.
    """
    return {
        "name": schema.name,
        "description": schema.description,
        "metadata": schema.metadata,
        "columns": {name: _column(column) for name, column in schema.columns.items()},
        "checks": [_check(check) for check in schema.checks],
    }


def from_document(document: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the schema that `to_document` described."""
    columns = {
        name: pa.Column(
            dtype=dtype_of(parts["dtype"]) if parts.get("dtype") else None,
            checks=[_made(check) for check in parts.get("checks", [])],
            **{key: parts[key] for key in ("nullable", "required", "description") if key in parts},
        )
        for name, parts in document["columns"].items()
    }
    checks = [_made(check) for check in document.get("checks", [])]
    return {**document, "columns": columns, "checks": checks}


def _column(column: Any) -> dict[str, Any]:
    parts = {
        "dtype": None if column.dtype is None else column.dtype.type.simpleString(),
        "nullable": column.nullable,
        "required": column.required,
        "description": column.description,
        "checks": [_check(check) for check in column.checks],
    }
    return {key: value for key, value in parts.items() if value != _COLUMN_DEFAULTS[key]}


def _check(check: Any) -> dict[str, Any]:
    if check.registry_name is None:
        raise SchemaDefinitionError(f"the check {check.name} is a Python function and cannot be written: register it")
    named = {"title": check.title} if check.title else {}
    return {"check": check.registry_name, **named, "statistics": dict(check.statistics or {})}


def _made(parts: dict[str, Any]) -> Any:
    return getattr(pa.Check, parts["check"])(**parts["statistics"], title=parts.get("title"))

"""A contract as YAML and back, complete: Pandera's own writer for PySpark schemas stops at a column that has checks."""

from __future__ import annotations

from typing import Any

import pandera.pyspark as pa
from pandera.dtypes import immutable
from pandera.engines import pyspark_engine
from pandera.errors import SchemaDefinitionError
from pyspark.sql import types
from pyspark.sql.types import StructType, TimestampNTZType

from demo_factory.blueprint.datatypes import DataType, read_type
from demo_factory.quality.predicates import register

_PLAIN: dict[str, types.DataType] = {
    kind.simpleString(): kind
    for kind in (
        types.StringType(), types.BooleanType(), types.ByteType(), types.ShortType(), types.IntegerType(),
        types.LongType(), types.FloatType(), types.DoubleType(), types.DateType(), types.TimestampType(),
        types.TimestampNTZType(), types.BinaryType(),
    )
}  # fmt: skip
_COLUMN_DEFAULTS: dict[str, Any] = {
    "dtype": None,
    "nullable": False,
    "required": True,
    "description": None,
    "checks": [],
}


@immutable(init=True)
class Unlisted(pyspark_engine.DataType):  # type: ignore[misc]
    """A Spark type that Pandera has no class for."""

    def __init__(self, kind: types.DataType) -> None:
        object.__setattr__(self, "type", kind)


def dtype_of(text: str) -> Any:
    """Pandera's data type for a Spark SQL type such as `bigint`, `decimal(12,2)` or `array<string>`.

    Raises:
        ValueError: for what is no type of a table's column.
    """
    kind = _spark_type(read_type(text))
    if isinstance(kind, StructType | TimestampNTZType):  # Pandera knows no structs, and takes one timestamp for another
        return Unlisted(kind)
    return pyspark_engine.Engine.dtype(kind)


def _spark_type(kind: DataType) -> types.DataType:
    """Without Spark's own parser, which needs a session: a contract can be read where there is none."""
    inside = [_spark_type(part) for _, part in kind.parts]
    if kind.digits is not None:
        return types.DecimalType(*kind.digits)
    if kind.name == "struct":
        names = [name for name, _ in kind.parts]
        return StructType([types.StructField(name, part) for name, part in zip(names, inside, strict=True)])
    if kind.name == "array":
        return types.ArrayType(inside[0])
    return types.MapType(inside[0], inside[1]) if kind.name == "map" else _PLAIN[kind.name]


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
    register()
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

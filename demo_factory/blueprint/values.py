"""Small value types of the blueprint: durations, data types, and the strict base of every model."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_UNITS = {"hour": 1, "day": 24, "week": 24 * 7, "month": 24 * 30, "year": 24 * 365}
_DURATION = re.compile(r"(\d+)\s*(hour|day|week|month|year)s?")
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_TYPES = ("string", "int", "bigint", "double", "boolean", "date", "timestamp")


class Strict(BaseModel):
    """A frozen model that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, str_strip_whitespace=True)


def parse_hours(value: Any) -> int:
    """Hours in a duration such as `36 hours`, `2 years` (of 365 days) or `30` (days).

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 24
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is not a duration: write for example '36 hours', '90 days' or '2 years'")
    return int(found[1]) * _UNITS[found[2]]


def _parse_days(value: Any) -> int:
    hours = parse_hours(value)
    if hours % 24:
        raise ValueError(f"{value!r} is not a whole number of days")
    return hours // 24


def check_data_type(value: str) -> str:
    """The Spark SQL type in its normal spelling.

    Raises:
        ValueError: when the type is unknown or a decimal does not fit.
    """
    text = value.strip().lower().replace(" ", "")
    if text in _TYPES:
        return text
    found = _DECIMAL.fullmatch(text)
    if found:
        precision, scale = int(found[1]), int(found[2])
        if 1 <= precision <= 38 and scale <= precision:
            return f"decimal({precision},{scale})"
    raise ValueError(f"{value!r} is not a type: use {', '.join(_TYPES)} or decimal(precision,scale)")


_DURATION_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d+ *(hour|day|week|month|year)s?$"}]}
)
Days = Annotated[int, BeforeValidator(_parse_days), Field(ge=0, le=36_500), _DURATION_SCHEMA]
Hours = Annotated[int, BeforeValidator(parse_hours), Field(ge=1, le=876_000), _DURATION_SCHEMA]
DataType = Annotated[str, AfterValidator(check_data_type)]

"""Small value types of the blueprint: durations, dates, data types, and the strict base of every model."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from demo_factory.blueprint.datatypes import PLAIN, read_type

# what pandas, and so every model, can hold as a time
FIRST_DAY, LAST_DAY = dt.date(1700, 1, 1), dt.date(2261, 12, 31)
_UNITS = {"hour": 1, "day": 24, "week": 24 * 7, "month": 24 * 30, "year": 24 * 365}
_DURATION = re.compile(r"([0-9]{1,9})\s*(hour|day|week|month|year)s?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Strict(BaseModel):
    """A frozen model that refuses fields it does not know and values of another type."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        populate_by_name=True,
        str_strip_whitespace=True,
    )


def parse_hours(value: Any) -> int:
    """Hours in a duration such as `36 hours`, `2 years` (of 365 days) or `30` (days).

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 24
    found = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r:.60} is not a duration: write for example '36 hours', '90 days' or '2 years'")
    return int(found[1]) * _UNITS[found[2]]


def _parse_days(value: Any) -> int:
    hours = parse_hours(value)
    if hours % 24:
        raise ValueError(f"{value!r} is not a whole number of days")
    return hours // 24


def _parse_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value.strip()):
        raise PydanticCustomError("not_a_date", "must be a date as 2024-01-31")
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"there is no day {value}") from None


def _only_date(value: Any) -> Any:
    if type(value) is not dt.date:
        raise PydanticCustomError("not_a_date", "must be a date as 2024-01-31")
    return value


_DURATION_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^\d+ *([hH]our|[dD]ay|[wW]eek|[mM]onth|[yY]ear)s?$"},
        ],
        "description": "a duration: days as a number, or '36 hours', '90 days', '2 years'",
    }
)
_DATE_SCHEMA = WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"})
_TYPE_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"enum": list(PLAIN)},
            {"type": "string", "pattern": r"^decimal\(\d+, ?\d+\)$"},
            {"type": "string", "pattern": r"^(array|map|struct)<.+>$"},
        ]
    }
)


def _plain(value: int | float) -> int | float:
    """As JSON writes it: a float where that says the same, so that 1 and 1.0 are one number."""
    return float(value) if abs(value) <= 2**53 else value


# a whole number stays whole: above 2^53 a float would lose its last digits
Number = Annotated[
    int | float,
    Field(union_mode="left_to_right"),
    PlainSerializer(_plain),
    WithJsonSchema({"type": "number"}),
]
Days = Annotated[int, BeforeValidator(_parse_days), Field(ge=0, le=36_500), _DURATION_SCHEMA]
# written back with its unit: a bare number would be read as days
Hours = Annotated[
    int,
    BeforeValidator(parse_hours),
    Field(ge=1, le=876_000),
    PlainSerializer(lambda hours: f"{hours} hours", return_type=str),
    _DURATION_SCHEMA,
]
Date = Annotated[dt.date, BeforeValidator(_only_date), BeforeValidator(_parse_date), _DATE_SCHEMA]
DataType = Annotated[str, AfterValidator(lambda text: str(read_type(text))), _TYPE_SCHEMA]

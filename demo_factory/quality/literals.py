"""A bound of a contract as a Spark literal of the column's own kind, so that nothing is compared through strings."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812 - the name every Spark user knows
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegralType,
    StringType,
    TimestampNTZType,
    TimestampType,
)

_LONG = 2**63
_DIGITS = 38  # of the widest Spark decimal


class NotJudgeableError(Exception):
    """A check that this frame cannot answer: the column is missing or of another kind than the bound."""


def is_float(kind: DataType) -> bool:
    """Whether the column can hold NaN."""
    return isinstance(kind, FloatType | DoubleType)


def is_time(kind: DataType) -> bool:
    """Whether the column is a date or a timestamp."""
    return isinstance(kind, DateType | TimestampType | TimestampNTZType)


def sides(column: Column, kind: DataType, value: object) -> tuple[Column, Column]:
    """The column and the bound as two expressions of one kind.

    A date against a timestamp compares days: `max: 2024-01-31` includes that day's last second.

    Raises:
        NotJudgeableError: when the two have no common kind.
    """
    if isinstance(kind, TimestampType | TimestampNTZType):
        moment = _moment(value)
        if isinstance(moment, dt.datetime):
            return column, F.lit(moment).cast(kind)
        return F.to_date(column), F.lit(moment)
    return column, _same_kind(kind, value)


def _same_kind(kind: DataType, value: object) -> Column:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if number and is_float(kind):
        return F.lit(float(value)).cast(kind)  # type: ignore[arg-type]
    if number and isinstance(kind, IntegralType | DecimalType):
        return _exact(kind, value)
    if isinstance(kind, DateType):
        return F.lit(_moment(value))
    same_text = isinstance(value, str) and isinstance(kind, StringType)
    if same_text or (isinstance(value, bool) and isinstance(kind, BooleanType)):
        return F.lit(value)
    raise NotJudgeableError(f"it is {kind.simpleString()} and cannot be compared with {value!r}")


def _exact(kind: DataType, value: object) -> Column:
    """A whole number or a decimal, never a double: 2^53 + 1 and 0.10 keep their last digit."""
    if isinstance(value, float) and not math.isfinite(value):
        return F.lit(value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(str(value))
    if isinstance(kind, IntegralType) and number == number.to_integral_value() and -_LONG <= number < _LONG:
        return F.lit(int(number))
    plain = Decimal(format(number.normalize(), "f"))
    _, digits, exponent = plain.as_tuple()
    scale = max(-int(exponent), 0)
    if max(len(digits), scale) > _DIGITS:
        return F.lit(float(number))
    literal = F.lit(plain)
    fits = isinstance(kind, DecimalType) and scale <= kind.scale and len(digits) - scale <= kind.precision - kind.scale
    return literal.cast(kind) if fits else literal  # the column's own type spares a cast of every row


def _moment(value: object) -> dt.date:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value) if len(value) == len("2024-01-31") else dt.datetime.fromisoformat(value)
        except ValueError:
            raise NotJudgeableError(f"{value!r} is not a date") from None
    if isinstance(value, dt.date):
        return value
    raise NotJudgeableError(f"it is a date or a time and cannot be compared with {value!r}")

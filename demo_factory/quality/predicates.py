"""Pandera's checks as Spark expressions: what a row, a whole table and a key must satisfy.

Pandera finds a check's implementation by the type of what it is given. Its own PySpark functions take a frame and run a
job each; those here take a `Cell` and only say what to compute, so that one pass can compute them all.
"""
# No `from __future__ import annotations`: Pandera reads the first argument's annotation as a class.

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, StringType

from demo_factory.compat import pandera
from demo_factory.quality.literals import NotJudgeableError, is_float, is_time, sides
from demo_factory.sql.names import quote

_Ask = TypeVar("_Ask", bound=Callable[..., Any])


class Cell(NamedTuple):
    """What a check is asked about: one column of a frame, or the whole frame when no column is named."""

    dataframe: DataFrame
    column_name: str | None = None

    @property
    def column(self) -> Column:
        """The column as an expression."""
        return self.of(self.column_name or "")

    @property
    def type(self) -> DataType:
        """The column's actual Spark type."""
        return self.type_of(self.column_name or "")

    def of(self, name: str) -> Column:
        """Any column of the frame by name.

        Raises:
            NotJudgeableError: when the frame has no such column.
        """
        if name not in self.dataframe.columns:
            raise NotJudgeableError(f"the column {name} is missing")
        return F.col(quote(name))

    def type_of(self, name: str) -> DataType:
        """Any column's actual Spark type."""
        self.of(name)
        return self.dataframe.schema[name].dataType


@dataclass(frozen=True)
class Promise:
    """A statement about the whole table: two aggregates, whether it holds and what was seen."""

    holds: Column
    observed: Column


@dataclass(frozen=True)
class Distinct:
    """The combination of these columns must not repeat; a row with a NULL in it takes no part."""

    columns: tuple[str, ...]


_predicates: list[Callable[..., Any]] = []
_promises: dict[Callable[..., Any], tuple[str, ...]] = {}


def register() -> None:
    """Make Pandera know them; contracts do so themselves, a schema of your own that names a promise does not."""
    pandera.register(Cell, _predicates, _promises)


def _predicate(function: _Ask) -> _Ask:
    _predicates.append(function)
    return function


def _promise(*statistics: str) -> Callable[[_Ask], _Ask]:
    def note(function: _Ask) -> _Ask:
        _promises[function] = statistics
        return function

    return note


def _compare(data: Cell, value: Any, holds: Callable[[Column, Column], Column]) -> Column:
    column, bound = sides(data.column, data.type, value)
    result = holds(column, bound)
    # To Spark NaN is greater than every number; to a contract it keeps no bound.
    return ~F.isnan(data.column) & result if is_float(data.type) else result


@_predicate
def equal_to(data: Cell, value: Any) -> Column:
    """The column equals a value."""
    return _compare(data, value, lambda left, right: left == right)


@_predicate
def not_equal_to(data: Cell, value: Any) -> Column:
    """The column differs from a value."""
    column, bound = sides(data.column, data.type, value)
    return column != bound


@_predicate
def greater_than(data: Cell, min_value: Any) -> Column:
    """The column lies above a value."""
    return _compare(data, min_value, lambda left, right: left > right)


@_predicate
def greater_than_or_equal_to(data: Cell, min_value: Any) -> Column:
    """The column is a value or lies above it."""
    return _compare(data, min_value, lambda left, right: left >= right)


@_predicate
def less_than(data: Cell, max_value: Any) -> Column:
    """The column lies below a value."""
    return _compare(data, max_value, lambda left, right: left < right)


@_predicate
def less_than_or_equal_to(data: Cell, max_value: Any) -> Column:
    """The column is a value or lies below it."""
    return _compare(data, max_value, lambda left, right: left <= right)


@_predicate
def in_range(data: Cell, min_value: Any, max_value: Any, include_min: bool = True, include_max: bool = True) -> Column:
    """The column lies between two values."""
    low = greater_than_or_equal_to if include_min else greater_than
    high = less_than_or_equal_to if include_max else less_than
    return low(data, min_value) & high(data, max_value)


@_predicate
def isin(data: Cell, allowed_values: Iterable[Any]) -> Column:
    """The column is one of several values."""
    pairs = [sides(data.column, data.type, value) for value in allowed_values]
    if not pairs:
        return data.column.isNull()
    column = pairs[0][0]
    return column.isin(*[bound for _, bound in pairs])


@_predicate
def notin(data: Cell, forbidden_values: Iterable[Any]) -> Column:
    """The column is none of several values."""
    return ~isin(data, forbidden_values)


def _text(data: Cell) -> Column:
    if not isinstance(data.type, StringType):
        raise NotJudgeableError(f"it is {data.type.simpleString()}, not text")
    return data.column


@_predicate
def str_matches(data: Cell, pattern: Any) -> Column:
    """The text starts with a match of a regular expression (of Java, since Spark evaluates it)."""
    return _text(data).rlike(f"^(?:{getattr(pattern, 'pattern', pattern)})")


@_predicate
def str_contains(data: Cell, pattern: Any) -> Column:
    """A regular expression is found somewhere in the text."""
    return _text(data).rlike(getattr(pattern, "pattern", pattern))


@_predicate
def str_startswith(data: Cell, string: str) -> Column:
    """The text starts with a string."""
    return _text(data).startswith(string)


@_predicate
def str_endswith(data: Cell, string: str) -> Column:
    """The text ends with a string."""
    return _text(data).endswith(string)


@_predicate
def str_length(
    data: Cell, min_value: int | None = None, max_value: int | None = None, exact_value: int | None = None
) -> Column:
    """The text's length lies between two numbers, or is one number."""
    low, high = (min_value, max_value) if exact_value is None else (exact_value, exact_value)
    length = F.length(_text(data))
    return (length >= (0 if low is None else low)) & (length <= (2**31 - 1 if high is None else high))


# The three promises that Pandera has no word for. Its own PySpark backend can run them too, a job each, so a schema
# that uses them stays an ordinary Pandera schema.


@_promise("min_rows", "max_rows")
def rows_between(data: Any, *, min_rows: int | None = None, max_rows: int | None = None) -> Any:
    """The table's row count lies between two numbers."""
    rows = F.count(F.lit(1))
    low = rows >= F.lit(0 if min_rows is None else min_rows)
    high = F.lit(True) if max_rows is None else rows <= F.lit(max_rows)
    return _answer(data, Promise(low & high, F.concat(F.format_number(rows, 0), F.lit(" rows"))))


@_promise("columns")
def never_repeats(data: Any, *, columns: list[str]) -> Any:
    """The combination of the columns never repeats."""
    cell = data if isinstance(data, Cell) else Cell(data)
    keys = [cell.of(name) for name in columns]
    if isinstance(data, Cell):
        return Distinct(tuple(columns))
    return data.dropna(subset=columns).groupBy(*keys).count().filter("count > 1").limit(1).count() == 0


@_promise("column", "hours", "as_of")
def newest_within(data: Any, *, column: str, hours: float, as_of: dt.date | None = None) -> Any:
    """The newest value lies at most so many hours before the end of a day (today when none is given)."""
    cell = data if isinstance(data, Cell) else Cell(data)
    if not is_time(cell.type_of(column)):
        raise NotJudgeableError(f"{column} is {cell.type_of(column).simpleString()}, not a date or a time")
    newest = F.max(cell.of(column))
    day = F.current_date() if as_of is None else F.lit(as_of)
    end = F.date_add(day, 1).cast("timestamp")
    lag = (F.unix_micros(end) - F.unix_micros(newest.cast("timestamp"))) / F.lit(3_600_000_000)
    seen = F.format_string("the newest is %s, %s hours before the end of %s", newest.cast("string"),
                           F.call_function("format_number", lag, F.lit("#,##0.#")), day.cast("string"))  # fmt: skip
    holds = F.coalesce(lag <= F.lit(float(hours)), F.lit(False))
    nothing = F.lit("the table has no value in it")
    return _answer(data, Promise(holds, F.when(newest.isNull(), nothing).otherwise(seen)))


def _answer(data: Any, promised: Promise) -> Any:
    """The promise itself for our own pass; for Pandera's PySpark backend, which hands the frame over, its truth."""
    return promised if isinstance(data, Cell) else bool(data.agg(promised.holds).first()[0])

"""What a formula can give against what its column holds and promises, so that no build fails on its own values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from demo_factory.blueprint.columns import Bounded, Column, Scalar
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.lookup import NUMERIC, Lookup, refs_called
from demo_factory.blueprint.model import Table
from demo_factory.blueprint.placeholders import pieces
from demo_factory.blueprint.ranges import (
    Amount,
    Range,
    as_type,
    drawn,
    exact,
    limits_of,
    listed,
    natural_of,
    shares_of,
    too_far,
    whole,
)
from demo_factory.blueprint.repeats import check_repeats
from demo_factory.blueprint.suggestions import nearest, number, one_of, show

_MOST_DIGITS = 38  # of a number in Spark
_MOST_LISTED = 1000
_DATE = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2}([ T].*)?)?)?")

Path = tuple[str | int, ...]


def check_ranges(lookup: Lookup, rows: Mapping[str, int] | None = None) -> Iterator[Problem]:
    """Every contradiction between what columns can hold and what is promised of them.

    A promise that only warns contradicts nothing: a demo may show what bad data looks like.

    Args:
        rows: of the tables at another scale than 1.
    """
    for table_name, table, name, column in lookup.columns():
        path: Path = ("tables", table_name, "columns", name)
        try:
            shares_of(column)
        except ValueError as error:
            yield Problem((*path, column.formula), str(error), "widen them")
            continue
        if too_far(column):
            message = f"{column.formula} reaches beyond what a double holds"
            yield Problem((*path, column.formula), message, "give it a min and a max, or smaller numbers")
            continue
        yield from _type(lookup, table_name, table, name, path)
        blocking = table.contract.blocking if column.check.blocking is None else column.check.blocking
        if blocking:
            size = (rows or {}).get(table_name, table.rows)
            yield from _required(lookup, table_name, column, path)
            yield from _bounds(lookup, table_name, name, path, size)
            yield from _allowed(lookup, table_name, name, path, size)
    yield from check_repeats(lookup, rows or {})
    for table_name, table in lookup.tables():
        yield from _contract(table, ("tables", table_name))
    yield from _horizons(lookup)


# -- types -----------------------------------------------------------------------------------------------------------


def _type(lookup: Lookup, table_name: str, table: Table, name: str, path: Path) -> Iterator[Problem]:
    column = table.columns[name]
    values = listed(table, column)
    if values is not None:
        yield from _values_in_type(column, values, path)
        return
    if column.uniform is not None and column.type in WHOLE:
        first, last = whole(column.uniform)
        if first > last:
            message = f"no whole number lies between {number(column.uniform.min)} and {number(column.uniform.max)}"
            yield Problem((*path, "uniform"), message, f"widen them, or write another type than {column.type}")
            return
    found = drawn(lookup, table_name, name)
    limits = limits_of(column.type) if column.type else None
    if found is None or limits is None or isinstance(found.low, dt.date) or isinstance(found.high, dt.date):
        return
    assert column.type is not None
    for end, value, limit in (("max", found.high, limits[1]), ("min", found.low, limits[0])):
        if _outside(end, as_type(value, column.type), limit):
            most = "at most" if end == "max" else "at least"
            message = f"{column.formula} gives values {_to(end)} {_shown(value)}, and {column.type} holds {most}"
            yield Problem((*path, "type"), f"{message} {number(limit)}", f"widen the type{_or_bound(column, end)}")
            return


def _values_in_type(column: Column, values: list[Scalar], path: Path) -> Iterator[Problem]:
    here = (*path, column.formula)
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    natural = natural_of(values)
    limits = limits_of(column.type or natural or "")
    for value in numbers:
        if isinstance(value, int) and len(str(abs(value))) > _MOST_DIGITS:
            message = f"{show(value)} has more than {_MOST_DIGITS} digits, the most that a number can have"
            yield Problem(here, message, "write it in quotes")
        elif limits and not limits[0] <= as_type(value, column.type or natural or "") <= limits[1]:
            remedy = "widen the type" if column.type else "give the column a type, as decimal(38,0), or write text"
            yield Problem(
                here, f"{number(value)} does not fit {column.type or natural}, which {_holds(limits)}", remedy
            )
    if column.type in ("boolean", "double", "float", *WHOLE) or (column.type or "").startswith("decimal"):
        wrong = [text for text in values if isinstance(text, str)]
        if wrong and len(wrong) < len(values):  # of text alone the type is said to be wrong
            yield Problem(here, f"{one_of(show(text) for text in wrong)} is no {column.type}", "use type: string")
    if column.type in ("date", "timestamp", "timestamp_ntz"):
        for text in values:
            if isinstance(text, str) and not _is_day(text):
                yield Problem(here, f"{show(text)} is no {column.type}", "write days as 2024-01-31")


def _is_day(text: str) -> bool:
    if not _DATE.fullmatch(text.strip()):
        return False
    day, parts = text.strip()[:10], text.strip().split("-")
    try:
        if len(parts) == 3 and len(day) == len("2024-01-31"):
            dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _holds(limits: tuple[Amount, Amount]) -> str:
    return f"holds {number(limits[0])} to {number(limits[1])}"


def _outside(end: str, value: Amount | dt.date, limit: Amount | dt.date) -> bool:
    return value > limit if end == "max" else value < limit  # type: ignore[operator]  # both are of one kind


def _to(end: str) -> str:
    return "up to" if end == "max" else "down to"


def _or_bound(column: Column, end: str) -> str:
    spec = getattr(column, column.formula)
    if not isinstance(spec, Bounded):
        return ""
    there = getattr(spec, end)
    move = "lower" if end == "max" else "raise"
    return f", or {f'{move} {column.formula}.{end}' if there is not None else f'give {column.formula} a {end}'}"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return number(value) if isinstance(value, int | Decimal) else str(value)


# -- promises --------------------------------------------------------------------------------------------------------


def _required(lookup: Lookup, table_name: str, column: Column, path: Path) -> Iterator[Problem]:
    if not column.check.required:
        return
    here = (*path, "check", "required")
    if column.nulls:
        yield Problem(here, f"nulls leaves {column.nulls:.3%} of the rows empty", "remove nulls, or required")
    elif empty := next((one for one in _looked_at(column) if _may_be_empty(lookup, table_name, one)), None):
        yield Problem(here, f"{column.formula} looks at {empty}, which may be empty", "remove its nulls, or required")


def _looked_at(column: Column) -> list[str]:
    """The columns without whose value a choice or a text has none."""
    spec = column.choice or column.template
    found = [spec.by] if spec is not None and spec.by is not None else []
    if column.template is not None:
        texts = [text for case in column.template.cases.values() for text in case]
        found += [piece.text for text in texts for piece in pieces(text) if piece.kind == "reference"]
    return list(dict.fromkeys(found))


def _may_be_empty(
    lookup: Lookup, table_name: str, reference: str, seen: frozenset[tuple[str, str]] = frozenset()
) -> bool:
    if (table_name, reference) in seen:
        return False
    parent, dot, _ = reference.partition(".")
    table = lookup.blueprint.tables[table_name]
    if dot and any(table.columns[fk].nulls for fk in refs_called(table, parent) if fk in table.columns):
        return True
    found = lookup.resolve(table_name, reference)
    if found is None:
        return False
    owner, _, column = found
    again = seen | {(table_name, reference)}
    return column.nulls > 0 or any(_may_be_empty(lookup, owner, one, again) for one in _looked_at(column))


def _bounds(lookup: Lookup, table_name: str, name: str, path: Path, rows: int) -> Iterator[Problem]:
    table = lookup.blueprint.tables[table_name]
    column, check = table.columns[name], table.columns[name].check
    if check.min is None and check.max is None:
        return
    if column.arrival is not None and check.max is not None:
        message = "a new day comes every day, so that no max holds for ever"
        yield Problem((*path, "check", "max"), message, "remove it, or add blocking: false to the check")
    found = _ends(lookup, table_name, name, rows)
    if found is None:
        return
    for end, value in (("min", found.low), ("max", found.high)):
        bound = getattr(check, end)
        if bound is None or isinstance(bound, dt.date) != isinstance(value, dt.date):
            continue
        if _outside(end, value, bound if isinstance(bound, dt.date) else exact(bound)):
            beyond = "above" if end == "max" else "below"
            message = f"{column.formula} gives values {_to(end)} {_shown(value)}, {beyond} the check's {_shown(bound)}"
            move = "raise" if end == "max" else "lower"
            remedy = f"{move} check.{end}{_or_bound(column, end) or ', or change the formula'}"
            yield Problem((*path, "check", end), message, remedy)


def _ends(lookup: Lookup, table_name: str, name: str, rows: int) -> Range | None:
    """The smallest and largest value as the column holds it, without what is hardly ever drawn in so many rows."""
    table = lookup.blueprint.tables[table_name]
    column = table.columns[name]
    values = listed(table, column)
    kind = column.type or (natural_of(values) if values else None) or _natural(column)
    if values is not None:
        amounts = [exact(as_type(v, kind)) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        return Range(min(amounts), max(amounts)) if len(amounts) == len(values) and kind != "string" else None
    found = drawn(lookup, table_name, name, rows)
    if found is None or isinstance(found.low, dt.date) or isinstance(found.high, dt.date):
        return found
    return Range(exact(as_type(found.low, kind)), exact(as_type(found.high, kind))) if kind != "string" else None


def _natural(column: Column) -> str:
    return "bigint" if column.formula not in NUMERIC or column.poisson or column.zipf else "double"


def _allowed(lookup: Lookup, table_name: str, name: str, path: Path, rows: int) -> Iterator[Problem]:
    table = lookup.blueprint.tables[table_name]
    column, check = table.columns[name], table.columns[name].check
    values = listed(table, column)
    texts = [value for value in values or [] if isinstance(value, str)]
    if check.pattern is not None and column.type in (None, "string"):
        for text in texts:
            if not _matches(check.pattern, text):
                message = f"{column.formula} gives {show(text)}, which does not match {show(check.pattern)}"
                yield Problem((*path, "check", "pattern"), message, f"mend the pattern or {column.formula}")
    if check.allowed is None:
        return
    here = (*path, "check", "allowed")
    if values is not None:
        wrong = [value for value in values if not _is_allowed(value, check.allowed, column.type or natural_of(values))]
        if wrong:
            message = f"{column.formula} gives {one_of(show(value) for value in wrong)}, which is not allowed"
            guess = nearest(str(wrong[0]), [one for one in check.allowed if one not in values])
            otherwise = f"add it, or take it out of {column.formula}"
            remedy = f"did you mean {show(wrong[0])} by {guess!r}?" if guess else otherwise
            yield Problem(here, message, remedy)
        return
    found = _ends(lookup, table_name, name, rows)
    if found is None:
        return
    missing = _first_missing(found, check.allowed)
    if missing is not None:
        message = f"{column.formula} gives values from {_shown(found.low)} to {_shown(found.high)}, also {missing}"
        yield Problem(here, f"{message}, which is not allowed", "use choice, or min and max instead of allowed")


def _first_missing(found: Range, allowed: list[Scalar]) -> str | None:
    """A value of the range that is not allowed."""
    low, high = found.low, found.high
    if isinstance(low, dt.date) or isinstance(high, dt.date):
        assert isinstance(low, dt.date)
        assert isinstance(high, dt.date)
        count = min((high - low).days + 1, _MOST_LISTED)
        days = (str(low + dt.timedelta(days=place)) for place in range(count))
        return next((day for day in days if day not in allowed), None)
    if not isinstance(low, int) or not isinstance(high, int):
        return "what lies between them"
    there = {exact(one) for one in allowed if isinstance(one, int | float) and not isinstance(one, bool)}
    return next((number(value) for value in range(low, min(high, low + _MOST_LISTED) + 1) if value not in there), None)


def _is_allowed(value: Scalar, allowed: list[Scalar], data_type: str | None) -> bool:
    if isinstance(value, bool | str):
        return any(type(one) is type(value) and one == value for one in allowed)
    if data_type == "string":
        return isinstance(value, float) or str(value) in allowed  # how a float reads as text is Spark's to say
    amount = exact(as_type(value, data_type or "double"))
    return any(exact(one) == amount for one in allowed if isinstance(one, int | float) and not isinstance(one, bool))


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.match(pattern, text) is not None
    except re.error:
        return True  # said where patterns are read


# -- whole tables ----------------------------------------------------------------------------------------------------


def _contract(table: Table, path: Path) -> Iterator[Problem]:
    band, here = table.contract.rows, (*path, "contract")
    if band is not None and not band.min <= table.rows <= (table.rows if band.max is None else band.max):
        end = "min" if table.rows < band.min else "max"
        message = f"the table has {table.rows:,} rows at scale 1, which its own band leaves out"
        yield Problem((*here, "rows", end), message, f"the band is about `rows`: set {end} to include {table.rows:,}")
    if table.contract.fresh_within is not None and table.contract.fresh_within < 24:
        message = f"rows come at any hour of a day, so that they may be older than {table.contract.fresh_within} hours"
        yield Problem((*here, "fresh_within"), message, "write 1 day or more")


def _horizons(lookup: Lookup) -> Iterator[Problem]:
    before = [one.arrives.before for _, one in lookup.tables() if one.arrives is not None and one.arrives.initial]
    days = lookup.blueprint.history + max(before, default=0)
    for name, model in lookup.blueprint.models.items():
        if model.horizon > days:
            message = f"{model.horizon:,} days ago there is no data yet: it goes back {days:,} days"
            yield Problem(("models", name, "horizon"), message, "shorten it, or lengthen history")

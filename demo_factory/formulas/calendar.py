"""Rows per day: calendar weights to whole cumulative counts, so a day's row range never moves when as_of does."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.model import Arrivals, Blueprint
from demo_factory.blueprint.values import FIRST_DAY, LAST_DAY

MOST_ROWS = 10**15  # the largest table at the largest scale; row numbers stay exact in a double
_UNIT = 1_000_000  # weights become whole millionths: sums are exact on every machine


@dataclass(frozen=True)
class Calendar:
    """Rows by day. Day 0 is the epoch; days before it hold the initial rows.

    `ends[i]` is the number of rows that came on or before day `first_day + i`; it never falls.
    """

    epoch: dt.date
    first_day: int
    ends: tuple[int, ...]

    @property
    def last_day(self) -> int:
        """The newest day that is planned, as an offset from the epoch."""
        return self.first_day + len(self.ends) - 1

    @property
    def rows(self) -> int:
        """All rows up to the newest day."""
        return self.ends[-1]

    def rows_through(self, day: dt.date) -> int:
        """The number of rows that came on or before the day."""
        index = (day - self.epoch).days - self.first_day
        return 0 if index < 0 else self.ends[min(index, len(self.ends) - 1)]

    @property
    def quiet_days(self) -> int:
        """How many days passed up to the newest day since the last one that brought rows."""
        return self.last_day - self.first_day - bisect_right(self.ends, self.rows - 1)

    def date(self, row: int) -> dt.date:
        """The day on which a row came."""
        index = bisect_right(self.ends, row)
        return self.epoch + dt.timedelta(days=self.first_day + index)

    @cached_property
    def blocks(self) -> tuple[int, tuple[int, ...], int]:
        """(rows a block, the first day index of each block, most day borders a block crosses).

        With it a row finds its day in O(1): `block_day[row div size]` plus a few comparisons.
        """
        size = 1
        limit = 4096
        while self.rows / size > limit:
            size *= 2
        first = tuple(bisect_right(self.ends, start) for start in range(0, self.rows, size))
        last = [bisect_right(self.ends, min(start + size, self.rows) - 1) for start in range(0, self.rows, size)]
        return size, first, max((b - a for a, b in zip(first, last, strict=True)), default=0)


def _weight(arrivals: Arrivals, epoch: dt.date, day: int) -> int:
    weight: float = (1 + arrivals.growth) ** (day / 365)
    if arrivals.weekdays:
        weight *= arrivals.weekdays[(epoch.weekday() + day) % 7]
    if arrivals.months or arrivals.peaks:
        date = epoch + dt.timedelta(days=day)
        weight *= arrivals.months[date.month - 1] if arrivals.months else 1.0
        weight *= arrivals.peaks.get(f"{date:%m-%d}", 1.0)
    return round(weight * _UNIT)


def calendar(arrivals: Arrivals, rows: int, history: int, epoch: dt.date, as_of: dt.date) -> Calendar:
    """Plan the rows of every day from the first to as_of.

    Args:
        arrivals: growth, seasons and the initial share.
        rows: the total at the end of the frozen history (day `history`, itself included).
        history: days from epoch to the first as_of.
        epoch: day 0, frozen by the first build.
        as_of: the newest day; may lie after the history's end.

    Raises:
        ValueError: when every day of the history has weight 0, or there are too many rows in the end.
    """
    initial = int(rows * arrivals.initial)
    before = arrivals.before if initial else 0
    past = [initial * (day + 1) // before for day in range(before)]
    last = max((as_of - epoch).days, 0)
    weights = [_weight(arrivals, epoch, day) for day in range(max(last, history) + 1)]
    total = sum(weights[: history + 1])
    if not total:
        raise ValueError("no day of the history has a weight above 0")
    ends, running = [], 0
    for weight in weights[: last + 1]:
        running += weight
        ends.append(initial + (rows - initial) * running // total)
    if ends[-1] > MOST_ROWS:
        raise ValueError(f"its rows grow to more than {MOST_ROWS:,} by {as_of}")
    return Calendar(epoch, -before, (*past, *ends))


def day_problems(blueprint: Blueprint, as_of: dt.date) -> list[Problem]:
    """What leaves the days that every reader of the data can hold, when the data ends on as_of."""
    if not FIRST_DAY <= as_of <= LAST_DAY:
        return [Problem((), f"as_of {as_of} is no day between {FIRST_DAY} and {LAST_DAY}.")]
    back: list[tuple[tuple[str, ...], int]] = [(("history",), blueprint.history)]
    for name, table in blueprint.tables.items():
        if table.arrives is not None and table.arrives.initial:
            back.append((("tables", name, "arrives", "before"), blueprint.history + table.arrives.before))
    room = (as_of - FIRST_DAY).days
    found = [(path, days) for path, days in back if days > room]
    said = f"is before {FIRST_DAY}, the first day that data can have."
    return [Problem(path, f"{days:,} days before {as_of} {said}", "Ask for a later day.") for path, days in found]

"""Rows per day: exact totals, and days that never move."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.model import Arrivals
from demo_factory.formulas.calendar import calendar

EPOCH = dt.date(2024, 1, 1)
arrivals = st.builds(
    Arrivals,
    initial=st.sampled_from([0, 0.2, 0.7]),
    before=st.integers(1, 900),
    growth=st.floats(-0.5, 2, allow_nan=False),
    weekdays=st.none() | st.lists(st.floats(0.1, 3), min_size=7, max_size=7),
    months=st.none() | st.lists(st.floats(0.1, 3), min_size=12, max_size=12),
)


def made(spec: Arrivals, rows: int, history: int, later: int = 0):
    return calendar(spec, rows, history, EPOCH, EPOCH + dt.timedelta(days=history + later))


@given(arrivals, st.integers(1, 5_000_000), st.integers(1, 800))
def test_the_history_ends_with_the_rows_that_were_asked_for(spec, rows, history):
    days = made(spec, rows, history)
    assert days.rows == rows
    assert days.last_day == history
    assert (np.diff(days.ends) >= 0).all()


@given(arrivals, st.integers(1, 200_000), st.integers(1, 500), st.integers(1, 300))
def test_a_later_day_changes_no_day_before_it(spec, rows, history, later):
    now, then = made(spec, rows, history), made(spec, rows, history, later)
    assert then.ends[: len(now.ends)] == now.ends
    assert then.rows >= now.rows


@given(arrivals, st.integers(1, 3_000), st.integers(1, 400))
def test_the_block_table_finds_the_day_of_every_row(spec, rows, history):
    days = made(spec, rows, history)
    size, first, crossed = days.blocks
    row = np.arange(days.rows)
    ends = np.array(days.ends)
    block = np.array(first)[row // size]
    steps = sum((row >= ends[np.minimum(block + i, len(ends) - 1)]).astype(int) for i in range(crossed))
    assert (block + steps == np.searchsorted(days.ends, row, side="right")).all()
    assert len(first) <= 4096


def test_rows_and_dates_agree():
    days = made(Arrivals(initial=0.25, before=100), 1_000, 50)
    for row in (0, 249, 250, 999):
        assert days.rows_through(days.date(row)) > row
        assert days.rows_through(days.date(row) - dt.timedelta(days=1)) <= row
    assert days.rows_through(EPOCH - dt.timedelta(days=101)) == 0


def test_peaks_and_closed_days():
    days = made(Arrivals(peaks={"01-10": 0, "01-20": 5}), 10_000, 30)
    per_day = np.diff(days.ends, prepend=0)
    assert per_day[9] == 0
    assert per_day[19] / per_day[20] == pytest.approx(5, rel=0.02)


def test_a_history_without_any_day_is_refused():
    with pytest.raises(ValueError, match="weight above 0"):
        made(Arrivals(peaks={"01-01": 0, "01-02": 0}), 10, 1)

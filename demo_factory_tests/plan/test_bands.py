"""Bands of rows and freshness follow the calendar: no day and no scale makes a demo break its own contract."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.formulas.calendar import FIRST_DAY, LAST_DAY
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.plan.demos import AS_OF, retail, retail_plan

DEMO = """
demo: band
history: {history} days
tables:
  t:
    rows: {rows}
    arrives: {{initial: {initial}, before: 40, growth: {growth}, weekdays: [1, 1, 1, 1, 1, {saturday}, 0]}}
    contract: {{rows: {{min: {low}, max: {high}}}, fresh_within: 1 day}}
    columns: {{id: {{key: integer}}, at: {{arrival: date}}}}
"""


def rule(plan, table: str, kind: str):
    return next(one.value for one in plan.steps[table].plan.rules if one.kind == kind)


@given(
    st.integers(1, 5_000), st.integers(0, 5_000), st.integers(0, 5_000), st.integers(8, 500),
    st.sampled_from([0, 0.4]), st.sampled_from([-0.5, 0, 0.18, 2]), st.sampled_from([0, 1]),
    st.sampled_from([0.001, 0.3, 1, 7.7, 1000]), st.integers(0, 2_000),
)  # fmt: skip
def test_no_day_and_no_scale_leaves_the_band_or_is_stale(
    rows, below, above, history, initial, growth, saturday, scale, later
):
    """By the rows of the plan itself, and by the day of its last row: counted here from the calendar's own table."""
    text = DEMO.format(
        history=history, rows=rows, low=max(rows - below, 0), high=rows + above, initial=initial, growth=growth,
        saturday=saturday,
    )  # fmt: skip
    epoch = AS_OF - dt.timedelta(days=history)
    day = AS_OF + dt.timedelta(days=later)
    plan = compile_demo(loads(text), as_of=day, epoch=epoch, scale=scale)
    table = plan.steps["t"].plan
    low, high = rule(plan, "t", "rows")
    assert low <= table.rows <= high
    newest = max(
        place for place, end in enumerate(table.calendar.ends) if end > (table.calendar.ends[place - 1] if place else 0)
    )
    behind = len(table.calendar.ends) - newest  # days from the start of the newest row's day to the end of as_of
    assert 24 * behind <= rule(plan, "t", "freshness")


def test_the_band_still_finds_a_table_that_lost_or_doubled_its_rows():
    """Retail's transactions promise 50,000 to 200,000 of 60,000: five sixths and ten thirds of what a day plans."""
    blueprint = retail()
    epoch = AS_OF - dt.timedelta(days=blueprint.history)
    for year in (0, 3, 10):
        plan = compile_demo(blueprint, as_of=AS_OF + dt.timedelta(days=365 * year), epoch=epoch)
        planned = plan.steps["transactions"].plan.rows
        low, high = rule(plan, "transactions", "rows")
        assert (low, high) == (planned * 5 // 6, -(-planned * 10 // 3))
    assert planned > 400_000  # the written max of 200,000 would have been broken years before


def test_a_stale_table_is_still_stale():
    plan = retail_plan()
    assert rule(plan, "transactions", "freshness") == 24
    assert rule(plan, "customers", "freshness") == 72


@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        (dt.date.max, f"as_of 9999-12-31 is no day between {FIRST_DAY} and {LAST_DAY}"),
        (dt.date.min, "as_of 0001-01-01 is no day"),
        (LAST_DAY + dt.timedelta(days=1), "is no day"),
        (FIRST_DAY + dt.timedelta(days=700), "history: 730 days before"),
        (FIRST_DAY + dt.timedelta(days=800), "tables.customers.arrives.before: 1,825 days before"),
    ],
)
def test_days_outside_every_calendar_end_in_a_sentence(as_of, words):
    with pytest.raises(BlueprintError, match=words):
        compile_demo(retail(), as_of=as_of)


def test_a_far_day_is_planned_or_refused_and_never_overflows():
    text = DEMO.format(history=30, rows=10**10, low=0, high=10**10, initial=0, growth=10, saturday=1)
    with pytest.raises(BlueprintError, match=r"tables\.t\.arrives: its rows grow to more than 1,000,000,000,000,000"):
        compile_demo(loads(text), as_of=LAST_DAY, epoch=AS_OF - dt.timedelta(days=30))
    slow = DEMO.format(history=30, rows=10, low=0, high=10, initial=0, growth=-0.9, saturday=1)
    assert compile_demo(loads(slow), as_of=LAST_DAY, epoch=AS_OF - dt.timedelta(days=30)).steps["t"].plan.rows >= 10


def test_the_horizon_of_keys_and_weights_that_no_float_holds():
    with pytest.raises(BlueprintError, match=r"weekdays\.6: must be at most 1,000,000"):
        loads(
            DEMO.format(history=9, rows=9, low=0, high=9, initial=0, growth=0, saturday=1).replace("1, 0]", "1, 1e308]")
        )

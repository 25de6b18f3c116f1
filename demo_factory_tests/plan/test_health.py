"""One answer to how an object stands: from the last completed verdict and the newest day, by hand arithmetic."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.plan.health import REMOVED, UNFINISHED, Seen, health_of, is_late, worst
from demo_factory.resources.diff import REASONS
from demo_factory.resources.resource import Change, Resource

DAY = dt.date(2026, 6, 1)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1))


def change(kind: str, reason: str | None = None) -> Change:
    return Change(kind, Resource("table", "c.s.orders", name="orders"), reason or REASONS[kind])


KEEP, APPEND, REPLACE, RUN = change("keep"), change("append"), change("replace"), change("run")


@pytest.mark.parametrize(
    ("seen", "what", "state"),
    [
        (None, change("create"), "never built"),
        (Seen("announced", running=True), REPLACE, "running"),
        (Seen("announced"), REPLACE, "unfinished"),
        (Seen("announced", there=False), change("create"), "unfinished"),
        (Seen("failed", reason="5 rows"), REPLACE, "failed"),
        (Seen("failed", there=False, reason="no space"), change("create"), "failed"),
        (Seen("made", newest=DAY), KEEP, "fresh"),
        (Seen("made", newest=DAY), REPLACE, "stale"),
        (Seen("made", there=False), change("create"), "never built"),
        (Seen("made", trouble="its log lacks version 3"), REPLACE, "damaged"),
        (Seen("failed", trouble="its log lacks version 3"), REPLACE, "damaged"),
    ],
)
def test_every_state_is_told_apart(seen, what, state):
    assert health_of(seen, what, DAY).state == state


def test_what_only_waits_in_a_run_keeps_its_former_answer():
    """A run has started: its planned steps are neither passed nor failed, so the last completed verdict stands."""
    before = {name: Seen(verdict, newest=DAY, reason="5 rows") for name, verdict in (("a", "made"), ("b", "failed"))}
    running = {name: Seen(one.verdict, newest=DAY, reason="5 rows", running=True) for name, one in before.items()}
    for name, what in itertools.product(before, (KEEP, APPEND, REPLACE)):
        assert health_of(running[name], what, DAY) == health_of(before[name], what, DAY)


def test_the_reason_is_said():
    assert health_of(Seen("failed", reason="5 rows"), REPLACE, DAY).reason == "5 rows"
    assert health_of(Seen("announced"), REPLACE, DAY).reason == UNFINISHED
    assert health_of(Seen("made", there=False), change("create"), DAY).reason == REMOVED
    assert health_of(Seen("made", newest=DAY), APPEND, DAY + dt.timedelta(days=1)).reason == "new days have come"


@pytest.mark.parametrize(
    ("hours", "first_stale"),
    # The last row of day D is from before midnight. At the end of D+k it is more than 24k hours old, and less than
    # 24k+24 when the day is whole: 24 hours are broken at D+1, 36 hours at D+2, three days at D+3.
    [(None, 1), (6, 1), (24, 1), (36, 2), (48, 2), (72, 3), (73, 4)],
)
def test_a_clock_that_moves_day_by_day(hours, first_stale):
    made = Seen("made", newest=DAY)
    for days in range(6):
        day = DAY + dt.timedelta(days=days)
        what = APPEND if days else KEEP
        assert (health_of(made, what, day, hours).state == "stale") == (days >= first_stale), (hours, days)


def test_a_model_that_waits_for_the_day_is_stale_and_a_changed_definition_is_whatever_the_promise():
    later = DAY + dt.timedelta(days=1)
    assert health_of(Seen("made", newest=DAY), RUN, later).state == "stale"
    assert health_of(Seen("made", newest=DAY), REPLACE, later, 9999).state == "stale"
    assert health_of(Seen("made", newest=DAY), change("run", "grant x: changed by hand"), later, 9999).state == "stale"


@given(newest=DAYS, day=DAYS, hours=st.integers(1, 24 * 400))
def test_lateness_is_a_matter_of_days_alone(newest, day, hours):
    """Once late, late for ever; never late on the newest day itself; a larger promise is never broken earlier."""
    assert not is_late(newest, newest, hours)
    if is_late(newest, day, hours):
        assert day > newest
        assert is_late(newest, day + dt.timedelta(days=1), hours)
        assert is_late(newest, day, max(1, hours - 1))
    late_at = newest + dt.timedelta(days=-(-hours // 24))
    assert is_late(newest, late_at, hours)
    assert not is_late(newest, late_at - dt.timedelta(days=1), hours)


def test_the_worst_speaks_for_the_demo_and_a_run_for_nobody():
    assert worst([]) == "never built"
    assert worst(["fresh", "stale", "failed", "fresh"]) == "failed"
    assert worst(["fresh", "not in the blueprint"]) == "not in the blueprint"
    assert worst(["failed", "running"]) == "running"

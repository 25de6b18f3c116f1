"""When a demo has stood long enough: counted from its first build, seen from a day."""

import datetime as dt

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.plan.expiry import expiry
from demo_factory.resources.resource import State

TEXT = "demo: short\nexpires: {days}\ntables:\n  t: {{rows: 1, columns: {{id: {{key: integer}}}}}}\n"


def states(*days: str, owned: bool = True) -> list[State]:
    return [State("table", day, owned=owned, created=f"{day}T10:00:00.000+00:00") for day in days]


@pytest.mark.parametrize(
    ("today", "expired", "said"),
    [("2026-01-10", False, "expires on 2026-01-15, in 5 days"), ("2026-01-14", False, "in 1 day"),
     ("2026-01-15", True, "expired on 2026-01-15, which is today"),
     ("2026-01-17", True, "expired on 2026-01-15, 2 days ago")],
)  # fmt: skip
def test_it_is_counted_from_the_first_thing_that_was_made(today, expired, said):
    found = expiry(14, states("2026-01-03", "2026-01-01"), dt.date.fromisoformat(today))
    assert (found.day, found.expired) == (dt.date(2026, 1, 15), expired)
    assert said in str(found)


def test_what_is_not_built_or_was_there_before_us_has_not_begun():
    today = dt.date(2026, 3, 1)
    for known in ([], states("2025-01-01", owned=False)):
        found = expiry(14, known, today)
        assert (found.day, found.expired, found.built) == (dt.date(2026, 3, 15), False, False)
    assert expiry(None, states("2020-01-01"), today) is None


@pytest.mark.parametrize(("text", "days"), [("14 days", 14), ("2 weeks", 14), ("30", 30), ("1 year", 365)])
def test_a_blueprint_says_how_long(text, days):
    assert loads(TEXT.format(days=text)).expires == days


@pytest.mark.parametrize("text", ["0 days", "soon", "-3", "20 years"])
def test_what_is_no_time_is_refused_with_its_line(text):
    with pytest.raises(BlueprintError) as caught:
        loads(TEXT.format(days=text))
    assert ":2: expires" in str(caught.value)

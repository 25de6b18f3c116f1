"""The daily schedule: what a new day changes, in demos that are built, and nothing else."""

import datetime as dt
import sqlite3
import zoneinfo
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import SHIPPED
from demo_factory.operations.targets import open_local
from demo_factory.orchestration import schedule
from demo_factory.orchestration.automation import follows
from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.resources import FOLLOWS
from demo_factory.orchestration.schedule import due, due_day, local_timezone
from demo_factory_tests.orchestration.small import DAY, settings_of

pytestmark = pytest.mark.e2e
MODELS = {"customer_segmentation", "next_purchase"}


def built(home: Path, follows: bool = True) -> None:
    """A ledger that says that the models are made: they are the objects that need no file."""
    settings = settings_of(home, SHIPPED)
    workspace = open_local(settings)
    plan = plan_demo(find_demo(settings, "retail"), settings, workspace, DAY)
    workspace.records.freeze(plan)
    workspace.records.follow("retail", follows)
    for name in MODELS:
        [model] = plan.resources_of(plan.steps[name])
        workspace.records.announce(plan.demo, model)
        workspace.records.made(plan.demo, model, {}, None, 1.0)


def tick(home: Path, day: dt.date) -> dg.RunRequest | dg.SkipReason:
    defs = all_definitions(settings_of(home, SHIPPED))
    daily = next(one for one in defs.schedules or () if one.name == "retail_daily")
    at = dt.datetime.combine(day, dt.time(5, 15), zoneinfo.ZoneInfo(local_timezone()))
    return daily(dg.build_schedule_context(scheduled_execution_time=at))


def test_a_demo_that_is_not_built_is_left_alone(tmp_path: Path) -> None:
    assert "not built" in str(tick(tmp_path, DAY).skip_message)
    assert not list(tmp_path.iterdir())


def test_a_new_day_asks_for_what_it_changes(tmp_path: Path) -> None:
    built(tmp_path)
    settings = settings_of(tmp_path, SHIPPED)
    file = find_demo(settings, "retail")
    assert not MODELS & set(due(file, settings, DAY))
    later = DAY + dt.timedelta(days=1)
    request = tick(tmp_path, later)
    assert request.tags["demo_factory/as_of"] == str(later)
    steps = plan_demo(file, settings).steps
    asked, changed = {key.path[-1] for key in request.asset_selection}, set(due(file, settings, later))
    assert asked == {name for name in changed if not follows(steps[name])} >= MODELS
    assert {"kpi_summary", "next_purchase_predictions", "optimize_transactions"} <= changed - asked


def test_what_should_have_followed_and_did_not_is_asked_for_when_it_is_all_that_is_left(tmp_path, monkeypatch) -> None:
    built(tmp_path)
    left = ("kpi_summary", "optimize_transactions")
    monkeypatch.setattr(schedule, "due", lambda *_: left)
    request = tick(tmp_path, DAY + dt.timedelta(days=1))
    assert {key.path[-1] for key in request.asset_selection} == set(left)


def test_a_day_before_the_data_is_skipped_in_plain_words(tmp_path: Path) -> None:
    built(tmp_path)
    assert "already has data up to" in tick(tmp_path, DAY - dt.timedelta(days=3)).skip_message


def test_a_demo_that_was_pinned_to_a_day_is_never_moved(tmp_path: Path) -> None:
    built(tmp_path, follows=False)
    for days in (0, 1, 400):
        said = tick(tmp_path, DAY + dt.timedelta(days=days)).skip_message
        assert "stays at 2026-11-24: it was not built for today" in said
        assert "demo-factory build retail" in said


def test_a_demo_of_an_older_ledger_that_does_not_say_is_left_alone(tmp_path: Path) -> None:
    built(tmp_path)
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        db.execute("DELETE FROM facts WHERE key = 'follows'")
    assert "stays at" in tick(tmp_path, DAY + dt.timedelta(days=1)).skip_message


def test_the_environment_that_names_a_day_stops_the_schedule(tmp_path: Path) -> None:
    built(tmp_path)
    pinned = replace(settings_of(tmp_path, SHIPPED), as_of=DAY)
    with pytest.raises(DemoError, match="DEMO_FACTORY_AS_OF=2026-11-24 speaks of one day"):
        due(find_demo(pinned, "retail"), pinned, DAY + dt.timedelta(days=1))


def test_what_the_schedule_starts_still_follows(tmp_path: Path) -> None:
    built(tmp_path)
    assert tick(tmp_path, DAY + dt.timedelta(days=1)).tags[FOLLOWS] == "today"


def test_in_the_night_it_is_still_yesterdays_turn() -> None:
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    assert due_day(dt.datetime(2026, 6, 2, 6, 14, tzinfo=zone)) == dt.date(2026, 6, 1)
    assert due_day(dt.datetime(2026, 6, 2, 6, 15, tzinfo=zone)) == dt.date(2026, 6, 2)


def test_the_time_zone_is_one_that_dagster_knows() -> None:
    assert local_timezone() in zoneinfo.available_timezones()

"""The daily schedule: what a new day changes, in demos that are built, and nothing else."""

import datetime as dt
import zoneinfo
from pathlib import Path

import dagster as dg

from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.schedule import due, local_timezone
from demo_factory.project import SHIPPED, find_demo, open_local, plan_demo
from demo_factory_tests.orchestration.small import DAY, settings_of

MODELS = {"customer_segmentation", "next_purchase"}


def built(home: Path, follows: bool = True) -> None:
    """A ledger that says that the models are made: they are the objects that need no file."""
    settings = settings_of(home, SHIPPED)
    workspace = open_local(settings)
    plan = plan_demo(find_demo(settings, "retail"), settings, workspace, DAY)
    workspace.records.freeze(plan)
    workspace.records.follow("retail", follows)
    for name in MODELS:
        workspace.records.announce(plan, plan.steps[name])
        workspace.records.made(plan, plan.steps[name], None, 1.0, {})


def tick(home: Path, day: dt.date) -> dg.RunRequest | dg.SkipReason:
    defs = all_definitions(settings_of(home, SHIPPED))
    schedule = next(one for one in defs.schedules or () if one.name == "retail_daily")
    at = dt.datetime.combine(day, dt.time(5, 15), zoneinfo.ZoneInfo(local_timezone()))
    return schedule(dg.build_schedule_context(scheduled_execution_time=at))


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
    assert {key.path[-1] for key in request.asset_selection} == set(due(file, settings, later)) >= MODELS


def test_a_day_before_the_data_is_skipped_in_plain_words(tmp_path: Path) -> None:
    built(tmp_path)
    assert "already has data up to" in tick(tmp_path, DAY - dt.timedelta(days=3)).skip_message


def test_the_time_zone_is_one_that_dagster_knows() -> None:
    assert local_timezone() in zoneinfo.available_timezones()

"""A schedule a demo: every morning the data reaches the new day."""

import datetime as dt
import os
import zoneinfo
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from demo_factory.access.stages import overview
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import load
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration import metadata
from demo_factory.orchestration.automation import follows
from demo_factory.orchestration.resources import AS_OF, FOLLOWS
from demo_factory.resources.diff import changes, to_make
from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.observe import as_known

CRON = "15 5 * * *"
EXPECTED = dt.timedelta(hours=6, minutes=15)  # after midnight: by then the morning's run has had its hour


def daily_schedule(file: Path, plan: DemoPlan, settings: Settings, job: str) -> dg.ScheduleDefinition:
    """The schedule that moves a demo's day: a run of the tables and models that the new day changes, and of nothing
    else; views, predictions and maintenance follow from them by `automation`.

    It moves what somebody has built for today, since a demo whose data ended last week is what it exists to prevent.
    A demo that was never built here, or was pinned to a day by name, is left alone: nothing happens unasked.
    """

    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.date()
        try:
            names = due(file, settings, day)
        except DemoError as error:
            return dg.SkipReason(str(error))
        if not names:
            return dg.SkipReason(f"{plan.demo} has the data of {day} already.")
        # what follows from the day's tables by itself waits for them, unless it is all that is left to do
        first = [name for name in names if name not in plan.steps or not follows(plan.steps[name])]
        keys = [metadata.asset_key(plan, name) for name in first or names]
        tags = {AS_OF: str(day), FOLLOWS: "today"}
        return dg.RunRequest(run_key=str(day), tags=tags, asset_selection=keys)

    with metadata.owners_in_beta():
        return dg.schedule(
            name=f"{plan.demo}_daily",
            job_name=job,
            cron_schedule=CRON,
            execution_timezone=local_timezone(),
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Adds the new day to every table with days and has the models learn from it; the rest follows",
            owners=metadata.owners(plan),
        )(daily)


def due(file: Path, settings: Settings, day: dt.date) -> Sequence[str]:
    """The steps that a day changes in a demo that follows the calendar.

    Raises:
        DemoError: nobody asked that the demo moves, its data reaches beyond the day already, or its blueprint has
            problems.
    """
    workspace, demo = open_workspace(settings), load(file).demo
    if not workspace.records.states(demo):
        raise DemoError(f"{demo} is not built here.")
    facts = workspace.records.facts(demo)
    if settings.as_of is not None:
        raise DemoError(f"{demo} stays where it is: DEMO_FACTORY_AS_OF={settings.as_of} speaks of one day.")
    if not facts.follows:
        stays = f"{demo} stays at {facts.as_of}: it was not built for today, but for a day by name."
        raise DemoError(stays, f"To let it follow the calendar: {settings.building(demo)}")
    plan = plan_demo(file, settings, workspace, day)
    found = overview(plan, changes(plan, as_known(plan, workspace)))
    return [one.name for one in to_make(found)]


def due_day(now: dt.datetime) -> dt.date:
    """The newest day that a demo's data should have reached: in the night it is still yesterday's turn."""
    return (now - EXPECTED).date()


def today_due() -> dt.date:
    """The same by this machine's clock."""
    return due_day(dt.datetime.now(zoneinfo.ZoneInfo(local_timezone())))


def local_timezone() -> str:
    """The machine's time zone by its IANA name, since as_of is the machine's day; UTC when it does not say."""
    system = Path("/etc/localtime").resolve().as_posix().partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", ""), system):
        if name in zoneinfo.available_timezones():
            return name
    return "UTC"

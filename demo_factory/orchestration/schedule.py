"""A schedule a demo: every morning the data reaches the new day."""

import datetime as dt
import os
import zoneinfo
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration import describe
from demo_factory.orchestration.lakehouse import AS_OF
from demo_factory.plan.changes import changes
from demo_factory.plan.steps import DemoPlan
from demo_factory.project import Settings, open_workspace, plan_demo

CRON = "15 5 * * *"


def daily_schedule(file: Path, plan: DemoPlan, settings: Settings, job: str) -> dg.ScheduleDefinition:
    """The schedule that moves a demo's day: a run of what the new day changes, and of nothing else.

    It is on from the start, since a demo whose data ended last week is what it exists to prevent; a demo that was
    never built here is left alone, so nothing is built by surprise.
    """

    @dg.schedule(
        name=f"{plan.demo}_daily",
        job_name=job,
        cron_schedule=CRON,
        execution_timezone=local_timezone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Adds the new day to every table with days, and makes what follows from it",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.date()
        try:
            names = due(file, settings, day)
        except DemoError as error:
            return dg.SkipReason(str(error))
        if not names:
            return dg.SkipReason(f"{plan.demo} is not built here, or has the data of {day} already.")
        keys = [describe.asset_key(plan, name) for name in names]
        return dg.RunRequest(run_key=str(day), tags={AS_OF: str(day)}, asset_selection=keys)

    return daily


def due(file: Path, settings: Settings, day: dt.date) -> Sequence[str]:
    """The steps that a day changes in a demo that is built here; none when it is not built.

    Raises:
        DemoError: the demo's data reaches beyond the day already, or its blueprint has problems.
    """
    workspace = open_workspace(settings)
    plan = plan_demo(file, settings, workspace, day)
    known = workspace.records.known(plan)
    if not known:
        return []
    return [change.name for change in changes(plan, known) if change.kind not in ("keep", "drop")]


def local_timezone() -> str:
    """The machine's time zone by its IANA name, since as_of is the machine's day; UTC when it does not say."""
    system = Path("/etc/localtime").resolve().as_posix().partition("/zoneinfo/")[2]
    for name in (os.environ.get("TZ", ""), system):
        if name in zoneinfo.available_timezones():
            return name
    return "UTC"

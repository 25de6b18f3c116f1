"""One demo as Dagster definitions: assets, checks, a job, a daily schedule and the alert sensor."""

from pathlib import Path

import dagster as dg

from demo_factory.orchestration import describe
from demo_factory.orchestration.alerts import alert_sensor
from demo_factory.orchestration.assets import demo_assets
from demo_factory.orchestration.lakehouse import AS_OF, Lakehouse
from demo_factory.orchestration.launcher import launcher_resources
from demo_factory.plan.steps import DemoPlan, TablePlan
from demo_factory.project import Settings, find_demos, open_workspace, plan_demo

CRON = "15 5 * * *"


def demo_definitions(file: Path, plan: DemoPlan) -> dg.Definitions:
    """Everything of one demo; resources are bound by `all_definitions`."""
    assets = demo_assets(file, plan)
    job = dg.define_asset_job(
        plan.demo, selection=dg.AssetSelection.groups(plan.demo), description=plan.blueprint.title
    )
    promising = [
        describe.asset_key(plan, step.name)
        for step in plan.of_kind("table")
        if isinstance(step.plan, TablePlan) and step.plan.fresh_within
    ]
    checks = [key for definition in assets for key in definition.check_keys]
    return dg.Definitions(
        assets=[one for one in assets if not isinstance(one, dg.AssetChecksDefinition)],
        asset_checks=[one for one in assets if isinstance(one, dg.AssetChecksDefinition)],
        jobs=[job],
        schedules=[_daily(plan)],
        sensors=[alert_sensor(plan.demo, promising, checks)],
    )


def _daily(plan: DemoPlan) -> dg.ScheduleDefinition:
    """Moves as_of each morning: only what depends on the day, so that a run takes minutes, not a rebuild.

    Off until it is switched on: a laptop that wakes up should not begin to build by itself.
    """
    moving = [describe.asset_key(plan, step.name) for step in plan.steps.values() if step.moves]
    job = dg.define_asset_job(
        f"{plan.demo}_daily",
        selection=dg.AssetSelection.assets(*moving),
        description="Adds the new day to every table with days, and what follows from it",
    )

    @dg.schedule(
        name=f"{plan.demo}_daily",
        job=job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date().isoformat()
        return dg.RunRequest(run_key=day, tags={AS_OF: day})

    return daily


def all_definitions(settings: Settings) -> dg.Definitions:
    """Every demo that can be found, merged, with the target's resources.

    Raises:
        BlueprintError: a blueprint has problems; nothing is loaded then, so that none goes unnoticed.
    """
    workspace = open_workspace(settings)
    demos = [demo_definitions(file, plan_demo(file, settings, workspace)) for file in find_demos(settings).values()]
    shared = dg.Definitions(
        resources={"lakehouse": Lakehouse(), **launcher_resources(settings.target)},
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(*demos, shared)

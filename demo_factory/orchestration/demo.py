"""One demo as Dagster definitions: assets, checks, a job, a daily schedule and the alert sensor."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.dagster_order import one_by_one_executor
from demo_factory.compat.start import prepare
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.settings import Settings, find_demos
from demo_factory.orchestration import metadata
from demo_factory.orchestration.alerts import alert_sensor
from demo_factory.orchestration.assets import demo_assets
from demo_factory.orchestration.automation import automation_sensor
from demo_factory.orchestration.executor import threads_executor
from demo_factory.orchestration.health import health_checks
from demo_factory.orchestration.launcher import launcher_resources
from demo_factory.orchestration.monitoring import monitoring_assets
from demo_factory.orchestration.resources import TargetResource
from demo_factory.orchestration.schedule import daily_schedule
from demo_factory.resources.graph import DemoPlan


def demo_definitions(file: Path, plan: DemoPlan, settings: Settings) -> dg.Definitions:
    """Everything of one demo; resources are bound by `target_definitions`.

    Args:
        file: the blueprint, which a run plans anew for its own day.
        plan: a plan of it, for the structure alone.
    """
    prepare()
    found = demo_assets(file, plan)
    watching, looking = monitoring_assets(plan, settings), health_checks(file, plan, settings)
    made = [metadata.asset_key(plan, name) for name in plan.steps]
    built: dg.AssetSelection = dg.AssetSelection.assets(*made)
    if looking:
        built -= dg.AssetSelection.checks(*looking)
    about = plan.blueprint.title or f"All that {plan.demo} is made of"
    # a job's own owners are in beta, which Dagster would say at each load
    job = dg.define_asset_job(
        plan.demo, selection=built, description=about, metadata={"owner": ", ".join(metadata.owners(plan))}
    )
    follow = automation_sensor(plan)
    return dg.Definitions(
        assets=[*(one for one in found if not isinstance(one, dg.AssetChecksDefinition)), *watching],
        asset_checks=[*(one for one in found if isinstance(one, dg.AssetChecksDefinition)), *looking],
        jobs=[job],
        schedules=[daily_schedule(file, plan, settings, plan.demo)],
        sensors=[alert_sensor(file, plan, settings), *([follow] if follow else [])],
    )


def target_definitions(settings: Settings, plans: Iterable[DemoPlan] = ()) -> dg.Definitions:
    """What all demos share: the target's resources, and one process for all steps since that is one Spark.

    Args:
        plans: of the demos, whose budget tags mark the compute where the target has none.
    """
    budgets = sorted({plan.blueprint.governance.budget_tag or plan.demo for plan in plans})
    return dg.Definitions(
        resources={"target": TargetResource.of(settings), **launcher_resources(settings, "-".join(budgets))},
        executor=threads_executor if settings.traits.side_by_side else one_by_one_executor,
    )


def all_definitions(settings: Settings) -> dg.Definitions:
    """Every demo that can be found, merged, with the target's resources.

    The state folder is not asked: what Dagster shows must not depend on what happens to be built.

    Raises:
        BlueprintError: a blueprint has problems; nothing is loaded then, so that none goes unnoticed.
        DemoError: two demos have an asset of the same key.
    """
    plans = {file.absolute(): plan_demo(file.absolute(), settings) for file in find_demos(settings).values()}
    _refuse_shared_keys(list(plans.values()))
    demos = [demo_definitions(file, plan, settings) for file, plan in plans.items()]
    return dg.Definitions.merge(*demos, target_definitions(settings, plans.values()))


def _refuse_shared_keys(plans: Sequence[DemoPlan]) -> None:
    """Dagster keeps one history a key, so two demos cannot have the same one."""
    owners: dict[dg.AssetKey, str] = {}
    for plan in plans:
        for name in plan.steps:
            key = metadata.asset_key(plan, name)
            other = owners.setdefault(key, plan.demo)
            if other != plan.demo:
                raise DemoError(
                    f"The demos {other} and {plan.demo} both have the asset {key.to_user_string()}.",
                    f"Give {plan.demo} a project of its own: write project: {plan.demo} into its blueprint.",
                )

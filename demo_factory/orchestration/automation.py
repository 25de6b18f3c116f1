"""What follows from new data by itself: views, predictions and maintenance that were made before are made again."""

from __future__ import annotations

import functools
import operator

import dagster as dg

from demo_factory.orchestration.instance import DEMO
from demo_factory.orchestration.metadata import asset_key, owners
from demo_factory.orchestration.resources import AS_OF, BUILT
from demo_factory.resources.graph import DemoPlan, Step

_EVERY = 30  # seconds between two looks


def follows(step: Step) -> bool:
    """Whether a step is made again by itself: predictions, maintenance, and views that speak of the day.

    A view that does not is a query of what stands there, so there is nothing to make again.
    """
    return step.kind in ("predictions", "optimize") or (step.kind == "view" and step.moves)


def condition(plan: DemoPlan, step: Step) -> dg.AutomationCondition[dg.AssetKey] | None:
    """When Dagster makes a step again by itself, None for what somebody or the schedule has to ask for.

    When something that it is made of is new, keeps its promises, and the run that made it has ended: one run then makes
    all that follows. A build of the whole demo makes both in its one run, so nothing is left to do. Nothing is made for
    the first time: what nobody has asked for stays away.
    """
    if not follows(step):
        return None
    found = dg.AutomationCondition
    asked_for = [asset_key(plan, one.name) for one in plan.steps.values() if one.kind in ("table", "model")]
    at_work = [found.asset_matches(key, found.in_progress()) for key in asked_for]
    return (
        found.any_deps_updated().since_last_handled()
        & ~found.missing()
        & ~found.any_deps_missing()
        & found.all_deps_blocking_checks_passed()
        & ~functools.reduce(operator.or_, at_work).with_label("the demo is being built")
        & ~found.in_progress()
    ).with_label("what it is made of is new")


def automation_sensor(plan: DemoPlan) -> dg.AutomationConditionSensorDefinition | None:
    """The sensor that looks whether something follows, and has it made for the day that the demo stands at."""
    keys = [asset_key(plan, step.name) for step in plan.steps.values() if follows(step)]
    if not keys:
        return None
    return dg.AutomationConditionSensorDefinition(
        name=f"{plan.demo}_automation",
        target=dg.AssetSelection.assets(*keys),
        run_tags={AS_OF: BUILT, DEMO: plan.demo},
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=_EVERY,
        metadata={"owner": ", ".join(owners(plan))},  # this kind of sensor has no owners of its own
        description="Makes views, predictions and maintenance again when what they are made of is new",
    )

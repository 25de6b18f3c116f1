"""The work of one asset or check as Dagster hears of it, done in the process that has Spark."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, assert_never

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.moments import reached
from demo_factory.operations.errors import as_demo_error, category_of
from demo_factory.operations.materialize import Outcome, keep_verdict_across
from demo_factory.operations.progress import Progress
from demo_factory.operations.running import running
from demo_factory.orchestration.executor import Result, stoppable
from demo_factory.orchestration.metadata import asset_key, data_version
from demo_factory.orchestration.resources import TargetResource
from demo_factory.plan.contracts import HAS_CHAMPION, beats_guess
from demo_factory.quality.results import RuleResult
from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Rule,
    Step,
    TablePlan,
    ViewPlan,
)
from demo_factory.resources.lineage import Lineage
from demo_factory.workspace.spark_errors import plain_words

STEPS = "steps"  # the resource that every asset with Spark work hands it to
TYPES = "column_types"
Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


class Steps(Protocol):
    """Does the Spark work of an asset: in this process, or somewhere else that reports back."""

    def materialize(
        self, context: Context, target: TargetResource, file: Path, step: Step, lineage: Lineage | None
    ) -> dg.MaterializeResult[Any]:
        """Make an object and judge it."""

    def judge(
        self, context: Context, target: TargetResource, file: Path, step: Step, wanted: Collection[str]
    ) -> list[dg.AssetCheckResult]:
        """Judge the named rules of a table that need another table too."""


class Here:
    """Spark is in this process: on a laptop, and on a cluster to which the step launcher has brought the step."""

    def materialize(
        self, context: Context, target: TargetResource, file: Path, step: Step, lineage: Lineage | None
    ) -> dg.MaterializeResult[Any]:
        """See `Steps`."""
        return materialize(target, file, step, lineage, context.log.error)

    def judge(
        self, context: Context, target: TargetResource, file: Path, step: Step, wanted: Collection[str]
    ) -> list[dg.AssetCheckResult]:
        """See `Steps`."""
        return judge(target, file, step, wanted, context.log.error)


def materialize(
    target: TargetResource, file: Path, step: Step, lineage: Lineage | None, on_broken: Callable[[str], None]
) -> dg.MaterializeResult[Any]:
    """Make one step's object in this process.

    Args:
        lineage: of a plan of the same blueprint, where somebody has worked it out already.
        on_broken: told the message of each blocking rule that does not hold.
    """
    from demo_factory.orchestration.shown import access_metadata, made_metadata

    now = target.plan(file)
    current = current_step(now, step)
    outcome = _told(step.name, step.kind, lambda: target.make(now, current))
    for result in outcome.broken:
        on_broken(result.message)
    reached(f"{step.name} noted")
    if step.kind == "access":
        metadata = access_metadata(now, outcome)
    else:

        def show() -> dict[str, Any]:
            return made_metadata(now, current, outcome, target.workspace.session(now), lineage or Lineage(now))

        metadata = _in_words(step.name, step.kind, show)
    reached(f"{step.name} shown")
    return dg.MaterializeResult(
        metadata=metadata,
        check_results=check_results(now, step, outcome.results),
        data_version=data_version(now, current),
    )


def judge(
    target: TargetResource, file: Path, step: Step, wanted: Collection[str], on_broken: Callable[[str], None]
) -> list[dg.AssetCheckResult]:
    """Judge rules across tables in this process."""
    now = target.plan(file)
    work = partial(keep_verdict_across, now, current_step(now, step), target.workspace, wanted)
    outcome = _told(step.check, "check", work)
    for result in outcome.broken:
        on_broken(result.message)
    return check_results(now, step, outcome.results)


def promises_of(step: Step) -> tuple[Rule, ...]:
    """The rules of a step's contract, and what a model and its predictions promise."""
    match step.plan:
        case TablePlan() as table:
            return table.rules
        case PredictionsPlan() as predictions:
            return (*predictions.rules, HAS_CHAMPION)
        case ModelPlan() as model:
            return (beats_guess(model.spec.metric),)
        case ViewPlan() | OptimizePlan() | AccessPlan():
            return ()
    assert_never(step.plan)


def current_step(plan: DemoPlan, step: Step) -> Step:
    """The step in the run's own plan, whose blueprint may have been edited since Dagster loaded it."""
    current = plan.steps.get(step.name)
    if current is None or current.kind != step.kind or _names(current) != _names(step):
        message = f"The blueprint of {plan.demo} was changed since Dagster loaded it: {step.name} is another one now."
        raise DemoError(message, "Press Reload definitions in Dagster (Deployment), then run it again.")
    return current


def _names(step: Step) -> set[str]:
    """The checks that Dagster expects of a step: it refuses a run that gives others."""
    return {rule.name for rule in promises_of(step)}


def _told(name: str, kind: str, work: Callable[[], Outcome]) -> Outcome:
    """Do the work and tell how it went."""
    tell = running().tell
    tell(Progress("started", name, kind))
    outcome = _in_words(name, kind, work)
    tell(Progress("failed" if outcome.broken else "finished", name, kind, outcome))
    return outcome


def _in_words(name: str, kind: str, work: Callable[[], Result]) -> Result:
    """Do the work and tell how it failed; what the machine did to us is said in plain words."""
    tell = running().tell
    try:
        return stoppable(work)
    except BaseException as error:
        if not isinstance(error, Exception):
            tell(Progress("stopped", name, kind, category="interrupted"))
            raise
        plain = as_demo_error(error)
        message = str(plain) if plain else plain_words(error)
        tell(Progress("failed", name, kind, message=message, category=category_of(error)))
        if plain is None or plain is error:
            raise
        raise plain from error


def check_results(plan: DemoPlan, step: Step, results: Sequence[RuleResult]) -> list[dg.AssetCheckResult]:
    """A check result a rule; the types of all columns are one."""
    types = [result for result in results if result.rule.kind == "type"]
    own = [_check_result(plan, step, result) for result in results if result.rule.kind != "type"]
    if not types:
        return own
    wrong = [result for result in types if not result.passed]
    # the strictest of the broken ones speaks for all of them
    worst = next((result for result in wrong if result.rule.blocking), (wrong or types)[0])
    said = "; ".join(result.observed for result in wrong) or f"all {len(types)} columns are of their type"
    observed = replace(worst, rule=replace(worst.rule, name=TYPES), observed=said)
    text = "; ".join(result.message for result in wrong) or said
    return [_check_result(plan, step, observed, text), *own]


def _check_result(plan: DemoPlan, step: Step, result: RuleResult, text: str = "") -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset_key(plan, step.name),
        check_name=result.rule.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.rule.blocking else dg.AssetCheckSeverity.WARN,
        description=text or result.message,
        metadata={
            "observed": result.observed,
            "failing_rows": result.failing_rows,
            **({"examples": ", ".join(result.examples)} if result.examples else {}),
        },
    )

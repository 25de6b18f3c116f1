"""Steps to Dagster: an asset a step with its contract, and a check a cross-table rule."""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.orchestration import describe
from demo_factory.orchestration.lakehouse import Lakehouse
from demo_factory.orchestration.launcher import LAUNCHER
from demo_factory.orchestration.progress import Progress, tell
from demo_factory.orchestration.work import Outcome, judge_across, make
from demo_factory.plan.steps import DemoPlan, PredictionsPlan, Rule, Step, TablePlan
from demo_factory.quality.results import RuleResult, promise


def demo_assets(file: Path, plan: DemoPlan) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """All assets and cross-table checks of a demo.

    Args:
        file: the blueprint; a run plans it anew for its own day.
        plan: a plan of it, for the structure alone.
    """
    found: list[dg.AssetsDefinition | dg.AssetChecksDefinition] = []
    for step in plan.steps.values():
        found.append(_asset(file, plan, step))
        across = _across(step)
        if across:
            found.append(_check_across(file, plan, step, across))
    return found


def _across(step: Step) -> tuple[Rule, ...]:
    return tuple(rule for rule in step.plan.rules if rule.cross_table) if isinstance(step.plan, TablePlan) else ()


def _own_rules(step: Step) -> tuple[Rule, ...]:
    if isinstance(step.plan, TablePlan | PredictionsPlan):
        return tuple(rule for rule in step.plan.rules if not rule.cross_table)
    return ()


def _spec(plan: DemoPlan, step: Step, rule: Rule) -> dg.AssetCheckSpec:
    parents = [describe.asset_key(plan, rule.parent.name)] if rule.parent else None
    return dg.AssetCheckSpec(
        rule.name,
        asset=describe.asset_key(plan, step.name),
        description=promise(rule),
        blocking=rule.blocking,
        additional_deps=parents,
    )


def _asset(file: Path, plan: DemoPlan, step: Step) -> dg.AssetsDefinition:
    key = describe.asset_key(plan, step.name)

    @dg.asset(
        key=key,
        deps=[describe.asset_key(plan, name) for name in step.needs],
        group_name=plan.demo,
        kinds=describe.kinds(step),
        owners=describe.owners(step),
        tags=describe.tags(step),
        description=step.plan.comment or None,
        metadata=describe.definition_metadata(plan, step),
        code_version=step.fingerprint,
        check_specs=[_spec(plan, step, rule) for rule in _own_rules(step)],
        freshness_policy=_freshness(step),
        required_resource_keys={LAUNCHER, "lakehouse"},
    )
    def asset(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        lakehouse: Lakehouse = context.resources.lakehouse
        now = lakehouse.plan(file)
        tell(Progress("started", step.name, step.kind))
        try:
            outcome = make(now, now.steps[step.name], lakehouse.workspace)
        except BaseException as error:
            tell(Progress("failed", step.name, step.kind, message=str(error)))
            raise
        tell(Progress("failed" if outcome.broken else "finished", step.name, step.kind, outcome))
        for result in outcome.broken:
            context.log.error(result.message)
        return _materialized(now, step, outcome, lakehouse)

    return asset


def _materialized(plan: DemoPlan, step: Step, outcome: Outcome, lakehouse: Lakehouse) -> dg.MaterializeResult[Any]:
    spark = lakehouse.workspace.session(plan)
    return dg.MaterializeResult(
        metadata=describe.made_metadata(plan, plan.steps[step.name], outcome, spark),
        check_results=[_check_result(plan, step, result) for result in outcome.results],
    )


def _check_result(plan: DemoPlan, step: Step, result: RuleResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=describe.asset_key(plan, step.name),
        check_name=result.rule.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.rule.blocking else dg.AssetCheckSeverity.WARN,
        description=result.message,
        metadata={
            "failing_rows": result.failing_rows,
            "observed": result.observed,
            "examples": ", ".join(result.examples),
        },
    )


def _check_across(file: Path, plan: DemoPlan, step: Step, rules: Iterable[Rule]) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name=f"{step.name}_across",
        specs=[_spec(plan, step, rule) for rule in rules],
        can_subset=True,
        required_resource_keys={"lakehouse"},
    )
    def across(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        lakehouse: Lakehouse = context.resources.lakehouse
        now = lakehouse.plan(file)
        wanted = {key.name for key in context.selected_asset_check_keys}
        tell(Progress("started", f"{step.name}_across", "check"))
        outcome = judge_across(now, now.steps[step.name], lakehouse.workspace, wanted)
        tell(Progress("failed" if outcome.broken else "finished", outcome.name, "check", outcome))
        for result in outcome.broken:
            context.log.error(result.message)
        for result in outcome.results:
            yield _check_result(plan, step, result)

    return across


def _freshness(step: Step) -> dg.FreshnessPolicy | None:
    hours = step.plan.fresh_within if isinstance(step.plan, TablePlan) else None
    if not hours:
        return None
    fail = dt.timedelta(hours=hours + 24)  # the day itself has to end before its data can be late
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=dt.timedelta(hours=hours))

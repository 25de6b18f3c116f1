"""Steps to Dagster: an asset a step with its contract, and a check a cross-table rule."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration import describe
from demo_factory.orchestration.lakehouse import Lakehouse
from demo_factory.orchestration.progress import Progress, tell
from demo_factory.orchestration.shown import made_metadata
from demo_factory.orchestration.work import Outcome, judge_across, make
from demo_factory.plan.lineage import Lineage
from demo_factory.plan.steps import AccessPlan, DemoPlan, PredictionsPlan, Rule, Step, TablePlan
from demo_factory.quality.results import RuleResult, promise
from demo_factory.workspace.local.trouble import translate

TYPES = "column_types"


def demo_assets(file: Path, plan: DemoPlan) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """All assets and cross-table checks of a demo.

    Args:
        file: the blueprint; a run plans it anew for its own day.
        plan: a plan of it, for the structure alone.
    """
    found: list[dg.AssetsDefinition | dg.AssetChecksDefinition] = []
    lineage = Lineage(plan)
    for place, step in enumerate(plan.steps.values()):
        # the plan's order is also the one in which a run takes what is ready
        found.append(_asset(file, plan, step, lineage, _priority(2 * place)))
        across = [rule for rule in _rules(step) if rule.cross_table]
        if across:
            found.append(_check_across(file, plan, step, across, _priority(2 * place + 1)))
    return found


def _priority(place: int) -> dict[str, str]:
    return {"dagster/priority": str(-place)}


def _rules(step: Step) -> tuple[Rule, ...]:
    return step.plan.rules if isinstance(step.plan, TablePlan | PredictionsPlan) else ()


def _specs(plan: DemoPlan, step: Step, rules: Sequence[Rule]) -> list[dg.AssetCheckSpec]:
    """A check a rule; the types of all columns are one, or they would hide the others."""
    key = describe.asset_key(plan, step.name)
    types = [rule for rule in rules if rule.kind == "type"]
    specs = [
        dg.AssetCheckSpec(
            rule.name,
            asset=key,
            description=promise(rule),
            blocking=rule.blocking,
            additional_deps=[describe.asset_key(plan, rule.parent.name)] if rule.parent else None,
        )
        for rule in rules
        if rule.kind != "type"
    ]
    if types:
        blocking = any(rule.blocking for rule in types)
        about = f"each of the {len(types)} columns must be of its type"
        specs.insert(0, dg.AssetCheckSpec(TYPES, asset=key, description=about, blocking=blocking))
    return specs


def _asset(file: Path, plan: DemoPlan, step: Step, lineage: Lineage, op_tags: dict[str, str]) -> dg.AssetsDefinition:
    if isinstance(step.plan, AccessPlan):
        return _access_asset(file, plan, step, lineage, op_tags)

    @dg.asset(
        key=describe.asset_key(plan, step.name),
        deps=[describe.asset_key(plan, name) for name in step.needs],
        group_name=plan.demo,
        kinds=describe.kinds(step),
        owners=describe.owners(step),
        tags=describe.tags(step),
        description=step.plan.comment or None,
        metadata=describe.definition_metadata(plan, step, lineage),
        code_version=describe.code_version(plan, step),
        check_specs=_specs(plan, step, [rule for rule in _rules(step) if not rule.cross_table]),
        freshness_policy=_freshness(step),
        op_tags=op_tags,
    )
    def asset(
        context: dg.AssetExecutionContext, lakehouse: Lakehouse, pyspark_step_launcher: dg.ResourceParam[Any]
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        now = lakehouse.plan(file)
        current = _current(now, step)
        outcome = _told(step.name, step.kind, lambda: make(now, current, lakehouse.workspace))
        for result in outcome.broken:
            context.log.error(result.message)
        return dg.MaterializeResult(
            metadata=made_metadata(now, current, outcome, lakehouse.workspace.session(now), lineage),
            check_results=_check_results(now, step, outcome.results),
            data_version=describe.data_version(now, current),
        )

    return asset


def _access_asset(
    file: Path, plan: DemoPlan, step: Step, lineage: Lineage, op_tags: dict[str, str]
) -> dg.AssetsDefinition:
    """Governed things: made from Dagster's own process on every target, so no step launcher takes part."""

    @dg.asset(
        key=describe.asset_key(plan, step.name),
        deps=[describe.asset_key(plan, name) for name in step.needs],
        group_name=plan.demo,
        kinds=describe.kinds(step),
        owners=describe.owners(step),
        description=step.plan.comment or None,
        metadata=describe.definition_metadata(plan, step, lineage),
        code_version=describe.code_version(plan, step),
        op_tags=op_tags,
    )
    def access(lakehouse: Lakehouse) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        now = lakehouse.plan(file)
        current = _current(now, step)
        outcome = _told(step.name, step.kind, lambda: make(now, current, lakehouse.workspace))
        metadata = {"demo": plan.demo, "seconds": outcome.seconds, **outcome.detail}
        return dg.MaterializeResult(metadata=metadata, data_version=describe.data_version(now, current))

    return access


def _current(plan: DemoPlan, step: Step) -> Step:
    """The step in the run's own plan, whose blueprint may have been edited since Dagster loaded it."""
    current = plan.steps.get(step.name)
    if current is None or current.kind != step.kind or _names(current) != _names(step):
        message = f"The blueprint of {plan.demo} was changed since Dagster loaded it: {step.name} is another one now."
        raise DemoError(message, "Press Reload definitions in Dagster (Deployment), then run it again.")
    return current


def _names(step: Step) -> set[str]:
    """The checks that Dagster expects of a step: it refuses a run that gives others."""
    return {rule.name for rule in _rules(step)}


def _told(name: str, kind: str, work: Callable[[], Outcome]) -> Outcome:
    """Do the work and tell how it went; what the machine did to us is said in plain words."""
    tell(Progress("started", name, kind))
    try:
        outcome = work()
    except BaseException as error:
        plain = translate(error) if isinstance(error, Exception) else None
        tell(Progress("failed", name, kind, message=str(plain or error).strip() or type(error).__name__))
        if plain is None or plain is error:
            raise
        raise plain from error
    tell(Progress("failed" if outcome.broken else "finished", name, kind, outcome))
    return outcome


def _check_results(plan: DemoPlan, step: Step, results: Sequence[RuleResult]) -> list[dg.AssetCheckResult]:
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
        asset_key=describe.asset_key(plan, step.name),
        check_name=result.rule.name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.rule.blocking else dg.AssetCheckSeverity.WARN,
        description=text or result.message,
        metadata={
            "failing_rows": result.failing_rows,
            "observed": result.observed,
            "examples": ", ".join(result.examples),
        },
    )


def _check_across(
    file: Path, plan: DemoPlan, step: Step, rules: Sequence[Rule], op_tags: dict[str, str]
) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=f"{step.name}_across", specs=_specs(plan, step, rules), can_subset=True, op_tags=op_tags)
    def across(context: dg.AssetCheckExecutionContext, lakehouse: Lakehouse) -> Iterator[dg.AssetCheckResult]:
        now = lakehouse.plan(file)
        wanted = {key.name for key in context.selected_asset_check_keys}
        judge = partial(judge_across, now, _current(now, step), lakehouse.workspace, wanted)
        outcome = _told(f"{step.name}_across", "check", judge)
        for result in outcome.broken:
            context.log.error(result.message)
        yield from _check_results(now, step, outcome.results)

    return across


def _freshness(step: Step) -> dg.FreshnessPolicy | None:
    hours = step.plan.fresh_within if isinstance(step.plan, TablePlan) else None
    if not hours:
        return None
    fail = dt.timedelta(hours=hours + 24)  # the day itself has to end before its data can be late
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=dt.timedelta(hours=hours))

"""Steps to Dagster: an asset a step with its contract, and a check a cross-table rule."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.compat.dagster_order import after
from demo_factory.orchestration import automation
from demo_factory.orchestration.execution import TYPES, Steps, materialize, promises_of
from demo_factory.orchestration.metadata import (
    asset_key,
    code_version,
    definition_metadata,
    description,
    group,
    kinds,
    owners,
    tags,
)
from demo_factory.orchestration.resources import TargetResource
from demo_factory.plan.contracts import promise
from demo_factory.resources.graph import AccessPlan, DemoPlan, Rule, Step, TablePlan
from demo_factory.resources.lineage import Lineage


def demo_assets(file: Path, plan: DemoPlan) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """All assets and cross-table checks of a demo.

    Data depends on data and governance on governance, so that a person sees the lineage of each. What a run has to do
    first all the same, containers before tables and tables before grants, stands in tags of ops (see `dagster_order`).

    Args:
        file: the blueprint; a run plans it anew for its own day.
        plan: a plan of it, for the structure alone.
    """
    found: list[dg.AssetsDefinition | dg.AssetChecksDefinition] = []
    lineage = Lineage(plan)
    for place, step in enumerate(plan.steps.values()):
        # the plan's order is also the one in which a run takes what is ready
        found.append(_asset(file, plan, step, lineage, {**_priority(2 * place), **_after(plan, step)}))
        across = [rule for rule in promises_of(step) if rule.cross_table]
        if across:
            found.append(_check_across(file, plan, step, across, _priority(2 * place + 1)))
    return found


def _priority(place: int) -> dict[str, str]:
    return {"dagster/priority": str(-place)}


def _deps(plan: DemoPlan, step: Step) -> list[dg.AssetKey]:
    """What a person sees above an asset: what it is made of."""
    return [asset_key(plan, name) for name in step.needs if _governs(plan.steps[name]) == _governs(step)]


def _after(plan: DemoPlan, step: Step) -> dict[str, str]:
    """What else a run does first, with the checks of it that need another table."""
    first = [plan.steps[name] for name in step.needs if _governs(plan.steps[name]) != _governs(step)]
    ops = [asset_key(plan, one.name).to_python_identifier() for one in first]
    ops += [one.check for one in first if any(rule.cross_table for rule in promises_of(one))]
    return after(ops)


def _governs(step: Step) -> bool:
    return step.kind == "access"


def _specs(plan: DemoPlan, step: Step, rules: Sequence[Rule]) -> list[dg.AssetCheckSpec]:
    """A check a rule; the types of all columns are one, or they would hide the others."""
    key = asset_key(plan, step.name)
    types = [rule for rule in rules if rule.kind == "type"]
    specs = [
        dg.AssetCheckSpec(
            rule.name,
            asset=key,
            description=promise(rule),
            blocking=rule.blocking,
            additional_deps=[asset_key(plan, rule.parent.name)] if rule.parent else None,
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
        key=asset_key(plan, step.name),
        deps=_deps(plan, step),
        group_name=group(plan, step),
        kinds=kinds(step),
        owners=owners(plan, step),
        tags=tags(step),
        description=description(plan, step),
        metadata=definition_metadata(plan, step, lineage),
        code_version=code_version(plan, step),
        automation_condition=automation.condition(plan, step),
        check_specs=_specs(plan, step, [rule for rule in promises_of(step) if not rule.cross_table]),
        freshness_policy=_freshness(step),
        op_tags=op_tags,
    )
    def asset(
        context: dg.AssetExecutionContext,
        target: TargetResource,
        steps: dg.ResourceParam[Steps],
        pyspark_step_launcher: dg.ResourceParam[Any],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        return steps.materialize(context, target, file, step, lineage)

    return asset


def _access_asset(
    file: Path, plan: DemoPlan, step: Step, lineage: Lineage, op_tags: dict[str, str]
) -> dg.AssetsDefinition:
    """Governed things: made from Dagster's own process on every target, so no step launcher takes part."""

    @dg.asset(
        key=asset_key(plan, step.name),
        deps=_deps(plan, step),
        group_name=group(plan, step),
        kinds=kinds(step),
        owners=owners(plan, step),
        description=description(plan, step),
        metadata=definition_metadata(plan, step, lineage),
        code_version=code_version(plan, step),
        op_tags=op_tags,
    )
    def access(context: dg.AssetExecutionContext, target: TargetResource) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        return materialize(target, file, step, lineage, context.log.error)

    return access


def _check_across(
    file: Path, plan: DemoPlan, step: Step, rules: Sequence[Rule], op_tags: dict[str, str]
) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(name=step.check, specs=_specs(plan, step, rules), can_subset=True, op_tags=op_tags)
    def across(
        context: dg.AssetCheckExecutionContext,
        target: TargetResource,
        steps: dg.ResourceParam[Steps],
        pyspark_step_launcher: dg.ResourceParam[Any],
    ) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.name for key in context.selected_asset_check_keys}
        yield from steps.judge(context, target, file, step, wanted)

    return across


def _freshness(step: Step) -> dg.FreshnessPolicy | None:
    hours = step.plan.fresh_within if isinstance(step.plan, TablePlan) else None
    if not hours:
        return None
    fail = dt.timedelta(hours=hours + 24)  # the day itself has to end before its data can be late
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=dt.timedelta(hours=hours))

"""Judge every promise of a built demo as its tables stand today. Nothing is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_never

from demo_factory.blueprint.errors import NotReady
from demo_factory.blueprint.load import load
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.targets import open_workspace
from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    TablePlan,
    ViewPlan,
)
from demo_factory.workspace.observe import as_known

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.quality.results import RuleResult
    from demo_factory.workspace.ports import Workspace


def check(demo: str, settings: Settings) -> list[RuleResult]:
    """A verdict for each rule of each table, those across tables too.

    Raises:
        NotReady: the demo is not built, or a table of its blueprint is not there or damaged.
    """
    file, workspace = find_demo(settings, demo), open_workspace(settings)
    newest = workspace.records.facts(load(file).demo).as_of
    if newest is None:
        raise NotReady(f"{demo} is not built here.", f"Build it first: {settings.building(demo)}")
    today = max(settings.as_of or dt.date.today(), dt.date.fromisoformat(newest))
    return _judge(plan_demo(file, settings, workspace, today), workspace, settings.building(demo))


def _judge(plan: DemoPlan, workspace: Workspace, first: str) -> list[RuleResult]:
    from demo_factory.quality.check import check_across, check_table

    tables = list(_judged(plan))
    states = as_known(plan, workspace).values()
    known = {one.name: one for one in states if one.kind in ("table", "predictions") and one.found is not None}
    missing = sorted({table.name for table in tables} - set(known))
    if missing:
        raise NotReady(f"Not there: {', '.join(missing)}.", f"Build first: {first}")
    damaged = [f"{table.name} is damaged: {known[table.name].trouble}" for table in tables if known[table.name].trouble]
    if damaged:
        raise NotReady(f"{'. '.join(damaged)}.", f"Build first, that mends it: {first}")
    spark = workspace.session(plan)
    found: list[RuleResult] = []
    for table in tables:
        found += check_table(spark, table, plan.as_of)
        found += check_across(spark, table, [rule for rule in table.rules if rule.cross_table])
    return found


def _judged(plan: DemoPlan) -> Iterator[TablePlan]:
    """Tables, and the tables of predictions as far as they promise anything."""
    for step in plan.steps.values():
        match step.plan:
            case TablePlan() as table:
                yield table
            case PredictionsPlan() as made:
                yield TablePlan(made.name, made.full_name, (), (), 0, made.rules)
            case ViewPlan() | ModelPlan() | OptimizePlan() | AccessPlan():
                continue
            case _:
                assert_never(step.plan)

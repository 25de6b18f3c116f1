"""The command check: judges every promise of a built demo's tables as they stand, and changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.quality.results import RuleResult
    from demo_factory.resources.graph import DemoPlan, TablePlan
    from demo_factory.workspace.protocols import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(check)


def check(context: typer.Context, demo: DemoArgument, as_json: AsJson = False, target: Target = None) -> None:
    """Judge every promise of a built demo's tables as they stand today. Nothing is changed.

    Fails (exit code 1) when a promise that blocks is broken, or a table is not there.

    Example: demo-factory check retail
    """
    from demo_factory.blueprint.errors import NotReady
    from demo_factory.blueprint.load import load
    from demo_factory.operations.demos import find_demo, plan_demo
    from demo_factory.operations.targets import open_workspace

    settings = state_of(context).settings(target)
    file, workspace = find_demo(settings, demo), open_workspace(settings)
    newest = workspace.records.facts(load(file).demo).as_of
    if newest is None:
        raise NotReady(f"{demo} is not built here.", f"Build it first: {settings.building(demo)}")
    today = max(settings.as_of or dt.date.today(), dt.date.fromisoformat(newest))
    plan = plan_demo(file, settings, workspace, today)
    results = judge_demo(plan, workspace, settings.building(demo))
    _show(results, as_json)
    if any(one.rule.blocking and not one.passed for one in results):
        raise typer.Exit(WRONG)


def judge_demo(plan: DemoPlan, workspace: Workspace, first: str) -> list[RuleResult]:
    """A verdict for each rule of each table, those across tables too.

    Args:
        first: the command that makes what is not there.

    Raises:
        NotReady: a table of the blueprint is not there, or damaged.
    """
    from demo_factory.blueprint.errors import NotReady
    from demo_factory.quality.check import check_across, check_table

    tables = list(_judged(plan))
    known = workspace.records.known(plan)
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
    from demo_factory.resources.graph import PredictionsPlan, TablePlan

    for step in plan.steps.values():
        match step.plan:
            case TablePlan() as table:
                yield table
            case PredictionsPlan() as made:
                yield TablePlan(made.name, made.full_name, (), (), 0, made.rules)


def _show(results: list[RuleResult], as_json: bool) -> None:
    if as_json:
        output.as_json([_as_json(one) for one in results])
        return
    broken = [one for one in results if not one.passed]
    for one in broken:
        output.line(f"{'broken' if one.rule.blocking else 'warning'}: {one.message}")
    output.line(f"{len(results) - len(broken)} of {output.counted(len(results), 'check')} passed.")


def _as_json(one: RuleResult) -> dict[str, Any]:
    return {
        "table": one.table,
        "rule": one.rule.name,
        "blocking": one.rule.blocking,
        "passed": one.passed,
        "failing_rows": one.failing_rows,
        "message": "" if one.passed else one.message,
    }

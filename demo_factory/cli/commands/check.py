"""The command check: judges every promise of a built demo's tables as they stand, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.quality.results import RuleResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(check)


def check(context: typer.Context, demo: DemoArgument, as_json: AsJson = False, target: Target = None) -> None:
    """Judge every promise of a built demo's tables as they stand today. Nothing is changed.

    Fails (exit code 1) when a promise that blocks is broken, or a table is not there.

    Example: demo-factory check retail
    """
    from demo_factory.operations.check import check as judge

    results = judge(demo, state_of(context).settings(target))
    _show(results, as_json)
    if any(one.rule.blocking and not one.passed for one in results):
        raise typer.Exit(WRONG)


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

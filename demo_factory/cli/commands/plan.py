"""The command plan: what a build would do, and why; nothing is written."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import AsJson, AsOf, DemoArgument, Scale, Target, Yes, ask_if_far_ahead
from demo_factory.cli.preflight_view import estimate_as_json, print_estimate, print_requirements
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.plan import Outlook
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.resource import Change
    from demo_factory.workspace.preflight import Requirement

# How each change is marked and said, in the order in which they are counted.
_MARKS = {
    "create": ("+", "to make", "green"),
    "replace": ("~", "to make anew", "yellow"),
    "append": (">", "to append", "green"),
    "run": ("*", "to run again", "yellow"),
    "describe": ("=", "to describe anew", "yellow"),
    "drop": ("-", "to drop", "red"),
    "keep": (" ", "kept", "dim"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(plan)


def plan(
    context: typer.Context,
    demo: DemoArgument,
    scale: Scale = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    target: Target = None,
    check: Annotated[
        bool, typer.Option("--check", help="Let Spark on this machine read every expression, query and filter too.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Show what a build would make, change, append, keep and drop, with reasons and rows. Nothing is written.

    For a workspace also what is missing or off there, and what the build may cost in minutes, DBU and money; with exit
    code 1 when something is missing that the build needs.

    With --check Spark reads every expression, query and filter over typed empty tables, as the start of a build does:
    each mistake with its line. For a workspace that is the Spark of this machine, which lacks what Databricks adds.

    Example: demo-factory plan retail --scale 10
    """
    settings = state_of(context).settings(target)
    ask_if_far_ahead(as_of or settings.as_of, yes)

    from demo_factory.operations.plan import plan as look

    outlook = look(demo, settings, as_of, scale, check)
    if check:
        output.trouble("Spark takes every expression, query and filter as it is written.")
    if as_json:
        output.as_json(_as_json(outlook))
    else:
        asked = {"--scale": None if scale is None else f"{scale:g}", "--as-of": as_of}
        said = "".join(f" {name} {value}" for name, value in asked.items() if value is not None)
        _print(settings.building(shlex.quote(demo) + said), outlook, settings)
    if outlook.missing:
        raise typer.Exit(WRONG)


def _print(build: str, outlook: Outlook, settings: Settings) -> None:
    plan, found = outlook.plan, outlook.changes
    place = f"{plan.demo}{settings.traits.on}{_login(outlook.requirements)}: {plan.catalog}.{plan.schema}"
    output.line(f"{place}, scale {plan.scale:g}, data to {plan.as_of}")
    output.line(summary(found))
    output.line()
    output.show(_table(found))
    output.line()
    for line in outlook.by_hand:
        output.line(f"{line[:1].upper()}{line[1:]}")
    if outlook.expiry is not None:
        output.line(f"{plan.demo} {outlook.expiry}: {output.destroying(plan.demo, settings.on)}")
    if outlook.estimate is not None:
        print_estimate(outlook.estimate, outlook.target)
    print_requirements(outlook.requirements, outlook.target)
    if outlook.missing:
        output.line("Nothing was written.")
    elif any(change.kind != "keep" for change in found):
        output.line(f"Nothing was written. Next: {build}")
    else:
        output.line("Nothing to do.")


def _login(requirements: Sequence[Requirement]) -> str:
    return next((f" as {one.reason}" for one in requirements if one.name == "login"), "")


def summary(found: Sequence[Change]) -> str:
    """'3 to make, 10 kept'."""
    counts = Counter[str](change.kind for change in found)
    return ", ".join(f"{counts[kind]} {word}" for kind, (_, word, _) in _MARKS.items() if counts[kind])


def _table(found: Sequence[Change]) -> Any:
    table = output.table({"": "left", "object": "left", "kind": "left", "rows": "right", "why": "left"})
    for change in found:
        mark, _, style = _MARKS[change.kind]
        rows = (
            f"+{change.rows:,}" if change.kind == "append" and change.rows is not None else output.number(change.rows)
        )
        table.add_row(mark, change.name, change.id.kind, rows, change.reason, style=style)
    return table


def _as_json(outlook: Outlook) -> dict[str, Any]:
    plan, found = outlook.plan, outlook.changes
    counts = Counter(change.kind for change in found)
    return {
        "demo": plan.demo,
        "target": outlook.target,
        "catalog": plan.catalog,
        "schema": plan.schema,
        "scale": plan.scale,
        "epoch": plan.epoch,
        "as_of": plan.as_of,
        "counts": {kind: counts[kind] for kind in _MARKS},  # type: ignore[index]
        "objects": [
            {
                "change": change.kind,
                "kind": change.id.kind,
                "name": change.name,
                "full_name": change.id.key,
                "rows": change.rows,
                "reason": change.reason,
            }
            for change in found
        ],
        "by_hand": list(outlook.by_hand),
        "requirements": [asdict(one) for one in outlook.requirements],
        "missing": [one.name for one in outlook.missing],
        "expires": None if outlook.expiry is None else outlook.expiry.day,
        "estimate": None if outlook.estimate is None else estimate_as_json(outlook.estimate),
    }

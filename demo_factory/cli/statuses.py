"""The command status: how the demos stand now."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import say
from demo_factory.cli.options import AsJson
from demo_factory.cli.state import CliState, state_of

if TYPE_CHECKING:
    from demo_factory.cli.standing import ObjectStatus

_STYLES = {"fresh": "green", "stale": "yellow", "failed": "red", "unfinished": "red", "never built": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(status)


def status(
    context: typer.Context,
    demo: Annotated[
        str | None, typer.Argument(metavar="[DEMO]", help="A demo's name or file. Default: all that were built.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say of each object whether it is fresh, stale, failed or never built, with rows, newest day and build time.

    Example: demo-factory status retail
    """
    from demo_factory.project import find_demo

    state = state_of(context)
    files: dict[str, Path | None] = {}
    files |= {demo: find_demo(state.settings(), demo)} if demo is not None and not _only_in_ledger(state, demo) else {}
    if demo is None:
        files = _built(state)
    names = files or ({demo: None} if demo is not None else {})
    found = {name: _of(state, name, file) for name, file in names.items()}
    if as_json:
        say.as_json({name: _as_json(*one) for name, one in found.items()})
        return
    if not found:
        say.line("Nothing is built here yet. Next: demo-factory list, demo-factory build retail")
    for name, (objects, holder, note) in found.items():
        _print(name, objects, holder, note)


def _only_in_ledger(state: CliState, demo: str) -> bool:
    """True for a demo that was built here and whose blueprint is gone."""
    from demo_factory.project import find_demos

    return demo not in find_demos(state.settings()) and bool(state.workspace().records.entries(demo))


def _built(state: CliState) -> dict[str, Path | None]:
    from demo_factory.project import find_demos

    files = find_demos(state.settings())
    return {entry.demo: files.get(entry.demo) for entry in state.workspace().records.entries()}


def _of(state: CliState, name: str, file: Path | None) -> tuple[list[ObjectStatus], str | None, str]:
    """(objects, who builds right now, what else there is to say)."""
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.blueprint.load import load
    from demo_factory.cli.standing import standing_of, without_blueprint
    from demo_factory.project import plan_demo
    from demo_factory.workspace.local.lock import holder

    workspace, settings = state.workspace(), state.settings()
    busy = holder(workspace.state)
    who = str(busy) if busy else None
    if file is None:
        return without_blueprint(workspace.records.entries(name)), who, "its blueprint was not found"
    try:
        newest = workspace.records.facts(load(file).demo).as_of
        today = settings.as_of or dt.date.today()
        day = max(today, dt.date.fromisoformat(newest)) if newest else today
        plan = plan_demo(file, settings, workspace, day)
    except BlueprintError as error:
        problems = say.counted(len(error.problems), "problem")
        return without_blueprint(workspace.records.entries(name)), who, f"its blueprint has {problems}: {error.file}"
    entries = workspace.records.entries(plan.demo)
    return standing_of(plan, workspace.records.known(plan), entries), who, ""


def _as_json(objects: list[ObjectStatus], holder: str | None, note: str) -> dict[str, Any]:
    counts = Counter(one.status for one in objects)
    return {"counts": counts, "building": holder, "note": note, "objects": [asdict(one) for one in objects]}


def _print(name: str, objects: list[ObjectStatus], holder: str | None, note: str) -> None:
    from demo_factory.cli.standing import local_time

    counts = Counter(one.status for one in objects)
    say.line(f"{name}: {', '.join(f'{count} {word}' for word, count in counts.items())}")
    if note:
        say.line(f"Note: {note}.")
    if holder:
        say.line(f"Being written by {holder}.")
    say.line()
    heads = {"object": "left", "kind": "left", "status": "left", "rows": "right", "newest day": "left"}
    table = say.table({**heads, "built": "left", "why": "left"})
    for one in objects:
        when = local_time(one.built) if one.built else ""
        row = (one.name, one.kind, one.status, say.number(one.rows), one.newest_day or "", when, one.reason)
        table.add_row(*row, style=_STYLES.get(one.status, ""))
    say.show(table)
    say.line()
    if set(counts) != {"fresh"}:
        say.line(f"Next: demo-factory build {name}")

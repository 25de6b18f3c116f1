"""The command status: how the demos stand now, and which of their queries were slow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.governed import Action
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.protocols import Workspace
    from demo_factory.workspace.standing import Standing

_RED = ("failed", "damaged", "unfinished")
_STYLES = {**dict.fromkeys(_RED, "red"), "fresh": "green", "stale": "yellow", "running": "cyan", "never built": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(status)


def status(
    context: typer.Context,
    demo: Annotated[
        str | None,
        typer.Argument(
            metavar="DEMO", help="A demo's name or file. Default: all that were built.", autocompletion=complete.demos
        ),
    ] = None,
    queries: Annotated[
        bool, typer.Option("--queries", metavar="", help="Instead the slowest queries of the last 7 days.")
    ] = False,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Say of each object whether it is fresh, stale, failed, unfinished, damaged, running or never built, and why.

    Stale: its newest day is older than its contract allows (fresh_within; without it any missing day counts), or its
    definition changed. Governed things that somebody changed by hand are stale. Nothing is written.

    Example: demo-factory status retail · demo-factory status retail --queries --target dev
    """
    from demo_factory.operations.targets import open_workspace

    settings = state_of(context).settings(target)
    workspace = open_workspace(settings)
    files = _built(settings, workspace) if demo is None else {demo: _file(settings, workspace, demo)}
    if queries:
        from demo_factory.cli.commands.slow import show_queries

        show_queries(settings, workspace, files, as_json)
        return
    found = [_of(settings, workspace, name, file) for name, file in files.items()]
    if as_json:
        output.as_json({one.name: one.as_json(settings.target) for one in found})
        return
    if not found:
        output.line(f"Nothing is built here yet. Next: demo-factory list, {settings.building('retail')}")
    for one in found:
        _print(one, settings)


@dataclass(frozen=True)
class _Demo:
    """A demo, how it stands, and what else there is to say."""

    name: str
    standing: Standing
    note: str = ""

    def as_json(self, target: str) -> dict[str, Any]:
        now = self.standing
        return {
            "target": target,
            "health": now.health,
            "counts": now.counts,
            "building": None if now.holder is None else str(now.holder),
            "note": self.note,
            "objects": [asdict(one) for one in now.objects],
        }


def _built(settings: Settings, workspace: Workspace) -> dict[str, Path | None]:
    """The demos that stand on the target, with their blueprints where those are found."""
    from demo_factory.operations.demos import find_demos

    files = find_demos(settings)
    return {entry.demo: files.get(entry.demo) for entry in workspace.records.entries()}


def _file(settings: Settings, workspace: Workspace, demo: str) -> Path | None:
    """The blueprint of a demo; None for one that was built and whose blueprint is gone."""
    from demo_factory.operations.demos import find_demo, find_demos

    if demo not in find_demos(settings) and workspace.records.entries(demo):
        return None
    return find_demo(settings, demo)


def _of(settings: Settings, workspace: Workspace, name: str, file: Path | None) -> _Demo:
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.operations.demos import plan_to_date
    from demo_factory.workspace.standing import standing, without_blueprint

    if file is None:
        return _Demo(name, without_blueprint(name, workspace), "its blueprint was not found")
    try:
        plan = plan_to_date(file, settings, workspace, settings.as_of or dt.date.today())
    except BlueprintError as error:
        problems = output.counted(len(error.problems), "problem")
        return _Demo(name, without_blueprint(name, workspace), f"its blueprint has {problems}: {error.file}")
    governed, note = _governed(plan, workspace)
    return _Demo(name, standing(plan, workspace, governed), note)


def _governed(plan: DemoPlan, workspace: Workspace) -> tuple[Mapping[str, Sequence[Action]], str]:
    """What stands there of governed things, or why that cannot be read: the rest can be said all the same."""
    from demo_factory.blueprint.errors import DemoError
    from demo_factory.workspace.observe import observe

    try:
        return observe(plan, workspace), ""
    except DemoError as error:
        return {}, f"whether access was changed by hand is not known. {error}".rstrip(".")


def _print(one: _Demo, settings: Settings) -> None:
    now = one.standing
    where = "" if settings.target == "local" else f" on {settings.target}"
    output.line(f"{one.name}{where}: {', '.join(f'{count} {word}' for word, count in now.counts.items())}")
    if one.note:
        output.line(f"Note: {one.note}.")
    if now.holder:
        output.line(f"Being written by {now.holder}.")
    output.line()
    heads = {"object": "left", "kind": "left", "status": "left", "rows": "right", "newest day": "left"}
    may_go = ("built", "kind", "rows", "newest day")
    table = output.table({**heads, "built": "left", "why": "left"}, may_go)
    for thing in now.objects:
        when = _local_time(thing.built) if thing.built else ""
        row = (
            thing.name,
            thing.kind,
            thing.status,
            output.number(thing.rows),
            thing.newest_day or "",
            when,
            thing.reason,
        )
        table.add_row(*row, style=_STYLES.get(thing.status, ""))
    output.show(table)
    output.line()
    if now.to_build or set(now.counts) != {"fresh"}:
        output.line(f"Next: {settings.building(one.name)}")


def _local_time(stamp: str) -> str:
    """A UTC stamp of the ledger as people here read it: 2026-01-31 14:05."""
    return dt.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")

"""The command status: how the demos stand now, and which of their queries were slow."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import say
from demo_factory.cli.options import AsJson, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.cli.standing import ObjectStatus
    from demo_factory.plan.items import Action
    from demo_factory.plan.steps import DemoPlan
    from demo_factory.project import Settings
    from demo_factory.workspace.protocols import Workspace

_STYLES = {"fresh": "green", "stale": "yellow", "failed": "red", "unfinished": "red", "never built": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(status)


def status(
    context: typer.Context,
    demo: Annotated[
        str | None, typer.Argument(metavar="[DEMO]", help="A demo's name or file. Default: all that were built.")
    ] = None,
    queries: Annotated[
        bool, typer.Option("--queries", metavar="", help="Instead the slowest queries of the last 7 days.")
    ] = False,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Say of each object whether it is fresh, stale, failed or never built, with rows, newest day and build time.

    Governed things that somebody changed by hand are stale. Nothing is written.

    Example: demo-factory status retail · demo-factory status retail --queries --target dev
    """
    from demo_factory.project import open_workspace

    settings = state_of(context).settings(target)
    workspace = open_workspace(settings)
    files = _built(settings, workspace) if demo is None else {demo: _file(settings, workspace, demo)}
    if queries:
        from demo_factory.cli.slow import show_queries

        show_queries(settings, workspace, files, as_json)
        return
    found = [_of(settings, workspace, name, file) for name, file in files.items()]
    if as_json:
        say.as_json({one.name: one.as_json(settings.target) for one in found})
        return
    if not found:
        say.line(f"Nothing is built here yet. Next: demo-factory list, {settings.building('retail')}")
    for one in found:
        _print(one, settings)


@dataclass(frozen=True)
class _Demo:
    """A demo, its objects, who writes right now, and what else there is to say."""

    name: str
    objects: Sequence[ObjectStatus]
    holder: str | None
    note: str = ""

    @property
    def counts(self) -> Counter[str]:
        return Counter(one.status for one in self.objects)

    def as_json(self, target: str) -> dict[str, Any]:
        objects = [asdict(one) for one in self.objects]
        return {"target": target, "counts": self.counts, "building": self.holder, "note": self.note, "objects": objects}


def _built(settings: Settings, workspace: Workspace) -> dict[str, Path | None]:
    """The demos that stand on the target, with their blueprints where those are found."""
    from demo_factory.project import find_demos

    files = find_demos(settings)
    return {entry.demo: files.get(entry.demo) for entry in workspace.records.entries()}


def _file(settings: Settings, workspace: Workspace, demo: str) -> Path | None:
    """The blueprint of a demo; None for one that was built and whose blueprint is gone."""
    from demo_factory.project import find_demo, find_demos

    if demo not in find_demos(settings) and workspace.records.entries(demo):
        return None
    return find_demo(settings, demo)


def _of(settings: Settings, workspace: Workspace, name: str, file: Path | None) -> _Demo:
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.cli.standing import standing_of, without_blueprint

    busy = workspace.holder()
    if file is None:
        return _Demo(name, without_blueprint(workspace.records.entries(name)), busy, "its blueprint was not found")
    try:
        plan = _plan(settings, workspace, file)
    except BlueprintError as error:
        problems = say.counted(len(error.problems), "problem")
        note = f"its blueprint has {problems}: {error.file}"
        return _Demo(name, without_blueprint(workspace.records.entries(name)), busy, note)
    governed, note = _governed(plan, workspace)
    if busy:  # a run that goes on has a volume of its own there, and takes away itself what is to go
        governed = {step: [one for one in found if one.kind != "drop"] for step, found in governed.items()}
    known, entries = workspace.records.known(plan), workspace.records.entries(plan.demo)
    return _Demo(name, standing_of(plan, known, entries, governed), busy, note)


def _plan(settings: Settings, workspace: Workspace, file: Path) -> DemoPlan:
    """The plan for today, or for the day that the demo has reached when that is later."""
    from demo_factory.blueprint.load import load
    from demo_factory.project import plan_demo

    newest = workspace.records.facts(load(file).demo).as_of
    today = settings.as_of or dt.date.today()
    return plan_demo(file, settings, workspace, max(today, dt.date.fromisoformat(newest)) if newest else today)


def _governed(plan: DemoPlan, workspace: Workspace) -> tuple[Mapping[str, Sequence[Action]], str]:
    """What stands there of governed things, or why that cannot be read: the rest can be said all the same."""
    from demo_factory.blueprint.errors import DemoError
    from demo_factory.workspace.observe import observe

    try:
        return observe(plan, workspace), ""
    except DemoError as error:
        return {}, f"whether access was changed by hand is not known. {error}".rstrip(".")


def _print(one: _Demo, settings: Settings) -> None:
    from demo_factory.cli.standing import local_time

    where = "" if settings.target == "local" else f" on {settings.target}"
    say.line(f"{one.name}{where}: {', '.join(f'{count} {word}' for word, count in one.counts.items())}")
    if one.note:
        say.line(f"Note: {one.note}.")
    if one.holder:
        say.line(f"Being written by {one.holder}.")
    say.line()
    heads = {"object": "left", "kind": "left", "status": "left", "rows": "right", "newest day": "left"}
    table = say.table({**heads, "built": "left", "why": "left"})
    for thing in one.objects:
        when = local_time(thing.built) if thing.built else ""
        row = (thing.name, thing.kind, thing.status, say.number(thing.rows), thing.newest_day or "", when, thing.reason)
        table.add_row(*row, style=_STYLES.get(thing.status, ""))
    say.show(table)
    say.line()
    if set(one.counts) != {"fresh"}:
        say.line(f"Next: {settings.building(one.name)}")

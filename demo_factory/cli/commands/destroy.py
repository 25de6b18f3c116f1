"""The command destroy: says what will go, asks, removes exactly that, and proves that nothing is left."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.blueprint.errors import DemoError
from demo_factory.cli import complete, output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import Target
from demo_factory.cli.state import state_of
from demo_factory.resources.governed import Made

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.ledger import Entry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Clean up")(destroy)


def destroy(
    context: typer.Context,
    demo: Annotated[str, typer.Argument(metavar="DEMO", help="The demo's name.", autocompletion=complete.demos)],
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait for a build to end. Default: refuse.")
    ] = 0,
    target: Target = None,
    protected: Annotated[
        bool,
        typer.Option("--protected", metavar="", help="Destroy also on a target that does not allow it, such as prod."),
    ] = False,
) -> None:
    """Remove everything that demo-factory made for a demo, newest first, and nothing else.

    Example: demo-factory destroy retail --yes
    """
    from demo_factory.operations.destroy import destroy as run_destroy
    from demo_factory.operations.destroy import our_items, ours, remove_rest
    from demo_factory.operations.targets import open_workspace
    from demo_factory.orchestration.runner import DagsterRunner
    from demo_factory.workspace.local.workspace import LocalWorkspace
    from demo_factory.workspace.observe import lost

    state = state_of(context)
    settings = state.settings(target)
    _refuse(settings, demo, protected)
    workspace = open_workspace(settings)
    entries, items = ours(demo, workspace), our_items(demo, workspace)
    begun = workspace.records.facts(demo).epoch is not None
    if not entries and not items and not begun:
        if isinstance(workspace, LocalWorkspace):
            remove_rest(workspace.state)
        output.line(f"Nothing of {demo} is here: nothing was removed.")
        return
    if not entries and not items:
        output.line(f"What an interrupted destroy of {demo} left goes now.")
    elif not state.quiet:
        output.line(f"{output.counted(len(entries) + len(items), 'object')} of {demo} will be removed:")
        for thing in items:
            output.line(f"  {thing.kind:<17} {thing.key}")
        for entry in entries:
            output.line(f"  {entry.kind:<17} {entry.name}")
        for line in lost(items, workspace):
            output.line(f"{line[:1].upper()}{line[1:]}")
    if not yes and not typer.confirm("Remove them?"):
        output.line("Nothing was removed.")
        raise typer.Exit(WRONG)
    report = run_destroy(demo, workspace, DagsterRunner(), _Progress(len(entries) + len(items), state.quiet), wait)
    _forget_runs(settings, demo)
    output.now()
    if report.left:
        output.trouble(f"Still there: {', '.join(report.left)}")
        raise typer.Exit(WRONG)
    removed = output.counted(len(report.dropped) + len(report.items), "object")
    output.line(f"Removed {removed}; looked again: 0 left; {_where(settings, report.state_removed)}.")


def _forget_runs(settings: Settings, demo: str) -> None:
    """Dagster's memory of a demo on a workspace lies here; that of a local one went with the demo."""
    from demo_factory.workspace.local.layout import StateFolder

    state = StateFolder(settings.home).of_target(settings.target)
    if settings.target == "local" or not state.dagster.exists():
        return
    from demo_factory.orchestration.instance import forget_demo

    if not forget_demo(state, demo):
        shutil.rmtree(state.root)
        for folder in (state.root.parent, state.root.parent.parent):
            if not any(folder.iterdir()):
                folder.rmdir()


class _Progress:
    """On a terminal, how many are gone and which goes now: on a workspace each takes a call or more."""

    def __init__(self, many: int, quiet: bool) -> None:
        self._many, self._quiet, self._done = many, quiet, 0

    def __call__(self, thing: Entry | Made) -> None:
        self._done += 1
        if not self._quiet:
            name = thing.key if isinstance(thing, Made) else thing.name
            output.now(f"{self._done}/{self._many}  removing {thing.kind} {name} ...")


def _refuse(settings: Settings, demo: str, protected: bool) -> None:
    """A target may forbid to destroy, as production does unless it says otherwise."""
    target = settings.targets.get(settings.target)
    if target is not None and settings.target != "local" and not target.allow.destroy and not protected:
        raise DemoError(
            f"The target {settings.target} does not allow to destroy {demo}.",
            f"If you are sure: demo-factory destroy {demo} --protected{settings.on}",
        )


def _where(settings: Settings, state_removed: bool) -> str:
    if settings.target != "local":
        return f"the target {settings.target} is as it was before"
    return f"{settings.home} is gone too" if state_removed else f"what is not of it stays in {settings.home}"

"""The command destroy: says what will go, asks, removes exactly that, and proves that nothing is left."""

from __future__ import annotations

from typing import Annotated

import typer

from demo_factory.cli import say
from demo_factory.cli.exits import WRONG
from demo_factory.cli.state import state_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Clean up")(destroy)


def destroy(
    context: typer.Context,
    demo: Annotated[str, typer.Argument(metavar="DEMO", help="The demo's name.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait for a build to end. Default: refuse.")
    ] = 0,
) -> None:
    """Remove everything that demo-factory made for a demo, newest first, and nothing else.

    Example: demo-factory destroy retail --yes
    """
    from demo_factory.orchestration.destroy import destroy as run_destroy
    from demo_factory.orchestration.destroy import ours

    state = state_of(context)
    workspace = state.workspace()
    entries = ours(demo, workspace)
    if not entries:
        say.line(f"Nothing of {demo} is here: nothing was removed.")
        return
    if not state.quiet:
        say.line(f"{say.counted(len(entries), 'object')} of {demo} will be removed:")
        for entry in entries:
            say.line(f"  {entry.kind:<12} {entry.name}")
    if not yes and not typer.confirm("Remove them?"):
        say.line("Nothing was removed.")
        raise typer.Exit(WRONG)
    report = run_destroy(demo, workspace, wait=wait)
    if report.left:
        say.trouble(f"Still there: {', '.join(report.left)}")
        raise typer.Exit(WRONG)
    where = (
        f"{workspace.state.root} is gone too" if report.state_removed else f"other demos stay in {workspace.state.root}"
    )
    say.line(f"Removed {say.counted(len(report.dropped), 'object')}; looked again: 0 left; {where}.")

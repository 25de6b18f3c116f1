"""The command destroy: says what will go, asks, removes exactly that, and proves that nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.many import For, in_turn, tell
from demo_factory.cli.options import AsJson, Target
from demo_factory.cli.reports import destroyed
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.classroom import Turn
    from demo_factory.operations.destroy import DestroyReport, Doomed
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.resource import Change


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
    students: For = None,
    expired: Annotated[
        bool, typer.Option("--expired", metavar="", help="Only if it has stood for as long as its blueprint says.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove everything that demo-factory made for a demo, newest first, and nothing else.

    Example: demo-factory destroy retail --yes
    """
    from demo_factory.blueprint.errors import WrongUsage
    from demo_factory.operations.destroy import NotExpired, teardown
    from demo_factory.orchestration.runner import DagsterRunner

    state = state_of(context)
    settings = state.settings(target)
    if as_json and not yes:
        raise WrongUsage("--json asks nothing; nothing was removed.", "Say with --yes that it is meant.")
    if students is not None:

        def remove(one: Settings) -> DestroyReport | None:
            ask = _Ask(f"{demo} of {one.user}", yes, state.quiet or as_json)
            return teardown(demo, one, DagsterRunner(), ask, ask.removing, wait, protected, expired)

        _for_many(in_turn(students, demo, settings, state, remove, last_first=True), demo, settings.target, as_json)
        return
    ask = _Ask(demo, yes, state.quiet or as_json)
    try:
        report = teardown(demo, settings, DagsterRunner(), ask, ask.removing, wait, protected, expired)
    except NotExpired as alive:
        output.trouble(str(alive)) if as_json else output.line(str(alive))
        if as_json:
            output.as_json(destroyed(demo, settings.target, None))
        return
    output.now()
    if as_json:
        output.as_json(destroyed(demo, settings.target, report))
        if report is not None and report.left:
            raise typer.Exit(WRONG)
        return
    if report is None:
        output.line(f"Nothing of {demo} is here: nothing was removed.")
        return
    if report.left:
        output.trouble(f"Still there: {', '.join(report.left)}")
        raise typer.Exit(WRONG)
    if report.stays:
        left = ", ".join(str(one.id) for one in report.stays)
        output.line(f"Left to a person, who made them once: {left}.")
    removed = output.counted(len(report.removed), "object")
    where = "" if report.stays else f"; {_where(settings, report.state_removed)}"
    output.line(f"Removed {removed}; looked again: 0 left{where}.")


def _for_many(turns: tuple[Turn[DestroyReport | None], ...], demo: str, target: str, as_json: bool) -> None:
    output.now()
    tell(turns, as_json, lambda report: destroyed(demo, target, report), _went)
    if any(one.error is not None or (one.report is not None and one.report.left) for one in turns):
        raise typer.Exit(WRONG)


def _went(report: DestroyReport | None) -> str:
    if report is None:
        return "nothing was here"
    still = f"still there: {', '.join(report.left)}" if report.left else "looked again: 0 left"
    return f"removed {output.counted(len(report.removed), 'object')}; {still}"


class _Ask:
    """Says what will go and asks; on a terminal then how many are gone, since on a workspace each takes a call."""

    def __init__(self, demo: str, yes: bool, quiet: bool) -> None:
        self._demo, self._yes, self._quiet = demo, yes, quiet
        self._many = self._done = 0

    def __call__(self, doomed: Doomed) -> bool:
        self._many = len(doomed.objects)
        if not doomed.objects and not self._quiet:
            output.line(f"What an interrupted destroy of {self._demo} left goes now.")
        elif not self._quiet:
            output.line(f"{output.counted(self._many, 'object')} of {self._demo} will be removed:")
            for kind, name in doomed.objects:
                output.line(f"  {kind:<17} {name}")
            for line in doomed.lost:
                output.line(f"{line[:1].upper()}{line[1:]}")
        if not self._yes and not typer.confirm("Remove them?"):
            output.line("Nothing was removed.")
            raise typer.Exit(WRONG)
        return True

    def removing(self, change: Change) -> None:
        """What goes now."""
        self._done += 1
        if not self._quiet:
            output.now(f"{self._done}/{self._many}  removing {change.id} ...")


def _where(settings: Settings, state_removed: bool | None) -> str:
    if state_removed is None:
        return f"the target {settings.target} is as it was before"
    return f"{settings.home} is gone too" if state_removed else f"what is not of it stays in {settings.home}"

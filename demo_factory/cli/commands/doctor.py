"""The command doctor: everything that would fail on stage, said before."""

from __future__ import annotations

from dataclasses import asdict

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import MACHINE
from demo_factory.cli.options import AsJson, BuiltDemo, Target
from demo_factory.cli.state import state_of

_STYLES = {"ok": "green", "look": "yellow", "stop": "red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(doctor)


def doctor(
    context: typer.Context,
    demo: BuiltDemo = None,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Look at everything that would fail on stage: Java, port, disk, login, rights, warehouse, freshness.

    ok is fine, look can wait or is done without, stop means that nothing can be shown before it is mended; then the
    exit code is 3. Nothing is written.

    Example: demo-factory doctor retail --target dev
    """
    from demo_factory.operations.doctor import doctor as examine
    from demo_factory.operations.doctor import worst

    found = examine(demo, state_of(context).settings(target))
    if as_json:
        output.as_json([asdict(one) for one in found])
    else:
        table = output.table({"": "left", "what": "left", "how it is": "left", "what to do": "left"})
        for one in found:
            table.add_row(one.level, one.subject, one.says, "" if one.level == "ok" else one.remedy,
                          style=_STYLES[one.level])  # fmt: skip
        output.show(table)
        stops, looks = (sum(one.level == level for one in found) for level in ("stop", "look"))
        output.line()
        output.line(f"{output.counted(len(found), 'thing')} looked at: {stops} to mend first, {looks} to look at.")
    if worst(found) == "stop":
        raise typer.Exit(MACHINE)

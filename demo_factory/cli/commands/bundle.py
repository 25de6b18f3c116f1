"""The command bundle: a Databricks bundle and its workflows from a blueprint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import AsJson, DemoArgument
from demo_factory.cli.reports import rendered
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.bundle import BundleReport

_MARKS = {"write": "+", "remove": "-", "edited": "!", "foreign": "!"}
_WHY = {"edited": "edited by hand, left as it is", "foreign": "not ours, left as it is"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Deploy")(bundle)


def bundle(
    context: typer.Context,
    demo: DemoArgument,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="The bundle's repository. Default: ./DEMO_bundle.")
    ] = None,
    package: Annotated[
        str | None,
        typer.Option("--package", metavar="WHAT", help="How pip finds demo_factory there: a requirement or a wheel."),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", metavar="", help="Write nothing; fail when the folder is not in step or not right."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Render a Databricks bundle with its GitHub workflows, for all workspaces of targets.yaml.

    The same input gives the same files. Files that are not ours, or were edited by hand, are left alone.

    Example: demo-factory bundle retail --out retail_bundle
    """
    from demo_factory.operations.bundle import bundle as render

    report = render(demo, state_of(context).settings(), out, package, check)
    folder = report.folder
    if as_json:
        output.as_json(rendered(report, check))
        if not (report.in_step if check else report.ok):
            raise typer.Exit(WRONG)
        return
    _say(report)
    if check:
        if not report.in_step:
            raise typer.Exit(WRONG)
        output.line(f"{folder} is in step: {output.counted(len(report.changes), 'file')}.")
        return
    same = sum(change.kind == "same" for change in report.changes)
    output.line(f"{folder}: {output.counted(report.files, 'file')}, {same} of them as they were.")
    if not report.ok:
        output.trouble("Files marked ! are not as the blueprint says: remove them and render again to get ours.")
        raise typer.Exit(WRONG)
    if report.first:
        validate = f"databricks bundle validate --strict -t {report.targets[0]}"
        output.line(f"Next: read {folder / 'README.md'}, then in {folder}: {validate}")


def _say(report: BundleReport) -> None:
    for change in report.changes:
        if change.kind != "same":
            why = f" ({_WHY[change.kind]})" if change.kind in _WHY else ""
            output.line(f"{_MARKS[change.kind]} {change.path}{why}")
    for one in report.wrong:
        output.trouble(one)

"""The command bundle: a Databricks bundle and its workflows from a blueprint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import output
from demo_factory.cli.exits import WRONG
from demo_factory.cli.options import DemoArgument
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.bundle.folder import Change
    from demo_factory.bundle.source import Source
    from demo_factory.operations.settings import Settings

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
) -> None:
    """Render a Databricks bundle with its GitHub workflows, for all workspaces of targets.yaml.

    The same input gives the same files. Files that are not ours, or were edited by hand, are left alone.

    Example: demo-factory bundle retail --out retail_bundle
    """
    from demo_factory.bundle.folder import compare, read_manifest, write
    from demo_factory.bundle.references import check_bundle
    from demo_factory.bundle.render import render

    settings = state_of(context).settings()
    source = _source(demo, settings, out, package)
    folder = out or Path(f"{source.demo}_bundle")
    known = read_manifest(folder)
    files = render(source)
    if check:
        changes = compare(files, folder)
        wrong = check_bundle(_on_disk(folder))
        _say(changes, wrong)
        if wrong or any(change.kind != "same" for change in changes):
            raise typer.Exit(WRONG)
        output.line(f"{folder} is in step: {output.counted(len(changes), 'file')}.")
        return
    changes = write(files, folder, source.demo, source.package)
    wrong = check_bundle(_on_disk(folder))
    _say(changes, wrong)
    same = sum(change.kind == "same" for change in changes)
    output.line(f"{folder}: {output.counted(len(files), 'file')}, {same} of them as they were.")
    if wrong or any(change.is_kept for change in changes):
        output.trouble("Files marked ! are not as the blueprint says: remove them and render again to get ours.")
        raise typer.Exit(WRONG)
    if known.demo is None:
        validate = f"databricks bundle validate --strict -t {source.in_order[0]}"
        output.line(f"Next: read {folder / 'README.md'}, then in {folder}: {validate}")


def _source(demo: str, settings: Settings, out: Path | None, package: str | None) -> Source:
    """What is rendered: names alone count, so any day does."""
    import datetime as dt
    from importlib.metadata import version

    from demo_factory.bundle.folder import read_manifest
    from demo_factory.bundle.source import Source
    from demo_factory.operations.demos import find_demo, plan_demo

    file = find_demo(settings, demo)
    plan = plan_demo(file, settings, as_of=settings.as_of or dt.date.today())
    kept = read_manifest(out or Path(f"{plan.demo}_bundle")).package
    found = package or kept or f"demo-factory=={version('demo-factory')}"
    workspaces = {name: target for name, target in settings.targets.items() if not target.is_local}
    return Source(plan, workspaces, file.read_text(encoding="utf-8"), found)


def _on_disk(folder: Path) -> dict[str, str | bytes]:
    """The bundle's YAML files as they stand, ours or not."""
    found = [folder / "databricks.yml", *folder.glob("resources/*.yml"), *folder.glob("targets/*.yml")]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(found) if file.is_file()}


def _say(changes: list[Change], wrong: list[str]) -> None:
    for change in changes:
        if change.kind != "same":
            why = f" ({_WHY[change.kind]})" if change.kind in _WHY else ""
            output.line(f"{_MARKS[change.kind]} {change.path}{why}")
    for one in wrong:
        output.trouble(one)

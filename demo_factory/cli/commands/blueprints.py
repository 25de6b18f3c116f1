"""Commands about blueprint files: validate, new, list, schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson
from demo_factory.cli.reports import validated
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.blueprints import FoundDemo
    from demo_factory.resources.graph import DemoPlan

_PANEL = "Describe a demo"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel=_PANEL)(new)
    app.command(rich_help_panel=_PANEL)(validate)
    app.command("list", rich_help_panel=_PANEL)(list_demos)
    app.command(rich_help_panel=_PANEL)(schema)


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case letters, digits and _, as coffee_shop.")],
    folder: Annotated[Path, typer.Option("--folder", metavar="FOLDER", help="Where the file goes.")] = Path("demos"),
) -> None:
    """Write a small, commented blueprint that runs as it stands. An existing file is never touched.

    Example: demo-factory new coffee_shop
    """
    from demo_factory.operations.blueprints import new as write

    settings = state_of(context).settings()
    file = write(name, folder, settings)
    found = folder.absolute() in [one.absolute() for one in settings.demos]
    output.line(f"Wrote {file}. Read it, change it, then:")
    output.line(f"  demo-factory build {name if found else file}")


def validate(
    context: typer.Context,
    demos: Annotated[
        list[str] | None,
        typer.Argument(metavar="DEMO|FILE", help="Names or files. Default: every demo.", autocompletion=complete.demos),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check blueprints as a whole: every problem at once, each with file and line. Nothing is written.

    Example: demo-factory validate retail demos/coffee_shop.yaml
    """
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.operations.blueprints import validate as judge

    bad = 0
    judged = list(judge(demos or (), state_of(context).settings()))
    if as_json:
        output.as_json([validated(name, found) for name, found in judged])
    for name, found in judged:
        if as_json:
            bad += isinstance(found, BlueprintError)
        elif isinstance(found, BlueprintError):
            bad += 1
            output.trouble(str(found))
            output.trouble(f"{name}: {output.counted(len(found.problems), 'problem')}")
        else:
            output.line(f"{name}: ok, {_counts(found)}")
    if bad:
        raise typer.Exit(1)


def _counts(plan: DemoPlan) -> str:
    from demo_factory.resources.graph import TablePlan

    tables = [step.plan for step in plan.of_kind("table") if isinstance(step.plan, TablePlan)]
    columns, rows = sum(len(table.order) for table in tables), sum(table.rows for table in tables)
    parts = [output.counted(len(tables), "table"), output.counted(columns, "column")]
    parts += [output.counted(len(plan.of_kind("view")), "view"), output.counted(len(plan.of_kind("model")), "model")]
    return f"{', '.join(parts)}, {rows:,} rows at scale 1"


def list_demos(context: typer.Context, as_json: AsJson = False) -> None:
    """List the demos that can be found, and which of them are built.

    Yours lie in ./demos (or the folders of DEMO_FACTORY_DEMOS) and stand before the shipped ones.

    Example: demo-factory list
    """
    from demo_factory.operations.blueprints import list_demos as look

    found = look(state_of(context).settings())
    if as_json:
        output.as_json([_as_json(one) for one in found])
        return
    table = output.table({"demo": "left", "title": "left", "built": "left", "file": "left"})
    for one in found:
        built = "no" if one.rows is None else f"{one.rows:,} rows to {one.newest_day}"
        table.add_row(one.demo, _title(one), built, _file(one))
    output.show(table)
    output.line()
    output.line("Next: demo-factory plan DEMO, demo-factory build DEMO")


def _title(one: FoundDemo) -> str:
    problems = output.counted(one.problems, "problem")
    return f"{problems}: demo-factory validate {one.demo}" if one.problems else one.title


def _file(one: FoundDemo) -> str:
    return os.path.relpath(one.file) if one.file.is_relative_to(Path.cwd()) else str(one.file)


def _as_json(one: FoundDemo) -> dict[str, str | int | None]:
    said = {"demo": one.demo, "title": _title(one), "file": _file(one)}
    return {**said, "rows": one.rows, "newest_day": one.newest_day}


def schema(
    of: Annotated[str, typer.Argument(metavar="blueprint|targets", help="Of which file.")] = "blueprint",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it to this file instead of printing it.")
    ] = None,
) -> None:
    """Print the JSON Schema of blueprints or of targets.yaml, by which editors complete and check them.

    Example: demo-factory schema --to docs/blueprint.schema.json
    """
    from demo_factory.blueprint.errors import WrongUsage
    from demo_factory.blueprint.schema import as_text, json_schema
    from demo_factory.blueprint.suggestions import one_of
    from demo_factory.targets.schema import targets_schema

    known = {"blueprint": json_schema, "targets": targets_schema}
    if of not in known:
        raise WrongUsage(f"There is no schema of {of}.", f"Use {one_of(known)}.")
    text = as_text(known[of]())
    if to is None:
        print(text, end="")
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8")
    output.line(f"Wrote {to}.")

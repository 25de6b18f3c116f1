"""Commands about blueprint files: validate, new, list, schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson
from demo_factory.cli.state import CliState, state_of

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan

_SCHEMA = "blueprint.schema.json"
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
    from demo_factory.blueprint.errors import WrongUsage
    from demo_factory.blueprint.new import new_blueprint
    from demo_factory.operations.demos import find_demos

    settings = state_of(context).settings()
    file = folder / f"{name}.yaml"
    other = find_demos(settings).get(name)
    if file.exists() or other is not None:
        raise WrongUsage(
            f"There is a demo {name} already: {other or file}.", "Choose another name; nothing was written."
        )
    text = new_blueprint(name, "")  # refuses a bad name before a folder is made
    folder.mkdir(parents=True, exist_ok=True)
    text = new_blueprint(name, _schema_beside(folder))
    with file.open("x", encoding="utf-8") as handle:
        handle.write(text)
    found = folder.absolute() in [one.absolute() for one in settings.demos]
    output.line(f"Wrote {file}. Read it, change it, then:")
    output.line(f"  demo-factory build {name if found else file}")


def _schema_beside(folder: Path) -> str:
    """Where editors find the JSON Schema, as seen from the folder; written there when the project has none."""
    from demo_factory.blueprint.schema import write_schema

    shared = Path("docs") / _SCHEMA
    if shared.is_file():
        return Path(os.path.relpath(shared, folder)).as_posix()
    if not (folder / _SCHEMA).exists():
        write_schema(folder / _SCHEMA)
    return _SCHEMA


def validate(
    context: typer.Context,
    demos: Annotated[
        list[str] | None,
        typer.Argument(metavar="DEMO|FILE", help="Names or files. Default: every demo.", autocompletion=complete.demos),
    ] = None,
) -> None:
    """Check blueprints as a whole: every problem at once, each with file and line. Nothing is written.

    Example: demo-factory validate retail demos/coffee_shop.yaml
    """
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.operations.demos import find_demo, find_demos, plan_demo

    settings = state_of(context).settings()
    bad = 0
    for name in demos or sorted(find_demos(settings)):
        try:
            plan = plan_demo(find_demo(settings, name), settings, scale=1.0)
        except BlueprintError as error:
            bad += 1
            output.trouble(str(error))
            output.trouble(f"{name}: {output.counted(len(error.problems), 'problem')}")
        else:
            output.line(f"{name}: ok, {_counts(plan)}")
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
    from demo_factory.operations.demos import find_demos

    state = state_of(context)
    settings = state.settings()
    found = [_found(state, name, file, settings) for name, file in sorted(find_demos(settings).items())]
    if as_json:
        output.as_json(found)
        return
    table = output.table({"demo": "left", "title": "left", "built": "left", "file": "left"})
    for one in found:
        table.add_row(str(one["demo"]), str(one["title"]), _built(one), str(one["file"]))
    output.show(table)
    output.line()
    output.line("Next: demo-factory plan DEMO, demo-factory build DEMO")


def _found(state: CliState, name: str, file: Path, settings: Settings) -> dict[str, str | int | None]:
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.blueprint.load import load

    shown = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    empty: dict[str, str | int | None] = {"demo": name, "title": "", "file": shown, "rows": None, "newest_day": None}
    try:
        blueprint = load(file)
    except BlueprintError as error:
        problems = output.counted(len(error.problems), "problem")
        return {**empty, "title": f"{problems}: demo-factory validate {name}"}
    records = state.workspace().records
    made = [entry for entry in records.entries(blueprint.demo) if entry.kind == "table" and entry.state == "made"]
    rows = sum(entry.rows or 0 for entry in made) if made else None
    newest = records.facts(blueprint.demo).as_of if made else None
    return {**empty, "title": blueprint.title, "rows": rows, "newest_day": newest}


def _built(one: dict[str, str | int | None]) -> str:
    return "no" if one["rows"] is None else f"{one['rows']:,} rows to {one['newest_day']}"


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

"""Blueprint files: begin one, check some, list those that can be found."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import BlueprintError, WrongUsage
from demo_factory.blueprint.load import load
from demo_factory.blueprint.new import new_blueprint
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import find_demos
from demo_factory.operations.targets import open_local

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace

_SCHEMA = "blueprint.schema.json"


def new(name: str, folder: Path, settings: Settings) -> Path:
    """Write a small blueprint that runs as it stands, and the schema by which editors check it.

    Raises:
        WrongUsage: the name is no identifier, or a demo has it already; nothing was written.
    """
    file = folder / f"{name}.yaml"
    other = find_demos(settings).get(name)
    if file.exists() or other is not None:
        raise WrongUsage(
            f"There is a demo {name} already: {other or file}.", "Choose another name; nothing was written."
        )
    new_blueprint(name, "")  # refuses a bad name before a folder is made
    folder.mkdir(parents=True, exist_ok=True)
    text = new_blueprint(name, _schema_beside(folder))
    with file.open("x", encoding="utf-8") as handle:
        handle.write(text)
    return file


def _schema_beside(folder: Path) -> str:
    """Where editors find the JSON Schema, as seen from the folder; written there when the project has none."""
    from demo_factory.blueprint.schema import write_schema

    shared = Path("docs") / _SCHEMA
    if shared.is_file():
        return Path(os.path.relpath(shared, folder)).as_posix()
    if not (folder / _SCHEMA).exists():
        write_schema(folder / _SCHEMA)
    return _SCHEMA


def validate(demos: Sequence[str], settings: Settings) -> Iterator[tuple[str, DemoPlan | BlueprintError]]:
    """Each demo's plan at scale 1, or all of its problems. Without names: every demo that can be found."""
    for name in demos or sorted(find_demos(settings)):
        try:
            yield name, plan_demo(find_demo(settings, name), settings, scale=1.0)
        except BlueprintError as error:
            yield name, error


@dataclass(frozen=True)
class FoundDemo:
    """A demo that can be found: `problems` of its blueprint; rows and newest day when it is built here."""

    demo: str
    file: Path
    title: str = ""
    problems: int = 0
    rows: int | None = None
    newest_day: str | None = None


def list_demos(settings: Settings) -> list[FoundDemo]:
    """All demos by name; the user's own stand before the shipped ones."""
    workspace = open_local(settings)
    return [_found(name, file, workspace) for name, file in sorted(find_demos(settings).items())]


def _found(name: str, file: Path, workspace: Workspace) -> FoundDemo:
    try:
        blueprint = load(file)
    except BlueprintError as error:
        return FoundDemo(name, file, problems=len(error.problems))
    records = workspace.records
    made = [one for one in records.states(blueprint.demo) if one.kind == "table" and one.made]
    rows = sum(one.rows or 0 for one in made) if made else None
    newest = records.facts(blueprint.demo).as_of if made else None
    return FoundDemo(name, file, blueprint.title, 0, rows, newest)

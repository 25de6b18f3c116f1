"""The house itself: which room may import which, and what each may touch."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import demo_factory

ROOT = Path(demo_factory.__file__).parent

# For each room the rooms that it may import. Whoever is not named here (definitions, cli ...) may import all.
PURE = {"blueprint", "targets", "sql", "formulas", "resources", "access", "plan"}
MAY = {
    "moments": set(),
    "compat": {"blueprint"},
    "blueprint": set(),
    "targets": {"blueprint"},
    "sql": {"blueprint"},
    "formulas": {"blueprint", "sql"},
    "resources": {"blueprint", "sql", "formulas"},
    "access": {"blueprint", "sql", "formulas", "resources"},
    "plan": PURE,
    "generate": {"compat", *PURE},
    "quality": {"compat", *PURE},
    "learn": {"moments", "compat", *PURE},
    "workspace": {"moments", "compat", *PURE},
    "operations": {"moments", "compat", *PURE, "generate", "quality", "learn", "workspace", "bundle"},
    "orchestration": {"moments", "compat", *PURE, "quality", "workspace", "operations"},
    "bundle": PURE,
    "cli": {"compat", *PURE, "quality", "workspace", "operations", "orchestration"},
    "definitions": {"orchestration", "operations"},
    "__main__": {"cli"},
}
# Libraries that belong to some rooms only.
ONLY = {
    "dagster": {"compat", "orchestration", "definitions"},
    "mlflow": {"compat", "learn"},
    "sklearn": {"compat", "learn"},
    "pandera": {"compat", "quality"},
    "dbldatagen": {"compat", "generate"},
    "pyspark": {"compat", "generate", "quality", "learn", "workspace", "operations", "orchestration"},
    "typer": {"cli"},
    "rich": {"cli"},
    "databricks": {"compat", "workspace"},
}
NOTPURE = {"os.environ", "dt.date.today", "datetime.now", "time.time", "open(", "subprocess", "socket", "requests"}

# A target is opened by one door, and what differs is asked of its ports. These reach past them still; nobody may join.
PAST_THE_DOOR = {
    "cli/commands": {"sql", "ui"},
    "operations": {
        *("access", "analysis", "answers", "blueprints", "build", "destroy", "errors", "materialize", "plan"),
        *("predict", "query", "query_as", "runner", "targets", "teardown"),
    },
    "orchestration": {"cluster", "instance", "launcher", "resources", "run", "runner", "serverless"},
}
COMPARISONS = 29  # of a target's name with "local", outside workspace/ and targets/; it only shrinks


@cache
def files() -> dict[Path, str]:
    """Every file and its text."""
    return {file: file.read_text(encoding="utf-8") for file in sorted(ROOT.rglob("*.py"))}


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(files()[file])


def room_of(file: Path) -> str:
    first = file.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def statements(node: ast.AST, functions: bool = True) -> Iterator[ast.stmt]:
    """Every statement in a file, a class, and, if wanted, a function. Expressions, most of a tree, are passed over."""
    for part in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, part, ()):
            yield child
            if functions or not isinstance(child, ast.FunctionDef):
                yield from statements(child, functions)


def imports(file: Path) -> list[str]:
    found = []
    for node in statements(parsed(file)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names]
    return found


def forbidden(room: str, name: str) -> bool:
    """Whether a room may not import a name."""
    first, second, *_ = [*name.split("."), ""]
    other_room = first == "demo_factory" and room in MAY and second and second not in {room, *MAY[room]}
    return bool(not first or other_room or (first in ONLY and room not in ONLY[first]))


def test_imports_point_one_way():
    wrong = [
        f"{file.relative_to(ROOT)} must not import {name}"
        for file in files()
        for name in imports(file)
        if forbidden(room_of(file), name)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_a_target_is_made_of_is_reached_by_its_door():
    """For whoever is still on the list: give it what it needs as a port of `workspace`, and take it off."""
    targets = ("demo_factory.workspace.local", "demo_factory.workspace.databricks")
    past = {file for file in files() if any(name.startswith(targets) for name in imports(file))}
    allowed = {ROOT / folder / f"{name}.py" for folder, names in PAST_THE_DOOR.items() for name in names}
    assert sorted(str(file) for file in past - allowed if room_of(file) != "workspace") == []


def test_what_differs_between_targets_is_no_question_of_a_name():
    found = [
        f"{file.relative_to(ROOT)}: {said}"
        for file, text in files().items()
        if room_of(file) not in {"workspace", "targets"}
        for said in re.findall(r'.*(?:[!=]= "local"|"local" [!=]=|\bis_local\b).*', text)
    ]
    assert len(found) <= COMPARISONS, "\n".join(found)


@pytest.mark.parametrize(
    ("room", "name"),
    [("plan", "demo_factory.cli.app"), ("blueprint", "dagster.asset"), ("cli", ".app"), ("plan", "pyspark.sql")],
)
def test_an_import_that_points_the_other_way_is_seen(room, name):
    assert forbidden(room, name)
    assert not forbidden(room, "demo_factory.blueprint.model")


def test_pure_rooms_touch_no_clock_environment_or_network():
    wrong = [
        f"{file.relative_to(ROOT)} uses {word}"
        for file, text in files().items()
        for word in NOTPURE
        if room_of(file) in PURE
        and word in text
        # these two read and write the files that they are named for
        and not (word == "open(" and file.name in ("load.py", "schema.py"))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_file_says_what_it_is_and_stays_small():
    wrong = [f"{file.relative_to(ROOT)} has no docstring" for file in files() if not ast.get_docstring(parsed(file))]
    wrong += [
        f"{file.relative_to(ROOT)} has {lines} lines, more than 400"
        for file, text in files().items()
        if (lines := len(text.splitlines())) > 400
    ]
    assert not wrong, "\n".join(wrong)


def test_the_definitions_file_is_policy_not_logic():
    assert len((ROOT / "definitions.py").read_text().splitlines()) < 60


def test_every_room_is_known_to_this_test():
    rooms = {room_of(file) for file in files()} - {"__init__", "demos"}
    assert rooms <= set(MAY), rooms - set(MAY)

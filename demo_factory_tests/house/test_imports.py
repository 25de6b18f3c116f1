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

# A target is opened by one door, and what differs is asked of its ports and traits.
DOOR = ("demo_factory.workspace.local", "demo_factory.workspace.databricks")
# The name of this machine is a word that `targets.yaml` may not take, so the reader of that file knows it, and the
# state folder lies by it; which kind of target it is nobody asks by its name.
MAY_COMPARE = {"targets/load.py", "workspace/home.py"}
BY_NAME = re.compile(r"""[!=]= (?:["']local["']|HERE\b)|(?:["']local["']|\bHERE) [!=]=|\bis_local\b|\bis LOCAL\b""")
BY_CLASS = re.compile(r"isinstance\([^)]*\b(?:Local|Databricks)(?:Workspace|Governor|Ledger|Answers|Compute)")
# A service has a file of its name in the folder of each target; one that a target lacks says there why.
SERVICES = set(
    "audit catalog compute governor ledger lock models preflight queries query_as query_log remains session traits"
    " workspace".split()
)


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


def past_the_door(room: str, name: str) -> bool:
    """Whether a room imports what only the door may."""
    return room != "workspace" and f"{name}.".startswith(tuple(f"{one}." for one in DOOR))


def asks_by_name(text: str) -> list[str]:
    """The lines that ask which kind of target it is, and not what it can."""
    return [line.strip() for line in text.splitlines() if BY_NAME.search(line) or BY_CLASS.search(line)]


def test_what_a_target_is_made_of_is_reached_by_its_door():
    wrong = [f"{file.relative_to(ROOT)}: {name}" for file in files() for name in imports(file)
             if past_the_door(room_of(file), name)]  # fmt: skip
    assert not wrong, "give it what it needs as a port of workspace/ports.py:\n" + "\n".join(wrong)


def test_what_differs_between_targets_is_no_question_of_a_name():
    """In the folder of a target there is no other; a group of Databricks may be local, too."""
    wrong = {
        f"{file.relative_to(ROOT)}: {line}"
        for file, text in files().items()
        if file.relative_to(ROOT).as_posix() not in MAY_COMPARE and file.parent.name not in ("local", "databricks")
        for line in asks_by_name(text)
    }
    assert not wrong, "ask a trait or a port instead:\n" + "\n".join(sorted(wrong))


def test_a_question_by_name_and_a_way_past_the_door_are_seen():
    for text in ('if settings.target == "local":', "x = name != HERE", "if target.is_local:",
                 "isinstance(workspace, LocalWorkspace)", "isinstance(it.governor, LocalGovernor)"):  # fmt: skip
        assert asks_by_name(text) == [text]
    assert asks_by_name('"local" stands in HERE = "local"\nif workspace.traits.spark_here:') == []
    for name in (f"{DOOR[0]}.session.open_session", "demo_factory.workspace.databricks"):
        assert past_the_door("operations", name)
        assert not past_the_door("workspace", name)
    assert not past_the_door("operations", "demo_factory.workspace.ports.Workspace")


@pytest.mark.parametrize("target", ["local", "databricks"])
def test_each_service_has_a_file_in_each_target(target):
    there = {file.stem for file in files() if file.parent == ROOT / "workspace" / target}
    assert there >= SERVICES, SERVICES - there


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

"""The house itself: which room may import which, and what each may touch."""

import ast
from pathlib import Path

import pytest

import demo_factory

ROOT = Path(demo_factory.__file__).parent

# For each room the rooms that it may import. Whoever is not named here (definitions, cli ...) may import all.
PURE = {"blueprint", "targets", "sql", "formulas", "resources", "access", "plan"}
MAY = {
    "moments": set(),
    "blueprint": set(),
    "targets": {"blueprint"},
    "sql": {"blueprint"},
    "formulas": {"blueprint", "sql"},
    "resources": {"blueprint", "sql", "formulas"},
    "access": {"blueprint", "sql", "formulas", "resources"},
    "plan": PURE,
    "generate": PURE,
    "quality": PURE,
    "learn": {"moments", *PURE},
    "workspace": {"moments", *PURE},
    "operations": {"moments", *PURE, "generate", "quality", "learn", "workspace"},
    "orchestration": {"moments", *PURE, "quality", "workspace", "operations"},
    "bundle": PURE,
    "cli": {*PURE, "generate", "quality", "learn", "workspace", "operations", "orchestration", "bundle"},
    "definitions": {"orchestration", "operations"},
    "__main__": {"cli"},
}
# Libraries that belong to some rooms only.
ONLY = {
    "dagster": {"orchestration", "definitions"},
    "mlflow": {"learn"},
    "sklearn": {"learn"},
    "pandera": {"quality"},
    "dbldatagen": {"generate"},
    "pyspark": {"generate", "quality", "learn", "workspace", "operations", "orchestration", "cli"},
    "typer": {"cli"},
    "rich": {"cli"},
    "databricks": {"workspace"},
}
NOTPURE = {"os.environ", "dt.date.today", "datetime.now", "time.time", "open(", "subprocess", "socket", "requests"}


def files() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room_of(file: Path) -> str:
    first = file.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imports(file: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_one_way(file):
    room = room_of(file)
    for name in imports(file):
        parts = name.split(".")
        if parts[0] == "demo_factory" and len(parts) > 1 and room in MAY:
            assert parts[1] == room or parts[1] in MAY[room], f"{room} must not import {name}"
        if parts[0] in ONLY:
            assert room in ONLY[parts[0]], f"{room} must not import {name}"


@pytest.mark.parametrize("file", [f for f in files() if room_of(f) in PURE], ids=lambda f: str(f.relative_to(ROOT)))
def test_pure_rooms_touch_no_clock_environment_or_network(file):
    text = file.read_text(encoding="utf-8")
    if file.name in ("load.py", "schema.py"):
        text = text.replace("open(", "")  # these two read and write the files they are named for
    for word in NOTPURE:
        assert word not in text, f"{file.name} uses {word}"


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_says_what_it_is_and_stays_small(file):
    text = file.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert len(text.splitlines()) <= 400


def test_the_definitions_file_is_policy_not_logic():
    assert len((ROOT / "definitions.py").read_text().splitlines()) < 60


def test_every_room_is_known_to_this_test():
    rooms = {room_of(file) for file in files()} - {"__init__", "demos"}
    assert rooms <= set(MAY), rooms - set(MAY)

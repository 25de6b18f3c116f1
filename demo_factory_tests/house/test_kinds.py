"""A kind of governed thing is a file of its name in each of three rooms, and nothing else has a list of kinds."""

import ast
from pathlib import Path

import pytest

import demo_factory
from demo_factory.access.stages import STAGES
from demo_factory.resources.registry import KINDS, RANK
from demo_factory.resources.resource import DATA
from demo_factory.workspace.databricks.kind import on_databricks
from demo_factory.workspace.local.kind import here

ROOT = Path(demo_factory.__file__).parent
GOVERNED = [name for name in KINDS if name not in DATA]


def _names(room: str) -> set[str]:
    return {file.stem for file in (ROOT / room / "kinds").glob("*.py")} - {"__init__"}


def test_each_room_has_a_file_for_each_kind():
    assert _names("resources") == {*KINDS} >= {*DATA}
    assert _names("workspace/local") == _names("workspace/databricks") == {*GOVERNED}


@pytest.mark.parametrize("kind", GOVERNED)
def test_the_files_of_a_kind_say_what_an_engine_asks(kind):
    assert KINDS[kind].name == kind
    assert KINDS[kind].stage in STAGES
    for mine in (here(kind), on_databricks(kind)):
        assert all(callable(getattr(mine, what)) for what in ("find", "make", "remove"))


def test_what_a_kind_comes_after_is_made_before_it_and_goes_after_it():
    place = {name: number for number, name in enumerate(KINDS)}
    for kind in KINDS.values():
        for before in kind.after:
            assert place[before] < place[kind.name], f"{before} before {kind.name}"
            assert RANK[before] < RANK[kind.name]


def test_no_file_outside_its_own_lists_governed_kinds():
    """A tuple, set or mapping of three kinds is a list that a new kind would have to join."""
    lists = []
    for file in sorted(ROOT.rglob("*.py")):
        if file.parent.name == "kinds" or file.name == "earlier_ledger.py":  # which an earlier version wrote
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            parts = getattr(node, "elts", None) or getattr(node, "keys", None) or []
            names = [part.value for part in parts if isinstance(part, ast.Constant)]
            if sum(name in GOVERNED for name in names) > 2:
                lists.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert lists == []

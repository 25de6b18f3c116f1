"""A kind of governed thing is a file of its name in each of three rooms, and nothing else has a list of kinds."""

import ast
from collections.abc import Iterator
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


def _statements(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _never(statements: list[ast.stmt]) -> bool:
    call = statements[0].value if statements and isinstance(statements[0], ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "assert_never"


def test_every_match_over_steps_ends_where_a_new_kind_would_be_missed():
    """`assert_never` there makes mypy name each place that does not know a new kind."""
    found, open_ended = 0, []
    for file in sorted(ROOT.rglob("*.py")):
        for block in _statements(ast.parse(file.read_text(encoding="utf-8"))):
            for place, node in enumerate(block):
                if not isinstance(node, ast.Match) or "Plan()" not in ast.unparse(node.cases[0].pattern):
                    continue
                found += 1
                if not (_never(node.cases[-1].body) or _never(block[place + 1 :])):
                    open_ended.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert found > 9
    assert open_ended == []

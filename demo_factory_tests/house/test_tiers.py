"""Every test has its tier, and a pure one cannot but be pure."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from demo_factory_tests.schedule import LONGEST, longest_first
from demo_factory_tests.tiers import TIERS, has_nothing_pure, tier_of


def test_every_test_has_one_tier(request: pytest.FixtureRequest) -> None:
    wrong = {
        item.nodeid: marked
        for item in request.session.items
        if len(marked := {mark.name for mark in item.iter_markers()} & set(TIERS)) != 1
    }
    assert not wrong


@pytest.mark.parametrize(
    ("marks", "fixtures", "tier"),
    [
        ([], [], "pure"),
        (["nightly"], ["tmp_path"], "pure"),
        ([], ["double", "client"], "double"),
        ([], ["double", "spark"], "spark"),
        (["e2e"], ["spark", "double"], "e2e"),
        (["double"], [], "double"),
        (["pure"], [], "pure"),
    ],
)
def test_a_mark_says_the_tier_or_else_the_fixtures_do(marks, fixtures, tier):
    assert tier_of(marks, fixtures) == tier


def test_two_tiers_are_refused():
    with pytest.raises(pytest.UsageError, match="marked as e2e and spark: a test has one tier"):
        tier_of(["spark", "e2e"], [])


@pytest.mark.parametrize(
    ("does", "what"),
    [
        (lambda: subprocess.run([sys.executable, "-c", ""], check=True), "starts a process"),
        (lambda: _on_a_socket("connect"), "opens a connection"),
        (lambda: _on_a_socket("bind"), "listens on a port"),
        (lambda: sqlite3.connect(":memory:"), "opens a database"),
        (lambda: sqlite3.dbapi2.connect(":memory:"), "opens a database"),
    ],
)
def test_a_pure_test_is_stopped_when_it_is_not(does: Callable[[], object], what: str) -> None:
    with pytest.raises(AssertionError, match=f"a pure test {what}"):
        does()


def _on_a_socket(what: str) -> None:
    with socket.socket() as made:
        getattr(made, what)(("127.0.0.1", 9))


@pytest.mark.e2e
def test_others_are_not():
    sqlite3.dbapi2.connect(":memory:").close()
    with socket.create_server(("127.0.0.1", 0)):
        subprocess.run([sys.executable, "-c", ""], check=True)


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ("pytestmark = pytest.mark.e2e\n", True),
        ("pytestmark = [pytest.mark.spark, *QUIET]\n", True),
        ("pytestmark = pytest.mark.filterwarnings('ignore')\n", False),
        ("@pytest.mark.e2e\ndef test_it(): ...\n", False),
    ],
)
def test_only_a_mark_of_the_whole_file_spares_its_import(tmp_path, text, skipped):
    file = tmp_path / "test_it.py"
    file.write_text(text)
    assert has_nothing_pure(file) is has_nothing_pure(tmp_path) is skipped


def test_the_longest_files_start_first_and_are_there(request: pytest.FixtureRequest) -> None:
    names = LONGEST.read_text(encoding="utf-8").split()
    assert [name for name in names if not (LONGEST.parent / name).is_file()] == []
    made = [
        SimpleNamespace(nodeid=f"demo_factory_tests/{name}::{n}") for n in "ab" for name in ("x.py", *names[:2][::-1])
    ]
    longest_first(made)  # type: ignore[arg-type]
    assert [one.nodeid.partition("/")[2] for one in made] == [
        f"{name}::{n}" for name in (*names[:2], "x.py") for n in "ab"
    ]

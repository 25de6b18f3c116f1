"""Tiers: what a test may touch, which test is of which tier, and the guard that makes `pure` true."""

from __future__ import annotations

import re
import socket
import sqlite3.dbapi2
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TIERS = {
    "pure": "nothing but Python: no Spark, service, process, socket or database; all of them in under 10 CPU seconds",
    "double": "talks to our double of a workspace or to MiniLake",
    "spark": "needs the shared Spark session",
    "e2e": "whole commands, bundles and Dagster runs, services, databases, processes and browsers",
}
_BY_FIXTURE = {"spark": "spark", "double": "double", "minilake_url": "double"}
_MARKED = re.compile(r"^pytestmark = .*\bpytest\.mark\.(double|spark|e2e)\b", re.MULTILINE)


def tier_of(marks: list[str], fixtures: list[str]) -> str:
    """The one tier of a test: the one it is marked with, itself or its file; else by the fixtures that it uses, `spark`
    before `double`; else it is pure.

    Raises:
        pytest.UsageError: it is marked with more than one.
    """
    marked = sorted(set(marks) & set(TIERS))
    if len(marked) > 1:
        raise pytest.UsageError(f"marked as {' and '.join(marked)}: a test has one tier")
    by_fixture = [_BY_FIXTURE[name] for name in _BY_FIXTURE if name in fixtures]
    return next(iter([*marked, *by_fixture, "pure"]))


def assign(item: pytest.Item) -> None:
    """Mark a test with its tier."""
    marks = [mark.name for mark in item.iter_markers()]
    try:
        tier = tier_of(marks, list(getattr(item, "fixturenames", ())))
    except pytest.UsageError as error:
        raise pytest.UsageError(f"{item.nodeid} is {error}") from None
    if tier not in marks:
        item.add_marker(getattr(pytest.mark, tier))


def has_nothing_pure(path: Path) -> bool:
    """Whether a file, or each in a folder, says by its own mark that no test is pure: `-m pure` need not import it."""
    files = [*path.rglob("test_*.py")] if path.is_dir() else [path]
    return bool(files) and all(_MARKED.search(file.read_text(encoding="utf-8")) for file in files)


@contextmanager
def guarded(item: pytest.Item) -> Iterator[None]:
    """While a pure test is set up or called, what it may not do fails and says what to do about it."""
    if item.get_closest_marker("pure") is None:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", _refusing("starts a process", subprocess.Popen.__init__))
        patch.setattr(socket.socket, "connect", _refusing("opens a connection", socket.socket.connect))
        patch.setattr(socket.socket, "bind", _refusing("listens on a port", socket.socket.bind))
        for module in (sqlite3, sqlite3.dbapi2):  # MLflow's and Dagster's storage, and our own ledger
            patch.setattr(module, "connect", _refusing("opens a database", sqlite3.dbapi2.connect))
        yield


def _refusing(what: str, original: Callable[..., object]) -> Callable[..., object]:
    def refuse(*args: object, **kwargs: object) -> object:
        if threading.current_thread() is not threading.main_thread():  # what another test has left running
            return original(*args, **kwargs)
        raise AssertionError(f"a pure test {what}: do without, or mark it as demo_factory_tests/tiers.py says")

    return refuse

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local.ledger import Ledger
from demo_factory_tests.workspace.local.processes import start

pytestmark = pytest.mark.e2e
WRITE = """
    import sys
    from pathlib import Path
    from demo_factory.workspace.local.ledger import Ledger
    ledger = Ledger(Path(sys.argv[1]))
    for number in range(40):
        name = f"dev.s.p{sys.argv[2]}_{number}"
        ledger.announce("retail", "table", name, "f")
        ledger.made(name, rows=number)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "deep" / "ledger.db")


def test_reading_writes_nothing(ledger: Ledger) -> None:
    assert ledger.entries("retail") == []
    assert ledger.entry("a") is None
    assert not ledger.owns("a")
    assert ledger.get_fact("retail", "epoch") is None
    assert ledger.facts("retail") == {}
    assert not ledger.path.parent.exists()


def test_the_life_of_an_object(ledger: Ledger) -> None:
    ledger.announce("retail", "table", "dev.s.t", "f1", as_of="2026-01-02", epoch="2025-01-02", detail={"a": 1})
    first = ledger.entry("dev.s.t")
    assert first is not None
    assert (first.state, first.as_of, first.epoch, first.rows) == ("announced", "2026-01-02", "2025-01-02", None)
    ledger.made("dev.s.t", rows=10, seconds=1.5, detail={"b": [2]})
    made = ledger.entry("dev.s.t")
    assert made is not None
    assert (made.state, made.rows, made.seconds, made.detail) == ("made", 10, 1.5, {"a": 1, "b": [2]})
    assert made.created == first.created
    assert made.created.endswith("+00:00")
    ledger.announce("retail", "table", "dev.s.t", "f2")
    again = ledger.entry("dev.s.t")
    assert again is not None
    assert (again.state, again.fingerprint, again.rows, again.created) == ("announced", "f2", None, first.created)
    ledger.failed("dev.s.t", "disk full")
    failed = ledger.entry("dev.s.t")
    assert failed is not None
    assert (failed.state, failed.detail) == ("failed", {"reason": "disk full"})
    assert ledger.owns("dev.s.t")
    ledger.dropped("dev.s.t")
    assert not ledger.owns("dev.s.t")
    ledger.forget("dev.s.t")
    assert ledger.entries() == []


def test_order_is_that_of_first_creation(ledger: Ledger) -> None:
    for name in ("b", "a", "c"):
        ledger.announce("retail", "table", name, "f")
    ledger.announce("retail", "table", "b", "f2")
    assert [entry.name for entry in ledger.entries("retail")] == ["b", "a", "c"]


def test_a_name_belongs_to_one_demo(ledger: Ledger) -> None:
    ledger.announce("retail", "table", "dev.s.t", "f")
    with pytest.raises(DemoError, match=r"dev\.s\.t belongs to the demo retail, so finance cannot"):
        ledger.announce("finance", "table", "dev.s.t", "f")
    ledger.dropped("dev.s.t")
    ledger.announce("finance", "table", "dev.s.t", "f")
    assert [entry.demo for entry in ledger.entries()] == ["finance"]


def test_two_kinds_may_share_a_name(ledger: Ledger) -> None:
    ledger.announce("retail", "table", "dev.s.churn", "f")
    ledger.announce("retail", "model", "dev.s.churn", "f")
    ledger.forget("dev.s.churn", "table")
    assert [entry.kind for entry in ledger.entries()] == ["model"]


def test_nothing_is_made_unannounced(ledger: Ledger) -> None:
    with pytest.raises(DemoError, match="never announced"):
        ledger.made("dev.s.t")


def test_facts(ledger: Ledger) -> None:
    ledger.set_fact("retail", "epoch", "2025-01-02")
    ledger.set_fact("retail", "epoch", "2025-01-03")
    ledger.set_fact("finance", "epoch", "2024-01-01")
    assert ledger.facts("retail") == {"epoch": "2025-01-03"}
    ledger.set_fact("retail", "epoch", None)
    assert ledger.get_fact("retail", "epoch") is None


def test_a_damaged_ledger_says_so_until_it_is_mended(ledger: Ledger) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b"not a database" * 1000)
    assert (ledger.entries(), ledger.facts("d"), ledger.items("d"), ledger.get_fact("d", "k")) == ([], {}, {}, None)
    with pytest.raises(DemoError, match="cannot be used") as said:
        ledger.set_fact("d", "k", "v")
    assert "mkdir lost && mv" in str(said.value)
    assert "by their mark" in str(said.value)
    ledger.mend()
    ledger.set_fact("d", "k", "v")
    ledger.mend()
    assert ledger.facts("d") == {"k": "v"}
    assert ledger.path.with_name("ledger.db.damaged").read_bytes() == b"not a database" * 1000


def test_a_ledger_in_a_folder_that_cannot_be_written_is_not_called_damaged(ledger: Ledger, monkeypatch) -> None:
    """Root may write anywhere, so SQLite's own words stand for it (its list of result codes, sqlite.org/rescode)."""

    def refused(*_: object, **__: object) -> sqlite3.Connection:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorname = "SQLITE_READONLY_DIRECTORY"
        raise error

    ledger.set_fact("d", "k", "v")
    monkeypatch.setattr(sqlite3, "connect", refused)
    with pytest.raises(DemoError, match="permissions") as said:
        ledger.entries()
    assert "damaged" not in str(said.value)


def test_processes_write_at_the_same_time(ledger: Ledger) -> None:
    writers = [start(WRITE, ledger.path, number) for number in range(3)]
    for writer in writers:
        assert writer.communicate(timeout=60) == ("", "")
        assert writer.returncode == 0
    assert len([entry for entry in ledger.entries("retail") if entry.state == "made"]) == 120

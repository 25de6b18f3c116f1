"""The ledger of a state folder: the life of a resource in it, who may write, and ledgers of earlier versions."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.resource import Resource
from demo_factory.workspace.ledger import Facts
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import LocalLedger
from demo_factory_tests.plan.demos import AS_OF, shop
from demo_factory_tests.workspace.local.processes import start

pytestmark = pytest.mark.e2e
WRITE = """
    import sys
    from pathlib import Path
    from demo_factory.resources.resource import Resource
    from demo_factory.workspace.local.layout import StateFolder
    from demo_factory.workspace.local.ledger import LocalLedger
    ledger = LocalLedger(StateFolder(Path(sys.argv[1])))
    for number in range(40):
        model = Resource("model", f"dev.s.p{sys.argv[2]}_{number}", {"fingerprint": "f"})
        ledger.announce("retail", model)
        ledger.made("retail", model, {}, rows=number)
"""
MODEL = Resource("model", "dev.s.churn", {"fingerprint": "f1", "as_of": "2026-01-02", "epoch": "2025-01-02"}, (), "m")


@pytest.fixture
def ledger(tmp_path: Path) -> LocalLedger:
    return LocalLedger(StateFolder(tmp_path / "deep"))


def test_reading_writes_nothing(ledger: LocalLedger) -> None:
    assert ledger.states("retail") == []
    assert ledger.look("retail") == {}
    assert ledger.facts("retail") == Facts(None, None, None, None)
    ledger.forget("retail", MODEL.id)
    ledger.thaw("retail")
    assert not ledger.path.parent.exists()


def test_the_life_of_an_object(ledger: LocalLedger) -> None:
    ledger.announce("retail", MODEL, detail={"a": 1})
    [first] = ledger.states("retail")
    assert (first.status, first.desired, first.rows, first.demo) == ("announced", MODEL.desired, None, "retail")
    ledger.made("retail", MODEL, {"b": [2]}, 10, 1.5)
    [made] = ledger.states("retail")
    assert (made.status, made.rows, made.seconds) == ("made", 10, 1.5)
    assert made.detail == {"step": "m", "reached": None, "a": 1, "b": [2]}
    assert made.created == first.created
    assert made.created.endswith("+00:00")
    ledger.announce("retail", replace(MODEL, desired={"fingerprint": "f2"}))
    [again] = ledger.states("retail")
    assert (again.status, again.fingerprint, again.rows, again.created) == ("announced", "f2", None, first.created)
    ledger.failed("retail", MODEL, "disk full")
    [failed] = ledger.states("retail")
    assert (failed.status, failed.detail["reason"]) == ("failed", "disk full")
    ledger.forget("retail", MODEL.id)
    assert ledger.states() == []


def test_order_is_that_of_first_creation(ledger: LocalLedger) -> None:
    for name in ("b", "a", "c", "b"):
        ledger.announce("retail", Resource("group", name))
    assert [one.key for one in ledger.states("retail")] == ["b", "a", "c"]


def test_a_name_belongs_to_one_demo_and_a_governed_thing_to_many(ledger: LocalLedger) -> None:
    ledger.announce("retail", MODEL)
    with pytest.raises(DemoError, match=r"dev\.s\.churn belongs to the demo retail, so finance cannot"):
        ledger.announce("finance", MODEL)
    ledger.forget("retail", MODEL.id)
    ledger.announce("finance", MODEL)
    for demo in ("retail", "finance"):
        ledger.announce(demo, Resource("catalog", "dev"))
    assert [one.demo for one in ledger.states()] == ["finance", "retail", "finance"]


def test_two_kinds_may_share_a_name(ledger: LocalLedger) -> None:
    upkeep = replace(MODEL, kind="optimize")
    ledger.announce("retail", upkeep)
    ledger.announce("retail", MODEL)
    ledger.forget("retail", upkeep.id)
    assert [one.kind for one in ledger.states()] == ["model"]


def test_nothing_is_made_unannounced(ledger: LocalLedger) -> None:
    with pytest.raises(DemoError, match=r"model dev\.s\.churn was never announced"):
        ledger.made("retail", MODEL, {})


def test_facts(ledger: LocalLedger) -> None:
    plan = compile_demo(shop(), as_of=AS_OF)
    ledger.freeze(plan)
    ledger.follow("shop", True)
    assert ledger.facts("shop") == Facts(str(plan.epoch), 1.0, plan.blueprint.history, str(AS_OF), True)
    ledger.follow("shop", False)
    assert not ledger.facts("shop").follows
    ledger.thaw("shop")
    assert ledger.facts("shop").epoch is None


def test_a_damaged_ledger_says_so_until_it_is_mended(ledger: LocalLedger) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b"not a database" * 1000)
    assert (ledger.states(), ledger.look("d"), ledger.facts("d").epoch) == ([], {}, None)
    with pytest.raises(DemoError, match="cannot be used") as said:
        ledger.follow("d", True)
    assert "mkdir lost && mv" in str(said.value)
    assert "by their mark" in str(said.value)
    ledger.mend()
    ledger.follow("d", True)
    ledger.mend()
    assert ledger.facts("d").follows
    assert ledger.path.with_name("ledger.db.damaged").read_bytes() == b"not a database" * 1000


def test_a_ledger_in_a_folder_that_cannot_be_written_is_not_called_damaged(ledger: LocalLedger, monkeypatch) -> None:
    """Root may write anywhere, so SQLite's own words stand for it (its list of result codes, sqlite.org/rescode)."""

    def refused(*_: object, **__: object) -> sqlite3.Connection:
        error = sqlite3.OperationalError("attempt to write a readonly database")
        error.sqlite_errorname = "SQLITE_READONLY_DIRECTORY"
        raise error

    ledger.follow("d", True)
    monkeypatch.setattr(sqlite3, "connect", refused)
    with pytest.raises(DemoError, match="permissions") as said:
        ledger.states()
    assert "damaged" not in str(said.value)


def test_processes_write_at_the_same_time(ledger: LocalLedger) -> None:
    writers = [start(WRITE, ledger.path.parent, number) for number in range(3)]
    for writer in writers:
        assert writer.communicate(timeout=60) == ("", "")
        assert writer.returncode == 0
    assert len([one for one in ledger.states("retail") if one.made]) == 120


# The tables of versions 303205e and f35d865, with rows as those wrote them.
EARLIER = """
CREATE TABLE objects (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  demo TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL,
  as_of TEXT, epoch TEXT, rows INTEGER, seconds REAL, detail TEXT NOT NULL DEFAULT '{}',
  created TEXT NOT NULL, updated TEXT NOT NULL,
  UNIQUE (name, kind));
CREATE TABLE facts (
  demo TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY (demo, key));
CREATE TABLE items (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  demo TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, want TEXT NOT NULL, made INTEGER NOT NULL,
  ours INTEGER NOT NULL, detail TEXT NOT NULL DEFAULT '{}', updated TEXT NOT NULL,
  UNIQUE (demo, kind, key));
INSERT INTO objects VALUES
  (1, 'retail', 'access', 'dev.s.access_principals', 'a', 'made', '2026-11-24', '2025-11-24', NULL, 0.1,
   '{"step": "access_principals", "said": "", "reached": null}', 't1', 't2'),
  (2, 'retail', 'model', 'dev.s.m', 'f', 'failed', '2026-11-24', '2025-11-24', 7, 1.5,
   '{"step": "m", "said": "s", "reached": "2026-11-23", "broken": {"beats_guess": "no"}, "reason": "no"}', 't1', 't2'),
  (3, 'retail', 'model', 'dev.s.gone', 'f', 'dropped', '2026-11-24', '2025-11-24', 7, 1.5, '{"step": "x"}', 't', 't');
INSERT INTO facts VALUES ('retail', 'epoch', '2025-11-24', 't');
INSERT INTO items VALUES
  (1, 'retail', 'group', 'analysts', '{"members": []}', 1, 0, '{"id": "7"}', 't3'),
  (2, 'retail', 'tags', 'model dev.s.m', '{"tags": {"demo": "retail"}}', 0, 1, '{}', 't4');
"""


def test_a_ledger_of_an_earlier_version_is_taken_over(ledger: LocalLedger) -> None:
    ledger.path.parent.mkdir()
    with sqlite3.connect(ledger.path) as db:
        db.executescript(EARLIER)
    db.close()
    group, model, tags = ledger.states("retail")
    assert (group.id, group.desired, group.made, group.owned) == (("group", "analysts"), {"members": []}, True, False)
    assert (model.id, model.status, model.rows, model.seconds) == (("model", "dev.s.m"), "failed", 7, 1.5)
    assert model.desired == {"fingerprint": "f", "as_of": "2026-11-24", "epoch": "2025-11-24", "said": "s"}
    assert (model.name, model.detail["broken"], model.updated) == ("m", {"beats_guess": "no"}, "t2")
    assert str(ledger.look("retail")[model.id].newest) == "2026-11-23"  # it failed: what it surely holds
    assert (tags.status, tags.owned) == ("announced", True)
    assert ledger.facts("retail").epoch == "2025-11-24"
    ledger.announce("retail", MODEL)  # and written on
    assert [one.key for one in LocalLedger(StateFolder(ledger.path.parent)).states()] == [
        "analysts", "dev.s.m", "model dev.s.m", "dev.s.churn",
    ]  # fmt: skip

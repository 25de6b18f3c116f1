"""status and plan read the ledger alone: every standing is told apart, and reading changes no byte."""

import json
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory.plan.compile import compile_demo
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import LocalLedger
from demo_factory_tests.plan.demos import SHOP, shop
from demo_factory_tests.workspace.local.laid import DAY, Laid

pytestmark = pytest.mark.e2e


@pytest.fixture
def built(tmp_path, monkeypatch) -> Path:
    """A folder in which the ledger and the disk say that the shop was built for DAY."""
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(DAY))
    Laid(tmp_path)
    return tmp_path


def standings(capsys, *words: str) -> dict[str, str]:
    assert main(["status", "--json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    return {one["name"]: one["status"] for one in found["shop"]["objects"]}


def test_what_was_built_for_today_is_fresh(built, capsys):
    assert set(standings(capsys).values()) == {"fresh"}
    assert main(["status", "shop"]) == 0
    out = capsys.readouterr().out
    assert "shop: 3 fresh" in out
    assert "4,0" in out  # rows with thousands
    assert "Next" not in out


def test_a_day_later_what_gets_rows_every_day_is_stale(built, capsys, monkeypatch):
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", "2026-06-02")
    assert standings(capsys, "shop") == {"customers": "stale", "orders": "stale", "spending": "fresh"}


def test_a_failed_and_an_unfinished_object_say_so(built, capsys):
    records = LocalLedger(StateFolder(built / "state"))
    plan = compile_demo(shop(), as_of=DAY)
    [customers], [orders] = (plan.resources_of(plan.steps[name]) for name in ("customers", "orders"))
    records.failed("shop", orders, "orders.amount must be at most 60: 812 rows", 1.0)
    records.announce("shop", customers)
    assert standings(capsys) == {"customers": "unfinished", "orders": "failed", "spending": "fresh"}
    assert main(["status", "shop"]) == 0
    assert "812 rows" in capsys.readouterr().out


def test_what_vanished_or_left_the_blueprint_is_told_apart(built, capsys):
    StateFolder(built / "state").view("test_demo", "shop", "spending").unlink()
    assert standings(capsys)["spending"] == "never built"
    text = SHOP.format(schema="shop").split("views:")[0]
    (built / "demos" / "shop.yaml").write_text(text)
    assert standings(capsys)["spending"] == "not in the blueprint"


def test_status_survives_a_blueprint_that_is_gone_or_broken(built, capsys):
    (built / "demos" / "shop.yaml").write_text("demo: shop\ntables: {}\n")
    assert set(standings(capsys).values()) == {"fresh"}
    (built / "demos" / "shop.yaml").unlink()
    assert main(["status"]) == 0
    assert "its blueprint was not found" in capsys.readouterr().out


def test_list_says_what_is_built(built, capsys):
    assert main(["list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("shop"))
    assert "rows to 2026-06-01" in line


@pytest.mark.parametrize("words", [["plan", "shop"], ["status"], ["list"], ["explain", "orders", "--demo", "shop"]])
def test_reading_changes_no_byte(built, words, capsys):
    def files() -> dict[Path, bytes]:
        return {one: one.read_bytes() for one in built.rglob("*") if one.is_file()}

    before = files()
    assert main(words) == 0
    assert files() == before


def test_a_day_before_the_newest_is_wrong_usage(built, capsys):
    assert main(["plan", "shop", "--as-of", "2026-05-01"]) == 2
    assert "already has data up to 2026-06-01" in capsys.readouterr().err


def test_sql_and_predict_before_a_build_name_the_next_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))
    for words in (["sql", "SELECT 1"], ["predict", "retail", "next_purchase", "CUST-0000001"]):
        assert main(words) == 1
        assert "demo-factory build retail" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

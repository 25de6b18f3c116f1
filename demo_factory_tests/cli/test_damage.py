"""A state that was damaged or lost is seen and named by status and plan, and what is not ours is left alone."""

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory.operations.targets import open_local
from demo_factory.workspace.ledger import Ledger
from demo_factory.workspace.local.lock import build_lock
from demo_factory_tests.workspace.local.laid import DAY, Laid

pytestmark = pytest.mark.e2e
OTHER_BYTES = b"not a database at all" * 1000
ALL = {"customers", "orders", "spending"}


@pytest.fixture
def laid(tmp_path, monkeypatch) -> Laid:
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(DAY))
    return Laid(tmp_path)


def status(capsys, demo: str = "shop") -> dict[str, tuple[str, str]]:
    assert main(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out).get(demo, {"objects": []})
    return {one["name"]: (one["status"], one["reason"]) for one in found["objects"]}


def plan(capsys) -> dict[str, tuple[str, str]]:
    assert main(["plan", "shop", "--json"]) == 0
    return {one["name"]: (one["change"], one["reason"]) for one in json.loads(capsys.readouterr().out)["objects"]}


def log_of(laid: Laid, table: str) -> Path:
    return laid.table(table) / "_delta_log" / f"{0:020d}.json"


DAMAGES: dict[str, tuple[str, Callable[[Laid], object], str]] = {
    "an emptied view": ("spending", lambda laid: laid.view("spending").write_text(""), "is empty"),
    "a view that was edited": ("spending", lambda laid: laid.view("spending").write_text("SELECT 2"), "not what was"),
    "a view of other bytes": ("spending", lambda laid: laid.view("spending").write_bytes(b"\xff"), "cannot be read"),
    "a lost data file": ("orders", lambda laid: (laid.table("orders") / "part 1.parquet").unlink(), "part%201.parquet"),
    "a cut data file": ("orders", lambda laid: (laid.table("orders") / "part 1.parquet").write_bytes(b""), "of its 1"),
    "an emptied log": ("orders", lambda laid: log_of(laid, "orders").write_text(""), "cannot be read"),
    "a cut log": ("orders", lambda laid: log_of(laid, "orders").write_text('{"metaData": {'), "cannot be read"),
    "a log without its beginning": (
        "orders",
        lambda laid: log_of(laid, "orders").rename(log_of(laid, "orders").with_name(f"{3:020d}.json")),
        "begins with version 3",
    ),
    "a log with a gap": (
        "orders",
        lambda laid: shutil.copy(log_of(laid, "orders"), log_of(laid, "orders").with_name(f"{2:020d}.json")),
        "lacks version 1",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_named_by_status_and_plan_and_by_them_alone(laid, capsys, name):
    victim, damage, why = DAMAGES[name]
    assert {state for state, _ in status(capsys).values()} == {"fresh"}
    damage(laid)
    found, planned = status(capsys), plan(capsys)
    assert found[victim][0] == "damaged"
    assert why in found[victim][1]
    assert planned[victim] == ("replace", found[victim][1])
    assert {found[other][0] for other in ALL - {victim}} == {"fresh"}
    assert {planned[other][0] for other in ALL - {victim}} == {"keep"}


def test_check_says_that_a_table_is_damaged_and_starts_no_spark(laid, capsys):
    log_of(laid, "orders").write_text("")
    assert main(["check", "shop"]) != 0
    said = capsys.readouterr().err
    assert "orders is damaged: 00000000000000000000.json of its log cannot be read." in said
    assert "Build first, that mends it: demo-factory build shop" in said


def test_a_view_of_an_older_ledger_has_no_digest_and_is_whole_unless_it_is_empty(laid, capsys):
    laid.records.announce("shop", laid.thing("spending"))
    Ledger.made(laid.records, "shop", laid.thing("spending"), {})
    laid.view("spending").write_text("CREATE OR REPLACE VIEW x AS SELECT 3")
    assert status(capsys)["spending"][0] == "fresh"
    laid.view("spending").write_text("\n")
    assert status(capsys)["spending"][0] == "damaged"


LOSSES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda ledger: None,
    "emptied": lambda ledger: ledger.write_text(""),
    "of other bytes": lambda ledger: ledger.write_bytes(OTHER_BYTES),
    "half of it": lambda ledger: ledger.write_bytes(b"SQLite format 3\x00" + OTHER_BYTES),
}


@pytest.mark.parametrize("how", LOSSES)
def test_a_lost_ledger_is_seen_and_ours_is_known_by_its_mark(laid, capsys, how):
    laid.lose_ledger()
    LOSSES[how](laid.state.ledger)
    before = laid.state.ledger.read_bytes() if laid.state.ledger.exists() else None
    found, planned = status(capsys), plan(capsys)
    assert {state for state, _ in found.values()} == {"damaged"}
    assert set(found) == ALL
    assert all("the ledger does not know it" in reason for _, reason in found.values())
    assert {name: change for name, (change, _) in planned.items()} == dict.fromkeys(ALL, "replace")
    after = laid.state.ledger.read_bytes() if laid.state.ledger.exists() else None
    assert how == "emptied" or after == before  # reading wrote nothing
    facts = open_local(laid.settings()).records.facts("shop")
    assert (facts.epoch, facts.scale, facts.history, facts.as_of) == (str(laid.plan.epoch), 1.0, 200, str(DAY))
    assert not facts.follows


@pytest.mark.parametrize("how", LOSSES)
def test_what_a_lost_ledger_knew_is_announced_again_and_then_kept(laid, capsys, how):
    laid.lose_ledger()
    LOSSES[how](laid.state.ledger)
    with open_local(laid.settings()).writing("build shop", demos=["shop"]):
        laid.build(["customers"])
    found = status(capsys)
    assert {name: state for name, (state, _) in found.items()} == {
        "customers": "fresh",
        "orders": "damaged",
        "spending": "damaged",
    }


@pytest.mark.parametrize("how", LOSSES)
def test_destroy_finds_all_of_it_without_a_ledger(laid, capsys, how):
    laid.lose_ledger()
    LOSSES[how](laid.state.ledger)
    assert main(["destroy", "shop", "--yes"]) == 0
    assert "3 objects" in capsys.readouterr().out
    assert not laid.state.root.exists()


def theirs(laid: Laid, name: str, configuration: dict[str, str]) -> Path:
    """A table that somebody made by hand beside ours."""
    folder = laid.table(name)
    shutil.copytree(laid.table("orders"), folder)
    action = {"metaData": {"id": name, "configuration": configuration}}
    log_of(laid, name).write_text(json.dumps(action))
    return folder


@pytest.mark.parametrize("mark", [{}, {"demo_factory.demo": "shop"}, "a clone"])
def test_what_has_not_our_mark_is_never_ours(laid, capsys, mark):
    """A clone takes the properties of its original with it: they name another table, so it is not ours."""
    ours = json.loads(log_of(laid, "orders").read_text().splitlines()[1])["metaData"]["configuration"]
    folder = theirs(laid, "copy", ours if mark == "a clone" else mark)
    laid.lose_ledger()
    assert "copy" not in status(capsys)
    assert main(["destroy", "shop", "--yes"]) == 0
    assert folder.is_dir()
    assert not laid.table("orders").exists()


def test_a_table_of_ours_by_name_alone_is_refused(laid):
    from demo_factory.blueprint.errors import DemoError

    shutil.rmtree(laid.table("orders"))
    laid.lose_ledger()
    theirs_before = laid.table("orders") / "_delta_log" / "x"
    shutil.copytree(laid.table("customers"), laid.table("orders"))
    assert not theirs_before.exists()
    with pytest.raises(DemoError, match=r"test_demo.shop.orders is there already and demo_factory did not make it"):
        laid.records.announce("shop", laid.thing("orders"))


def test_being_written_names_the_demo_that_is_written_and_no_other(laid, capsys):
    with build_lock(laid.state, "build other", demos=["other"]):
        assert main(["status", "shop"]) == 0
        assert "Being written" not in capsys.readouterr().out
    with build_lock(laid.state, "build shop", demos=["shop"]):
        assert main(["status", "shop"]) == 0
        assert "(build shop, since" in capsys.readouterr().out
        assert main(["status", "shop", "--json"]) == 0
        assert "build shop" in json.loads(capsys.readouterr().out)["shop"]["building"]


def test_what_a_running_build_has_begun_is_running_and_after_its_death_unfinished(laid, capsys):
    laid.records.announce("shop", laid.thing("orders"))
    with build_lock(laid.state, "build shop", demos=["shop"]):
        assert status(capsys)["orders"][0] == "running"
        assert status(capsys)["customers"][0] == "fresh"
    assert status(capsys)["orders"] == ("unfinished", "the last build of it did not finish")


@pytest.mark.parametrize("follows", [True, False])
def test_a_clock_that_is_set_back_takes_no_day_from_a_demo_that_follows_it(tmp_path, capsys, monkeypatch, follows):
    """Whoever pinned a demo to a day by name is told; where today was meant, the newest day that was reached stays."""
    tomorrow = dt.date.today() + dt.timedelta(days=1)  # what a build made before the clock went back
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))
    laid = Laid(tmp_path, tomorrow)
    laid.records.follow(laid.plan.demo, follows)
    if follows:
        assert {change for change, _ in plan(capsys).values()} == {"keep"}
    else:
        assert main(["plan", "shop"]) == 2
        assert f"already has data up to {tomorrow}" in capsys.readouterr().err

"""Builds and destroys that are killed, interrupted or doubled inside, in real processes: a sample; nightly does all."""

import signal
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory_tests.orchestration.chains import (
    Fault,
    Table,
    build_hit_everywhere,
    destroy_killed_everywhere,
    java_killed,
    python_killed,
)
from demo_factory_tests.orchestration.delta_files import contents
from demo_factory_tests.orchestration.faults import DAY, Place, Victim, no_trace

pytestmark = pytest.mark.e2e
BUILD, DESTROY = ("build", "short", "--as-of", DAY), ("destroy", "short", "--yes")


@pytest.fixture
def unbroken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm) -> Place:
    """A place in which commands run in this process, whose Spark is warm."""
    place = Place(tmp_path / "unbroken")
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(place.state))
    return place


def interrupted(victim: Victim) -> None:
    """Ctrl-C."""
    victim.process.send_signal(signal.SIGINT)
    victim.follow_from_here()
    assert victim.process.returncode == 130, victim.said()
    assert "Interrupted. What was finished is kept" in no_trace(victim.said())


def others_told(victim: Victim) -> None:
    """Who builds or destroys meanwhile hears who is at work, and changes nothing; the first goes on to its end."""
    place = victim.place
    before = contents(place.lakehouse)
    for words in (BUILD, DESTROY):
        other = Place(place.folder / words[0], state=place.state)
        said = no_trace(other.run(*words, code=3))
        assert f"process {victim.process.pid} (build short, since" in said
        assert "Wait " in said
    assert contents(place.lakehouse) == before
    victim.follow_from_here()
    assert victim.process.returncode == 0, victim.said()


SAMPLE: dict[str, Fault] = {
    "storage made": python_killed,
    "customers announced": java_killed,
    "orders create written": python_killed,
    "spending announced": others_told,
    "spending half kept": interrupted,
}


def test_killed_or_interrupted_inside_and_built_again_gives_the_same_tables(tmp_path, unbroken):
    assert main([*BUILD]) == 0
    whole = contents(unbroken.lakehouse)
    assert {name: rows for name, (rows, _) in whole.items()} == {"customers": 20, "orders": 60, "spending": 1}
    kept = [one for one in unbroken.state.iterdir() if one.name != "scratch"]  # Java may be removing that just now
    stays = [unbroken.state, *kept, *(path for one in kept for path in one.rglob("*"))]
    open_to_others = [path for path in stays if path.stat().st_mode & 0o077]
    assert open_to_others == []

    table: Table = {}
    build_hit_everywhere(Place(tmp_path / "hit"), lambda moment, victim: SAMPLE.get(moment), whole, table)
    assert len(table) == len(SAMPLE)
    destroy_killed_everywhere(unbroken, table, ["destroy items gone", "destroy ledger.db removed"])
    assert set(table.values()) == {"ok"}


def test_somebody_elses_table_is_named_and_left_alone_also_when_the_last_demo_goes(unbroken, capfd):
    theirs = unbroken.lakehouse / "test_demo" / "s" / "orders" / "_delta_log"
    theirs.mkdir(parents=True)
    (theirs / "00000000000000000000.json").write_text("{}")
    assert main([*BUILD, "--select", "customers,orders"]) == 1
    assert "test_demo.s.orders is there already" in no_trace("".join(capfd.readouterr()))
    main([*DESTROY])
    assert (theirs / "00000000000000000000.json").read_text() == "{}"
    assert not (unbroken.lakehouse / "test_demo" / "s" / "customers").exists()

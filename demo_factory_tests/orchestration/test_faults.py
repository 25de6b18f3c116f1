"""Builds and destroys that are killed, interrupted or doubled inside, in real processes: a sample; nightly does all."""

import signal
from pathlib import Path

import pytest

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


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def interrupted(victim: Victim) -> None:
    """Ctrl-C."""
    victim.process.send_signal(signal.SIGINT)
    victim.follow_from_here()
    assert victim.process.returncode == 130, victim.said()
    assert "Interrupted. What was finished is kept" in no_trace(victim.said())


SAMPLE: dict[str, Fault] = {
    "storage made": python_killed,
    "customers announced": java_killed,
    "orders create written": python_killed,
    "spending half kept": interrupted,
}


def test_killed_or_interrupted_inside_and_built_again_gives_the_same_tables(tmp_path):
    unbroken = Place(tmp_path / "unbroken")
    unbroken.run("build", "short", "--as-of", DAY)
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


def test_a_second_build_and_a_destroy_say_who_is_at_work_and_change_nothing(place):
    first = place.build()
    assert first.follow(lambda moment: moment == "orders announced")
    before = contents(place.lakehouse)
    for words in (("build", "short", "--as-of", DAY), ("destroy", "short", "--yes")):
        other = Place(place.folder / words[0], state=place.state)
        said = no_trace(other.run(*words, code=3))
        assert f"process {first.process.pid} (build short, since" in said
        assert "Wait " in said
    assert contents(place.lakehouse) == before
    first.follow_from_here()
    assert first.process.returncode == 0, first.said()
    assert set(contents(place.lakehouse)) == {"customers", "orders", "spending"}


def test_somebody_elses_table_is_named_and_left_alone_also_when_the_last_demo_goes(place):
    theirs = place.lakehouse / "test_demo" / "s" / "orders" / "_delta_log"
    theirs.mkdir(parents=True)
    (theirs / "00000000000000000000.json").write_text("{}")
    said = place.run("build", "short", "--as-of", DAY, "--select", "customers,orders", code=1)
    assert "test_demo.s.orders is there already" in no_trace(said)
    place.run("destroy", "short", "--yes", code=None)
    assert (theirs / "00000000000000000000.json").read_text() == "{}"
    assert not (place.lakehouse / "test_demo" / "s" / "customers").exists()

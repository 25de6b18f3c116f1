"""Every moment of a build and a destroy, hit by every fault, and faults of other kinds: printed as two tables."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo_factory_tests.orchestration.chains import (
    Fault,
    Table,
    build_hit_everywhere,
    destroy_killed_everywhere,
    java_killed,
    python_killed,
    shown,
)
from demo_factory_tests.orchestration.delta_files import contents
from demo_factory_tests.orchestration.faults import DAY, SHORT, Place, Victim, no_trace

pytestmark = [pytest.mark.e2e, pytest.mark.nightly]
BUILD = ("build", "short", "--as-of", DAY)
PARTS = 3  # each hits every third moment, so that a run takes minutes
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("unbroken"))
    place.run(*BUILD)
    return place


@pytest.fixture(scope="module")
def whole(unbroken: Place) -> dict[str, object]:
    return dict(contents(unbroken.lakehouse))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("fault", [python_killed, java_killed])
def test_a_build_that_is_killed_at_every_moment_goes_on_to_the_same_tables(tmp_path, whole, fault, part, capsys):
    table: Table = {}
    numbers: dict[str, int] = {}

    def everywhere(moment: str, victim: Victim) -> Fault | None:
        if numbers.setdefault(moment, len(numbers)) % PARTS != part:
            return None  # another part's
        return fault if fault is python_killed or victim.javas() else None

    try:
        build_hit_everywhere(Place(tmp_path), everywhere, whole, table)
    finally:
        with capsys.disabled():
            print(shown("Faults inside a build", table))
    assert len(table) >= 30 / PARTS
    assert set(table.values()) == {"ok"}


def test_a_destroy_that_is_killed_at_every_moment_leaves_nothing_when_it_is_asked_again(tmp_path, unbroken, capsys):
    table: Table = {}
    place = Place(tmp_path, state=unbroken.folder / "copy")
    shutil.copytree(unbroken.state, place.state)
    try:
        destroy_killed_everywhere(place, table)
    finally:
        with capsys.disabled():
            print(shown("Faults inside a destroy", table))
    assert len(table) >= 30
    assert set(table.values()) == {"ok"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 24 MB, in memory; only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk that is full needs a mount, and mounting needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("moment", ["storage opened", "plan frozen", "customers announced", "orders create written"])
def test_a_full_disk_is_named_and_the_next_build_goes_on(tmp_path, small_disk, whole, moment):
    place = Place(tmp_path, state=small_disk / "state")
    victim = place.build()
    assert victim.follow(lambda reached: reached == moment) == moment, victim.said()
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass  # full: what this loop is for
    victim.follow_from_here()
    assert victim.process.returncode == 3, victim.said()
    assert "full" in no_trace(victim.said())
    filler.unlink()
    place.run(*BUILD)
    assert contents(place.lakehouse) == whole


def test_a_folder_that_cannot_be_written_is_named_and_stays_as_it_is(tmp_path, small_disk, unbroken, whole):
    place = Place(tmp_path, state=small_disk / "state")
    shutil.copytree(unbroken.state, place.state)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for words in ((*BUILD, "--rebuild"), ("destroy", "short", "--yes")):
        assert str(place.state) in no_trace(place.run(*words, code=3))
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert contents(place.lakehouse) == whole


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("moment", ["build locked", "customers announced", "orders create written", "run ended"])
def test_who_is_told_to_end_says_so_and_the_next_build_goes_on(tmp_path, whole, moment, number):
    place = Place(tmp_path)
    victim = place.build()
    assert victim.follow(lambda reached: reached == moment) == moment, victim.said()
    victim.process.send_signal(number)
    victim.follow_from_here()
    assert victim.process.returncode == 130, victim.said()
    assert "Interrupted. What was finished is kept" in no_trace(victim.said())
    place.run(*BUILD)
    assert contents(place.lakehouse) == whole


def test_ctrl_c_twice_ends_at_once(tmp_path, whole):
    place = Place(tmp_path)
    victim = place.build()
    assert victim.follow(lambda reached: reached == "orders announced")
    victim.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        victim.process.wait(2)  # its step stands still here, and a first Ctrl-C waits for it
    victim.process.send_signal(signal.SIGINT)
    assert victim.process.wait(10) == 130
    assert "Interrupted twice" in no_trace(victim.said())
    place.run(*BUILD)
    assert contents(place.lakehouse) == whole


def test_a_clock_that_goes_back_a_day_spoils_nothing(tmp_path):
    if not FAKETIME.exists():
        pytest.skip("another clock needs libfaketime (apt-get install faketime)")
    place = Place(tmp_path)
    place.run("build", "short")
    before = contents(place.lakehouse)
    no_trace(place.run("build", "short", LD_PRELOAD=str(FAKETIME), FAKETIME="-1d", FAKETIME_DONT_FAKE_MONOTONIC="1"))
    no_trace(place.run("build", "short"))
    assert contents(place.lakehouse) == before


@pytest.mark.parametrize("memory", ["64m", "300m"])
def test_a_java_without_memory_is_one_sentence_and_the_next_build_goes_on(tmp_path, whole, memory):
    place = Place(tmp_path)
    said = no_trace(place.run(*BUILD, code=3, DEMO_FACTORY_JAVA_MEMORY=memory))
    assert "memory" in said
    place.run(*BUILD)
    assert contents(place.lakehouse) == whole


def test_a_java_that_runs_out_of_memory_in_the_middle_is_one_sentence(tmp_path):
    wider = ("wide: 'x'", "wider: wide", "widest: wider")
    column = "".join('\n      {}: {{expr: "repeat({}, 1000)", type: string}}'.format(*one.split(": ")) for one in wider)
    blueprint = SHORT.replace("{key: integer}", "{key: integer}" + column)  # 1 GB a row
    said = no_trace(Place(tmp_path, blueprint).run(*BUILD, code=3, DEMO_FACTORY_JAVA_MEMORY="600m"))
    assert "Java ran out of memory" in said or "Java stopped in the middle" in said


@pytest.mark.parametrize("folders", [1, 2])
@pytest.mark.parametrize("pair", range(20))
def test_two_builds_that_start_at_the_same_instant(tmp_path, whole, folders, pair):
    """On a fresh folder one makes the demo and the other says who is at work; on two folders both make it."""
    select = ("--select", "customers")
    places = [Place(tmp_path / name, state=tmp_path / f"state{n % folders}") for n, name in enumerate("ab")]
    both = [place.start(*BUILD, *select) for place in places]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Victim.follow, both))
    said = [no_trace(one.said()) for one in both]
    assert sorted(one.process.returncode for one in both) == ([0, 3] if folders == 1 else [0, 0]), said
    for place in places[:folders]:
        assert contents(place.lakehouse) == {"customers": whole["customers"]}
    no_trace(places[0].run(*BUILD))
    assert contents(places[0].lakehouse) == whole

"""Dagster's storage in a state folder: made once, whole, by one process at a time, and mended where it was not."""

import logging
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from demo_factory.orchestration.instance import DEMO, forget_demo, open_instance
from demo_factory.workspace.local.layout import StateFolder
from demo_factory_tests.workspace.local.processes import start

pytestmark = pytest.mark.e2e
OPEN = """
    import sys
    from pathlib import Path
    import warnings
    warnings.simplefilter("ignore")  # Dagster's own, while it is imported
    from demo_factory.orchestration.instance import open_instance
    from demo_factory.workspace.local.layout import StateFolder
    print("ready", flush=True)
    for line in sys.stdin:
        with open_instance(StateFolder(Path(line.strip()))) as instance:
            print(len(instance.get_runs()) + len(instance.all_asset_keys()), flush=True)
"""


def versions(state: StateFolder) -> dict[str, list[str]]:
    """What each file of Dagster's storage says of its version, read without Dagster."""
    found = {}
    for file in sorted(state.dagster.rglob("*.db")):
        with closing(sqlite3.connect(file)) as db:
            found[file.name] = [row[0] for row in db.execute("SELECT version_num FROM alembic_version")]
    return found


def say(process: subprocess.Popen[str], text: object) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{text}\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip() or process.communicate(timeout=60)[1]


@pytest.mark.e2e
@pytest.mark.parametrize("pairs", [3, pytest.param(20, marks=pytest.mark.nightly)])
def test_two_processes_that_open_a_fresh_folder_at_once_leave_one_version(tmp_path: Path, pairs: int) -> None:
    """Of 6 pairs without a lock 4 failed at once, and 2 left a version that is none of a new file."""
    with open_instance(StateFolder(tmp_path / "alone")):
        pass
    alone = versions(StateFolder(tmp_path / "alone"))
    assert list(alone) == ["index.db", "runs.db", "schedules.db"]
    assert all(len(noted) == 1 for noted in alone.values())
    with start(OPEN) as one, start(OPEN) as other:
        assert (hear(one), hear(other)) == ("ready", "ready")
        for pair in range(pairs):
            folder = tmp_path / f"state{pair}"
            say(one, folder), say(other, folder)
            assert (hear(one), hear(other)) == ("0", "0")
            assert versions(StateFolder(folder)) == alone
        for process in (one, other):
            process.kill()


@pytest.mark.parametrize("file", ["runs.db", "index.db", "schedules.db"])
def test_a_second_version_that_is_there_already_is_mended(tmp_path: Path, file: str) -> None:
    state = StateFolder(tmp_path)
    with open_instance(state):
        pass
    before = versions(state)
    (damaged,) = state.dagster.rglob(file)
    with closing(sqlite3.connect(damaged)) as db:
        db.execute("INSERT INTO alembic_version VALUES ('5771160a95ad')")  # what Dagster itself takes for a file's age
        db.commit()
    with open_instance(state) as instance:
        assert instance.get_runs() == []
        assert instance.all_asset_keys() == []
        assert instance.all_instigator_state() == []
    assert versions(state) == before


def test_a_storage_whose_making_was_killed_is_made_anew(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    half = state.dagster / "new" / "history"
    half.mkdir(parents=True)
    (half / "runs.db").write_bytes(b"half of it")
    with open_instance(state) as instance:
        assert instance.get_runs() == []
    assert not half.exists()


def test_a_demo_that_is_destroyed_leaves_no_run_of_it_however_it_was_started(tmp_path):
    state, theirs = StateFolder(tmp_path), dg.AssetKey(["sales", "orders"])

    @dg.job(name="tiny")
    def tiny():
        pass

    @dg.asset(key=theirs)
    def orders():
        pass

    chosen = dg.Definitions(assets=[orders]).resolve_implicit_global_asset_job_def()
    with open_instance(state) as instance:
        made = dg.AssetMaterialization(theirs, metadata={"demo": "tiny"})
        instance.report_runless_asset_event(made)
        instance.create_run_for_job(tiny)
        instance.create_run_for_job(chosen, tags={DEMO: "tiny"})  # automation
        instance.create_run_for_job(chosen, asset_selection={theirs})  # somebody, from the page
        other = instance.create_run_for_job(chosen, tags={DEMO: "other"}).run_id
    assert forget_demo(state, "tiny")
    with open_instance(state) as instance:
        assert [run.run_id for run in instance.get_runs()] == [other]
        instance.delete_run(other)
    assert not forget_demo(state, "tiny")


def test_a_run_leaves_the_logging_of_its_process_alone(tmp_path):
    """Resetting it forgets the handlers of others, and waits for ever when another run is amid a message."""
    mine = logging.NullHandler()
    mine.set_name("mine")
    with open_instance(StateFolder(tmp_path)) as instance:
        assert len(instance.get_handlers()) == 1  # the one that writes events
    assert logging._handlers["mine"] is mine

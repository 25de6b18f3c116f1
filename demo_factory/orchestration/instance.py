"""The Dagster instance of a state folder: the same runs for the command line, `dagster dev` and the UI."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from demo_factory.compat.dagster import instance_in, leave_one_version, quiet_and_quick
from demo_factory.moments import reached
from demo_factory.workspace.home import Home, is_alive

# Dagster's page hides tags of this kind.
DEMO = ".dagster/demo_factory.demo"  # whose run it is, where no job says so
_PROCESS = ".dagster/demo_factory.process"
_STARTED, _CANCELING = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING
_OWN = ("history", "schedules")  # the folders of Dagster's storage
_SHARED = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_NEW = "new"


def open_instance(home: Home) -> dg.DagsterInstance:
    """The instance whose storage lies in the folder.

    A dagster.yaml in the current folder is not read: it may belong to another project.
    """
    quiet_and_quick()
    with _alone(home.dagster):
        _prepare(home.dagster)
        return instance_in(home.dagster)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process opens the storage at a time: Dagster makes its files without a lock, and two spoil them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "opening.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _prepare(folder: Path) -> None:
    """See that the storage is whole, or not there at all: what is killed while it makes one leaves none."""
    missing = [name for name in _OWN if not (folder / name).exists()]
    new = folder / _NEW
    if new.exists():
        shutil.rmtree(new)
    if missing:
        new.mkdir()
        with instance_in(new):
            pass
        reached("storage made")
        for name in missing:
            (new / name).rename(folder / name)
            reached(f"storage {name} in place")
        shutil.rmtree(new)
    for name in _SHARED:
        leave_one_version(folder / name)


def begin_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Note which process does a run, and the end of runs whose process was killed.

    Nobody else does: they would look as if they still ran.
    """
    instance.add_run_tags(run_id, {_PROCESS: str(os.getpid())})
    for run in instance.get_runs(dg.RunsFilter(statuses=[_STARTED, _CANCELING])):
        process = run.tags.get(_PROCESS, "")
        if process.isdigit() and not is_alive(int(process)):
            report = instance.report_run_canceled if run.status == _CANCELING else instance.report_run_failed
            report(run, f"Process {process} ended in the middle of this run; the next build goes on.")


def forget_demo(home: Home, demo: str) -> bool:
    """Remove a demo's assets and runs from the history, so that nobody is alarmed about what no longer exists.

    Returns: whether anything of other demos is left in it.
    """
    with open_instance(home) as instance:
        keys = {key for key in instance.all_asset_keys() if _demo_of(instance, key) == demo}
        if keys:
            instance.wipe_assets(list(keys))
        for run in instance.get_runs():
            chosen = run.asset_selection or set()  # of a run that somebody started from the assets
            if run.job_name == demo or run.tags.get(DEMO) == demo or (chosen and chosen <= keys):
                instance.delete_run(run.run_id)
        return bool(instance.get_runs(limit=1) or instance.all_asset_keys())


def _demo_of(instance: dg.DagsterInstance, key: dg.AssetKey) -> str:
    """The demo that an asset says it belongs to, in what was noted when it was made."""
    event = instance.get_latest_materialization_event(key)
    made = event.asset_materialization if event else None
    return str(made.metadata["demo"].value) if made and "demo" in made.metadata else ""

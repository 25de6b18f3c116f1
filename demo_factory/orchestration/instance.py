"""The Dagster instance of a state folder: the same runs for the command line, `dagster dev` and the UI."""

from __future__ import annotations

import fcntl
import io
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import sqlalchemy
from alembic.script import ScriptDirectory
from dagster._core.instance import InstanceRef
from dagster._core.instance import types as event_log_handler
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import get_alembic_config

from demo_factory.moments import reached
from demo_factory.workspace.local.jvm import is_alive
from demo_factory.workspace.local.layout import StateFolder

# Dagster's page hides tags of this kind.
DEMO = ".dagster/demo_factory.demo"  # whose run it is, where no job says so
_PROCESS = ".dagster/demo_factory.process"
_STARTED, _CANCELING = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING
_engines: dict[str, sqlalchemy.Engine] = {}  # by the file, so that two builds share one only where they share it
_OWN = ("history", "schedules")  # the folders of Dagster's storage
_SHARED = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_NEW = "new"
_BUSY_SECONDS = 30


def settings(base: str | dict[str, str]) -> dict[str, Any]:
    """Dagster's settings; the committed dagster.yaml holds the same (a test compares them).

    Args:
        base: the folder, or the environment variable that names it.
    """
    return {
        "storage": {"sqlite": {"base_dir": base}},
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": base},
        },
        # nothing here prints, and catching what is printed costs four processes a run
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        "freshness": {"enabled": True},
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }


def _engine_of(address: str, **options: Any) -> sqlalchemy.Engine:
    """One engine a file, where Dagster makes one an event, each of which compiles its statements anew.

    An engine keeps no connection open (`NullPool`), so a file that is removed and made again is no trouble.
    """
    if address not in _engines:
        _engines[address] = sqlalchemy.create_engine(address, **options)
    return _engines[address]


def open_instance(state: StateFolder) -> dg.DagsterInstance:
    """The instance whose storage lies in the state folder.

    A dagster.yaml in the current folder is not read: it may belong to another project.
    """
    for name in ("dagster", "dagster.code_server", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    vars(sqlite_event_log)["create_engine"] = _engine_of
    # what it cannot note it prints, with its SQL; the error itself comes to us, and is said once, in words
    vars(event_log_handler)["sys"] = SimpleNamespace(stderr=io.StringIO(), exc_info=sys.exc_info)
    with _alone(state.dagster):
        _prepare(state.dagster)
        return _instance_in(state.dagster)


def _instance_in(folder: Path) -> dg.DagsterInstance:
    """The instance; no log handlers are configured in it, so none are looked for.

    Dagster would reset the logging of the whole process at the start of each run to find them, which waits for ever
    when another run is in the middle of a message.
    """
    instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=settings(str(folder))))
    instance.get_yaml_python_handlers = list  # type: ignore[method-assign]
    return instance


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
        with _instance_in(new):
            pass
        reached("storage made")
        for name in missing:
            (new / name).rename(folder / name)
            reached(f"storage {name} in place")
        shutil.rmtree(new)
    for name in _SHARED:
        _mend(folder / name)


def _mend(file: Path) -> None:
    """Leave one note of the version in a file that two processes made at a time; by two Dagster opens it no more."""
    with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return
        noted = {row[0] for row in db.execute("SELECT version_num FROM alembic_version")}
        if len(noted) > 1:
            newest_first = ScriptDirectory.from_config(get_alembic_config(sqlite_event_log.__file__)).walk_revisions()
            newest = next(one.revision for one in newest_first if one.revision in noted)
            db.execute("DELETE FROM alembic_version WHERE version_num <> ?", (newest,))
            db.commit()


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


def forget_demo(state: StateFolder, demo: str) -> bool:
    """Remove a demo's assets and runs from the history, so that nobody is alarmed about what no longer exists.

    Returns: whether anything of other demos is left in it.
    """
    with open_instance(state) as instance:
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

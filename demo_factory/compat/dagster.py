"""Dagster's storage as it makes and names it, and the name of the job that a run of single assets has."""

from __future__ import annotations

import io
import logging
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import sqlalchemy
from alembic.script import ScriptDirectory
from dagster._core.definitions.assets.job.asset_job import IMPLICIT_ASSET_JOB_NAME
from dagster._core.instance import InstanceRef
from dagster._core.instance import types as event_log_handler
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import get_alembic_config

from demo_factory.compat.dagster_settings import settings

__all__ = ["IMPLICIT_ASSET_JOB_NAME", "instance_in", "leave_one_version", "quiet_and_quick"]

_BUSY_SECONDS = 30
_engines: dict[str, sqlalchemy.Engine] = {}  # by the file, so that two builds share one only where they share it


def quiet_and_quick() -> None:
    """Nothing of Dagster's own start is printed, and one engine serves a file of events; again, it changes nothing.

    Dagster makes an engine an event, each of which compiles its statements anew. An engine keeps no connection open
    (`NullPool`), so a file that is removed and made again is no trouble.
    """
    for name in ("dagster", "dagster.code_server", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    vars(sqlite_event_log)["create_engine"] = _engine_of
    # what it cannot note it prints, with its SQL; the error itself comes to us, and is said once, in words
    vars(event_log_handler)["sys"] = SimpleNamespace(stderr=io.StringIO(), exc_info=sys.exc_info)


def _engine_of(address: str, **options: Any) -> sqlalchemy.Engine:
    if address not in _engines:
        _engines[address] = sqlalchemy.create_engine(address, **options)
    return _engines[address]


def instance_in(folder: Path) -> dg.DagsterInstance:
    """The instance whose storage lies in a folder; no dagster.yaml is read.

    No log handlers are configured in it, so none are looked for: Dagster would reset the logging of the whole process
    at the start of each run to find them, which waits for ever when another run is in the middle of a message.
    """
    instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=settings(str(folder))))
    instance.get_yaml_python_handlers = list  # type: ignore[method-assign]
    return instance


def leave_one_version(file: Path) -> None:
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

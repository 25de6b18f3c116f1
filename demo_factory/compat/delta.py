"""Delta inside Java: its catalog without a server below it, and its logs of tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"


def name_catalog(session: SparkSession, catalog: str) -> None:
    """Give the session three-part names without a server: a DeltaCatalog is a decorator of the session's own catalog.

    The session must be the current one: Java loads a catalog by the settings of that, not of the manager's.
    """
    manager = session._jsparkSession.sessionState().catalogManager()
    manager.catalog(catalog).setDelegateCatalog(manager.v2SessionCatalog())


def forget_log(session: SparkSession, folder: Path) -> None:
    """What was read of a table's log is read anew."""
    _logs(session).invalidateCache(session._jsparkSession, _path(session, folder))


def identity(session: SparkSession, folder: Path) -> str:
    """The id of the table that the session has read from a folder, as Delta gave it."""
    log = _logs(session).forTable(session._jsparkSession, _path(session, folder))
    return str(log.unsafeVolatileSnapshot().metadata().id())


def _logs(session: SparkSession) -> Any:
    return session._jvm.org.apache.spark.sql.delta.DeltaLog


def _path(session: SparkSession, folder: Path) -> Any:
    return session._jvm.org.apache.hadoop.fs.Path(session._jvm.java.net.URI(folder.as_uri()))

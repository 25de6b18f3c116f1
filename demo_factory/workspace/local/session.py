"""One Spark in a process, one session a demo catalog, with settings for one machine."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.compat import delta, pyspark, spark_catalog
from demo_factory.moments import reached
from demo_factory.workspace.home import OTHERS, is_alive
from demo_factory.workspace.local.jvm import SMALL_ROWS, gateway_of, launch_jvm_early
from demo_factory.workspace.local.layout import StateFolder

if TYPE_CHECKING:  # importing PySpark takes a second, in which Java can already boot
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from demo_factory.resources.graph import DemoPlan

__all__ = [
    "close_sessions",
    "launch_jvm_early",
    "open_session",
    "private_session",
    "session_in_background",
    "trial_session",
]

_lock = threading.RLock()
_sessions: dict[tuple[Path, str], SparkSession] = {}  # by state folder and catalog: two builds share what they may


def open_session(state: StateFolder, catalog: str, schemas: Iterable[str] = (), rows: int = 0) -> SparkSession:
    """The session in which `catalog.schema.table` is a Delta table under the state folder.

    A process has one Java and one SparkContext. Each catalog gets its own session over it: sessions that share one
    would also share one list of schemas, and `dev_a.s.t` would be `dev_b.s.t`. The second call for the same catalog
    returns the same session, with what other processes made in the meantime.

    Args:
        schemas: schemas to create if they are not there.
        rows: how many rows the build is about, which chooses Java's settings (at the first call) and Spark's.

    Raises:
        MachineTrouble: Java or the jars are missing, or somebody else started Spark in this process.
    """
    from demo_factory.workspace.local import catalog as catalogs

    with _lock:
        context = _context(state, rows)
        key = (state.root, catalog)
        session = _sessions.get(key)
        if session is None or session.sparkContext is not context:
            session = _new_session(context, state, catalog, rows)
            _sessions[key] = session
        for schema in schemas:
            catalogs.ensure_schema(session, state, catalog, schema)
        catalogs.refresh(session, state, catalog)
        pyspark.make_current(session)
        reached(f"session {catalog} opened")
        return session


def session_in_background(
    state: StateFolder, catalog: str, schemas: Iterable[str] = (), rows: int = 0
) -> Future[SparkSession]:
    """`open_session` in a thread: Java boots while the caller goes on."""
    future: Future[SparkSession] = Future()

    def work() -> None:
        try:
            future.set_result(open_session(state, catalog, schemas, rows))
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            future.set_exception(error)

    launch_jvm_early(state, rows)
    # Here, not in the thread: PySpark's modules import each other in a circle, which two threads do not survive.
    importlib.import_module("pyspark.sql")
    threading.Thread(target=work, name="open-session", daemon=True).start()
    return future


def close_sessions() -> None:
    """Stop Spark in this process. Only tests and long-lived processes need it: Java ends with Python anyway."""
    with _lock:
        _sessions.clear()
        pyspark.stop_context()
        pyspark.forget_session()


def _context(state: StateFolder, rows: int) -> SparkContext:
    context = pyspark.running_context()
    if context is not None:
        if context.getConf().get("spark.demo_factory.state") is None:
            raise MachineTrouble(
                "Something else already started Spark in this process, with other settings.",
                "Call demo_factory from a process of its own, or stop that Spark first.",
            )
        return context
    # PySpark writes every failed statement as JSON to stderr, beside the exception that says the same.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    # Workers of pandas functions must run in this interpreter, whatever `python3` is on PATH.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    java = pyspark.gateway() or gateway_of(state, rows)
    return pyspark.new_context(_context_settings(state), java)


def _context_settings(state: StateFolder) -> dict[str, str]:
    scratch = _own_scratch(state)
    return {
        "spark.master": "local[*]",
        "spark.app.name": "demo_factory",
        "spark.demo_factory.state": str(state.root),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.hadoop.fs.permissions.umask-mode": f"{OTHERS:03o}",  # Hadoop sets modes by itself
        "spark.ui.showConsoleProgress": "false",
        # Delta asks the same questions of each table's log; with room for 100 classes they are compiled anew each time.
        "spark.sql.codegen.cache.maxEntries": "2000",
        "spark.sql.extensions": delta.EXTENSION,
        "spark.sql.catalog.spark_catalog": delta.CATALOG,
        "spark.sql.catalogImplementation": "in-memory",
    }


def _session_settings(rows: int) -> dict[str, str]:
    cores = os.cpu_count() or 2
    small = rows <= SMALL_ROWS
    return {
        "spark.sql.session.timeZone": "UTC",
        # `${...}` in a text is a text: Spark would look for a setting or variable of that name and leave nothing.
        "spark.sql.variable.substitute": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Re-planning between stages costs a small build more than it finds.
        "spark.sql.adaptive.enabled": "false" if small else "true",
        "spark.sql.shuffle.partitions": str(cores if small else cores * 4),
        # Delta reads its log in this many tasks (default 50), VACUUM lists in this many (default 10,000).
        "spark.databricks.delta.snapshotPartitions": "1" if small else "2",
        # Each commit would ask for all files once more, to note them where nobody looks.
        "spark.databricks.delta.allFilesInCrc.enabled": "false",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(cores),
        # A LIMIT would parse the statistics of every file to read fewer of them; here there are a handful.
        "spark.databricks.delta.stats.limitPushdown.enabled": "false" if small else "true",
        "spark.databricks.delta.optimize.maxThreads": str(cores),
        "spark.databricks.delta.optimize.repartition.enabled": "true",
    }


def private_session(state: StateFolder, catalog: str) -> SparkSession:
    """A session with an empty catalog of that name: what is entered there is seen there only."""
    with _lock:
        return _new_session(_context(state, 0), state, catalog, 0, state.own_scratch / "private")


def trial_session(home: Path, plan: DemoPlan) -> SparkSession:
    """A session with the plan's schema and nothing in it, in which statements can be read before anything is made."""
    state = StateFolder(home)
    session = private_session(state, plan.catalog)
    spark_catalog.create_schema(session, plan.schema, state.own_scratch / "analysis" / plan.schema)
    return session


def _new_session(
    context: SparkContext, state: StateFolder, catalog: str, rows: int, folder: Path | None = None
) -> SparkSession:
    folder = folder or state.catalog(catalog)
    options: dict[str, Any] = {
        **_session_settings(rows),
        f"spark.sql.catalog.{catalog}": delta.CATALOG,
        "spark.sql.warehouse.dir": str(folder),
    }
    session = pyspark.new_session(context, options)
    pyspark.make_current(session)
    delta.name_catalog(session, catalog)
    spark_catalog.create_schema(session, "default", folder / "default")
    return session


def _own_scratch(state: StateFolder) -> Path:
    """A scratch folder for this process; those of processes that were killed are removed."""
    state.scratch.mkdir(parents=True, exist_ok=True)
    for other in state.scratch.iterdir():
        if other.name.isdigit() and not is_alive(int(other.name)):
            shutil.rmtree(other, ignore_errors=True)
    state.own_scratch.mkdir(exist_ok=True)
    return state.own_scratch

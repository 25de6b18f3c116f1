"""Dagster's two ways to Databricks' compute, where each of them lets something through that a run must not see."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import IO, Any, Protocol

import dagster as dg
from dagster._core.errors import DagsterPipesExecutionError
from dagster_databricks import databricks_pyspark_step_launcher
from dagster_databricks.pipes import PipesDatabricksServerlessClient

__all__ = ["Client", "DagsterPipesExecutionError", "growing", "quietly", "step_launcher"]


class Client(PipesDatabricksServerlessClient):
    """Dagster's Pipes client, which cancels the run when it is interrupted but then forgets to say so."""

    interrupted = False
    run_id = 0

    def _poll_til_success(self, context: Any, run_id: int) -> None:
        self.run_id = run_id
        try:
            super()._poll_til_success(context, run_id)
        except dg.DagsterExecutionInterruptedError:
            self.interrupted = True
            raise

    def run(self, **arguments: Any) -> Any:
        """See Dagster's.

        Raises:
            DagsterExecutionInterruptedError: the step was interrupted; its run is cancelled.
        """
        done = super().run(**arguments)
        if self.interrupted:
            raise dg.DagsterExecutionInterruptedError
        return done


class StagedFiles(Protocol):
    """Where the step launcher's files lie: script, pickles, code and events."""

    def path(self, run_id: str, step: str, name: str) -> str:
        """Where a file of a step lies, for us and for the cluster."""

    def put(self, path: str, content: bytes) -> None:
        """Write a file."""

    def read(self, path: str) -> bytes:
        """A file's content; nothing of one that is not there yet."""


def step_launcher(config: Mapping[str, Any], files: StagedFiles) -> Any:
    """Dagster's step launcher, its configuration checked against its own schema.

    It knows DBFS alone, where every user of a workspace may write: what it would unpickle and run could be anybody's.

    Args:
        files: where its files lie instead.
    """
    with warnings.catch_warnings():
        # Pipes is for serverless; Spark assets stay as they are
        warnings.simplefilter("ignore", dg.SupersessionWarning)
        made = databricks_pyspark_step_launcher(dg.build_init_resource_context(config=dict(config)))
    made._dbfs_path = made._internal_dbfs_path = lambda run_id, step_key, name: files.path(
        run_id, made._sanitize_step_key(step_key), Path(name).name
    )
    client = made.databricks_runner.client
    client.put_file = _putting(files)
    client.read_file = files.read
    made.get_step_events = growing(made.get_step_events)
    made.log_compute_logs = quietly(made.log_compute_logs)
    return made


def _putting(files: StagedFiles) -> Callable[..., None]:
    def put(file_obj: IO[bytes], path: str, overwrite: bool = False) -> None:
        assert overwrite, path
        files.put(path, file_obj.read())

    return put


def quietly(log: Callable[..., None]) -> Callable[..., None]:
    """The step launcher's noting of what a step printed: in Dagster's log, and not among our own lines too."""

    def note(*step: Any) -> None:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            log(*step)

    return note


def growing(read: Callable[..., Sequence[Any]]) -> Callable[..., Sequence[Any]]:
    """The step launcher's reading of a step's events, which never become fewer.

    The step writes its whole file of events anew each time. Read at that moment it is empty, and the launcher would
    take all events that come after for new ones: each materialization and check would stand there twice.
    """
    seen: dict[Any, Sequence[Any]] = {}

    def get(*step: Any) -> Sequence[Any]:
        seen[step] = max(read(*step), seen.get(step, ()), key=len)
        return seen[step]

    return get

"""The executor of runs on this machine: what waits for nothing is made side by side, each step in a thread.

Dagster's own executors run one step after the other, or each in a process of its own, which here would be a Spark of
its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import dagster as dg

from demo_factory.compat import pyspark
from demo_factory.compat.dagster_executor import ThreadsExecutor
from demo_factory.operations.running import running, working_for

Result = TypeVar("Result")
_MOST = 8  # more plans at a time than this and Spark's driver is in its own way


def threads_for(cores: int) -> int:
    """One more than there are cores: a step also waits, for Dagster's files and for its own Python."""
    return min(_MOST, cores + 1)


class _Run:
    """See `compat.dagster_executor.Run`."""

    def __init__(self) -> None:
        self._run = running()

    def working(self) -> AbstractContextManager[None]:
        return working_for(self._run)

    def stop(self) -> None:
        self._run.stopped.set()

    def hurry(self) -> None:
        pyspark.stop_context()


@dg.executor(
    name="threads",
    requirements=[],
    config_schema={"threads": dg.Field(int, is_required=False, description="steps at a time; 1: one after the other")},
)
def threads_executor(context: dg.InitExecutorContext) -> ThreadsExecutor:
    """The executor of all runs on this machine."""
    threads = context.executor_config.get("threads") or threads_for(os.cpu_count() or 1)
    return ThreadsExecutor(int(threads), _Run)  # type: ignore[call-overload]


def stoppable(work: Callable[[], Result]) -> Result:
    """Do a step's work; when the run is being interrupted, that is why it failed, and not the Spark that we stopped.

    Raises:
        DagsterExecutionInterruptedError: the run was interrupted meanwhile.
    """
    try:
        return work()
    except Exception as error:
        if running().stopped.is_set():
            raise dg.DagsterExecutionInterruptedError from error
        raise

"""A Dagster executor that makes what waits for nothing side by side, each step in a thread of this process.

Dagster's own executors run one step after the other, or each in a process of its own, which here would be a Spark of
its own. What differs from `in_process_executor` is the loop over the steps; the rest of a run is Dagster's.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from queue import Empty, SimpleQueue
from typing import TypeVar

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError, raise_execution_interrupts
from dagster._core.events import DagsterEvent, EngineEventData
from dagster._core.execution.api import ExecuteRunWithPlanIterable
from dagster._core.execution.context.system import PlanExecutionContext, PlanOrchestrationContext, StepExecutionContext
from dagster._core.execution.context_creation_job import PlanExecutionContextManager
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.execute_plan import dagster_event_sequence_for_step
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.base import Executor

from demo_factory.operations.running import Running, running, working_for
from demo_factory.orchestration.run_order import in_order

Result = TypeVar("Result")
_Said = tuple[str, DagsterEvent | None]  # a step's event, or None when the step has ended
_MOST = 8  # more plans at a time than this and Spark's driver is in its own way
_A_WHILE = 0.5  # seconds


def threads_for(cores: int) -> int:
    """One more than there are cores: a step also waits, for Dagster's files and for its own Python."""
    return min(_MOST, cores + 1)


@dg.executor(
    name="threads",
    requirements=[],
    config_schema={"threads": dg.Field(int, is_required=False, description="steps at a time; 1: one after the other")},
)
def threads_executor(context: dg.InitExecutorContext) -> Executor:
    """The executor of all runs on this machine."""
    threads = context.executor_config.get("threads") or threads_for(os.cpu_count() or 1)
    return ThreadsExecutor(int(threads))  # type: ignore[call-overload]


def stoppable(work: Callable[[], Result]) -> Result:
    """Do a step's work; when the run is being interrupted, that is why it failed, and not the Spark that we stopped.

    Raises:
        DagsterExecutionInterruptedError: the run was interrupted meanwhile.
    """
    try:
        return work()
    except Exception as error:
        if running().stopped.is_set():
            raise DagsterExecutionInterruptedError from error
        raise


class ThreadsExecutor(Executor):
    """Runs up to `threads` steps at a time; see the module."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    @property
    def retries(self) -> RetryMode:
        """A step that asks for it is tried again."""
        return RetryMode.ENABLED

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the plan; every event goes to Dagster in the order in which it comes."""
        execution_plan = in_order(execution_plan)
        about = EngineEventData.in_process(os.getpid(), execution_plan.step_keys_to_execute)
        text = f"Executing up to {self._threads} steps at a time in process (pid: {os.getpid()})"
        yield DagsterEvent.engine_event(plan_context, text, event_specific_data=about)
        context_of_run = PlanExecutionContextManager(
            job=plan_context.job,
            retry_mode=plan_context.retry_mode,
            execution_plan=execution_plan,
            run_config=plan_context.run_config,
            dagster_run=plan_context.dagster_run,
            instance=plan_context.instance,
            raise_on_error=plan_context.raise_on_error,
            output_capture=plan_context.output_capture,
        )
        yield from iter(ExecuteRunWithPlanIterable(execution_plan, self._run, context_of_run))

    def _run(self, job_context: PlanExecutionContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        said: SimpleQueue[_Said] = SimpleQueue()
        run, going = running(), dict[str, Future[None]]()
        with (
            InstanceConcurrencyContext(job_context.instance, job_context.dagster_run) as slots,
            execution_plan.start(
                job_context.retry_mode, max_concurrent=self._threads, instance_concurrency_context=slots
            ) as active,
            ThreadPoolExecutor(self._threads, thread_name_prefix="step") as pool,
        ):
            try:
                while not active.is_complete:
                    for step in active.get_steps_to_execute():
                        context = job_context.for_step(step, active.get_known_state())
                        going[step.key] = pool.submit(_tell_events, run, context, said)
                    yield from active.concurrency_event_iterator(job_context)
                    yield from active.plan_events_iterator(job_context)  # what is skipped
                    if going:
                        yield from _hear(job_context, active, going, said)
                    else:
                        active.sleep_til_ready()
            except DagsterExecutionInterruptedError:
                run.stopped.set()
                active.mark_interrupted()
                with _ending_at_once():
                    while going:  # the steps' own ends belong into the run's history
                        _stop_spark()
                        yield from _hear(job_context, active, going, said, at_the_end=True)
                raise


def _tell_events(run: Running, context: StepExecutionContext, said: SimpleQueue[_Said]) -> None:
    try:
        with working_for(run):
            for event in dagster_event_sequence_for_step(context):
                said.put((context.step.key, event))
    finally:
        said.put((context.step.key, None))


def _hear(
    job_context: PlanExecutionContext,
    active: ActiveExecution,
    going: dict[str, Future[None]],
    said: SimpleQueue[_Said],
    at_the_end: bool = False,
) -> Iterator[DagsterEvent]:
    """The next event of any step, if one comes in a while; waiting for it is when a run can be interrupted.

    Not for ever: a signal that another thread was given is noticed when this one wakes up.

    Raises:
        DagsterExecutionInterruptedError: the run was interrupted; not at the end, when it is already.
    """
    try:
        with nullcontext() if at_the_end else raise_execution_interrupts():
            key, event = said.get(timeout=_A_WHILE)
    except Empty:
        return
    if event is not None:
        yield event
        active.handle_event(event)
        return
    done = going.pop(key)
    active.verify_complete(job_context, key)
    if not at_the_end:
        done.result()  # raises what was no failure of the step itself


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Whoever interrupts again does not want to wait: nothing is lost that the next build does not make."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(*_: object) -> None:
    os.write(2, b"Interrupted twice, so it ended at once. Run the command again to go on.\n")
    os._exit(130)


def _stop_spark() -> None:
    """Whoever waits for Spark hears at once that nothing will come; a step may be about to start it."""
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()

"""Dagster's loop over the steps of a run, with a thread for each: what differs from `in_process_executor` is the loop.

Dagster has no public way to write an executor whose steps share a process.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from queue import Empty, SimpleQueue
from typing import Protocol

from dagster import DagsterExecutionInterruptedError
from dagster._core.errors import raise_execution_interrupts
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

from demo_factory.compat.dagster_order import in_order

_Said = tuple[str, DagsterEvent | None]  # a step's event, or None when the step has ended
_A_WHILE = 0.5  # seconds


class Run(Protocol):
    """What whoever runs the steps keeps of one run."""

    def working(self) -> AbstractContextManager[None]:
        """This thread works for the run meanwhile."""

    def stop(self) -> None:
        """Somebody ends the run."""

    def hurry(self) -> None:
        """Steps are still at work: end what they wait for."""


class ThreadsExecutor(Executor):
    """Runs up to `threads` steps at a time; see the module."""

    def __init__(self, threads: int, begin: Callable[[], Run]) -> None:
        self._threads, self._begin = threads, begin

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
        run, going = self._begin(), dict[str, Future[None]]()
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
                run.stop()
                active.mark_interrupted()
                with _ending_at_once():
                    while going:  # the steps' own ends belong into the run's history
                        run.hurry()
                        yield from _hear(job_context, active, going, said, at_the_end=True)
                raise


def _tell_events(run: Run, context: StepExecutionContext, said: SimpleQueue[_Said]) -> None:
    try:
        with run.working():
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

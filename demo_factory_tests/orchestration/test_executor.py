"""The executor of runs here: side by side what can be, in order what must be, and an end when somebody ends it."""

import signal
import threading
import time

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run

from demo_factory.orchestration import executor
from demo_factory.orchestration.executor import stoppable, threads_executor, threads_for

pytestmark = pytest.mark.e2e
TOGETHER = 10.0  # seconds until a test gives up on two steps that do not meet


def run(assets, at_a_time=2):
    job = dg.Definitions(assets=assets, executor=threads_executor).resolve_implicit_global_asset_job_def()
    quiet = {"console": {"config": {"log_level": "CRITICAL"}}}
    config = {"execution": {"config": {"threads": at_a_time}}, "loggers": quiet}
    with dg.DagsterInstance.ephemeral() as instance:
        return execute_run(InMemoryJob(job), instance.create_run_for_job(job, run_config=config), instance)


def asset(name, work=lambda: None, deps=(), **options):
    @dg.asset(name=name, deps=list(deps), **options)
    def made():
        return work()

    return made


def succeeded(result):
    return {event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"}


def test_what_waits_for_nothing_runs_side_by_side():
    both = threading.Barrier(2, timeout=TOGETHER)
    result = run([asset("one", lambda: both.wait() and None), asset("two", lambda: both.wait() and None)])
    assert result.success


def test_what_needs_another_waits_and_no_more_run_at_a_time_than_asked():
    seen, now, most = [], [], []
    lock = threading.Lock()

    def work(name):
        with lock:
            now.append(name)
            most.append(len(now))
            seen.append(name)
        time.sleep(0.05)
        with lock:
            now.remove(name)

    first = [asset(name, lambda name=name: work(name)) for name in "abcd"]
    last = asset("last", lambda: work("last"), deps=list("abcd"))
    assert run([*first, last], at_a_time=2).success
    assert seen[-1] == "last"
    assert max(most) == 2
    seen.clear(), most.clear()
    assert run([*first, last], at_a_time=1).success
    assert max(most) == 1


def test_a_failure_stops_what_is_downstream_and_nothing_else():
    def fail():
        raise ValueError("no")

    result = run(
        [asset("bad", fail), asset("good"), asset("after_bad", deps=["bad"]), asset("after_good", deps=["good"])]
    )
    assert not result.success
    assert succeeded(result) == {"good", "after_good"}


def test_a_broken_blocking_check_stops_what_is_downstream():
    @dg.asset(check_specs=[dg.AssetCheckSpec("full", asset="made", blocking=True)])
    def made():
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False, check_name="full")])

    result = run([made, asset("after", deps=["made"]), asset("beside")])
    assert not result.success
    assert "beside" in succeeded(result)
    assert "after" not in succeeded(result)


def test_who_interrupts_a_run_ends_its_steps(monkeypatch):
    ended, stopped = threading.Event(), threading.Event()
    monkeypatch.setattr(
        executor.pyspark, "stop_context", stopped.set
    )  # other tests go on with the Spark of this process

    def long():
        def work():
            for _ in range(int(TOGETHER * 100)):
                time.sleep(0.01)
                if stopped.is_set():
                    ended.set()
                    raise RuntimeError("Spark was stopped")
            raise AssertionError("nobody interrupted")

        stoppable(work)

    def interrupt():
        time.sleep(0.3)
        signal.raise_signal(signal.SIGINT)

    result = run([asset("long", long), asset("who", interrupt), asset("after", deps=["long"])])
    assert ended.is_set()
    assert not result.success
    assert "after" not in succeeded(result)
    errors = [
        event.event_specific_data.error for event in result.all_events if event.event_type_value == "STEP_FAILURE"
    ]
    assert [error.cls_name for error in errors] == ["DagsterExecutionInterruptedError"]


def test_an_error_stays_what_it_is_while_nobody_interrupts():
    with pytest.raises(ValueError, match="mine"):
        stoppable(lambda: (_ for _ in ()).throw(ValueError("mine")))


@pytest.mark.parametrize(("cores", "steps"), [(1, 2), (2, 3), (4, 5), (64, 8)])
def test_a_machine_takes_one_step_more_than_it_has_cores(cores, steps):
    assert threads_for(cores) == steps

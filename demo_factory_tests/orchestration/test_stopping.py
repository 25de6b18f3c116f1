"""What was interrupted has no verdict: unfinished in the ledger, and no word of what broke when Spark was stopped."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.operations.materialize import Outcome, make
from demo_factory.operations.progress import Progress
from demo_factory.operations.running import Running, running, working_for
from demo_factory.operations.targets import open_local
from demo_factory.orchestration.execution import _told, materialize
from demo_factory.orchestration.run_events import Relay
from demo_factory.workspace.observe import as_known
from demo_factory.workspace.standing import standing
from demo_factory_tests.orchestration.test_run_events import event
from demo_factory_tests.workspace.local.laid import Laid

pytestmark = pytest.mark.e2e
STOPPED_SPARK = AttributeError("'NoneType' object has no attribute 'setCallSite'")


@pytest.fixture
def laid(tmp_path) -> Laid:
    return Laid(tmp_path)


def standing_after(laid: Laid, monkeypatch, error: BaseException, ending: bool) -> tuple[str, str]:
    """How orders stand after making them ended so, and why."""
    workspace = open_local(laid.settings())

    def session(plan: object) -> object:
        if ending:
            running().stopped.set()
        raise error

    monkeypatch.setattr(workspace, "session", session)
    with working_for(Running()), pytest.raises(type(error)):
        make(laid.plan, laid.step("orders"), workspace)
    objects = standing(laid.plan, workspace, as_known(laid.plan, workspace)).objects
    [found] = [one for one in objects if one.name == "orders"]
    return found.status, found.reason


@pytest.mark.parametrize("error", [STOPPED_SPARK, KeyboardInterrupt(), DagsterExecutionInterruptedError()])
def test_an_interrupted_table_is_unfinished(laid, monkeypatch, error):
    found = standing_after(laid, monkeypatch, error, ending=True)
    assert found == ("unfinished", "the last build of it did not finish")


def test_what_fails_by_itself_has_failed_and_says_so_in_a_line(laid, monkeypatch):
    assert standing_after(laid, monkeypatch, ValueError("no such column\nat line 5"), ending=False) == (
        "failed",
        "no such column",
    )


def test_what_the_machine_did_is_kept_in_plain_words(laid, monkeypatch):
    died = RuntimeError("An error occurred while trying to connect to the Java server (127.0.0.1:1)")
    status, reason = standing_after(laid, monkeypatch, died, ending=False)
    assert status == "failed"
    assert reason.startswith("Java stopped in the middle of the work")


def test_java_that_dies_while_what_was_made_is_shown_is_told_in_plain_words(laid):
    def died(plan: object) -> object:
        raise RuntimeError("An error occurred while trying to connect to the Java server (127.0.0.1:1)")

    step = laid.step("orders")
    target = SimpleNamespace(
        plan=lambda file: laid.plan,
        make=lambda plan, step: Outcome("orders", "table", "create", 1.0),
        workspace=SimpleNamespace(session=died),
    )
    told: list[Progress] = []
    with working_for(Running(told.append)), pytest.raises(MachineTrouble, match="Java stopped in the middle"):
        materialize(target, Path("shop.yaml"), step, None, pytest.fail)
    assert [(one.event, one.category) for one in told[1:]] == [("finished", "demo"), ("failed", "machine")]
    assert told[-1].message.startswith("Java stopped in the middle")


def test_a_step_that_was_stopped_is_told_as_stopped():
    told: list[Progress] = []

    def work() -> Any:
        running().stopped.set()
        raise STOPPED_SPARK

    with working_for(Running(told.append)), pytest.raises(DagsterExecutionInterruptedError):
        _told("orders", "table", work)
    assert [one.event for one in told] == ["started", "stopped"]


def test_a_step_elsewhere_that_was_stopped_is_told_as_stopped():
    told: list[Progress] = []
    step: Any = type("Step", (), {"name": "orders", "kind": "table", "plan": None})
    relay = Relay({"shop__churn": step}, told.append)
    error = type("Error", (), {"cls_name": "DagsterExecutionInterruptedError", "cause": None, "message": "x"})
    relay.hear(event(dg.DagsterEventType.STEP_FAILURE, step_failure_data=type("Data", (), {"error": error})))
    assert [one.event for one in told] == ["stopped"]

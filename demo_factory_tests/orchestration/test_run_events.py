"""What a step elsewhere reports is told here as if it had been done here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.cli.commands.build import _model_line
from demo_factory.operations.progress import Progress
from demo_factory.orchestration.run_events import Relay, _innermost
from demo_factory.workspace.apply import NotDone

pytestmark = pytest.mark.e2e
MADE = {
    "change": "run",
    "seconds": 2.5,
    "metric": "accuracy",
    "score/accuracy": 0.8125,
    "guess/accuracy": 0.5,
    "champion_version": 3,
}


def event(kind: dg.DagsterEventType, **said: Any) -> Any:
    return SimpleNamespace(step_key="shop__churn", dagster_event=SimpleNamespace(event_type=kind, **said))


def test_a_model_that_was_trained_elsewhere_is_told_with_its_figures() -> None:
    told: list[Progress] = []
    step: Any = SimpleNamespace(name="churn", kind="model", plan=None)
    relay = Relay({"shop__churn": step}, told.append)
    made = dg.AssetMaterialization(["shop", "churn"], metadata=MADE)
    relay.hear(event(dg.DagsterEventType.STEP_START))
    data = SimpleNamespace(materialization=made)
    relay.hear(event(dg.DagsterEventType.ASSET_MATERIALIZATION, step_materialization_data=data))
    relay.hear(event(dg.DagsterEventType.STEP_SUCCESS))
    assert [one.event for one in told] == ["started", "finished"]
    outcome = told[-1].outcome
    assert outcome is not None
    assert (outcome.change, outcome.seconds, outcome.rows) == ("run", 2.5, None)
    assert _model_line(outcome) == ("model          churn: accuracy 0.812 (a guess: 0.500), champion is version 3")


def _failing(error: Exception) -> tuple[str, str]:
    """What a step that fails so is said to have failed with, and whose trouble that is said to be."""

    @dg.op
    def notes() -> None:
        raise error

    @dg.job
    def job() -> None:
        notes()

    result = job.execute_in_process(raise_on_error=False)
    return _innermost(result.failure_data_for_node("notes").error)


def test_our_own_words_stand_before_those_of_what_caused_them() -> None:
    ours = DemoError("Could not create the group readers: a quota is used up (no more).", "Ask for a higher one.")
    ours.__cause__ = OSError("QUOTA_EXCEEDED: no more")
    assert _failing(ours) == (str(ours), "demo")
    several = NotDone("2 things did not work:\n- a\n- b")
    assert _failing(several) == (several.message, several.category)
    assert _failing(MachineTrouble("There is no Java.")) == ("There is no Java.", "machine")
    theirs = RuntimeError("around")
    theirs.__cause__ = OSError("the disk is full")
    assert _failing(theirs) == ("OSError: the disk is full", "demo")

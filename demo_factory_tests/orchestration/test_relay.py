"""What a step elsewhere reports is told here as if it had been done here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg

from demo_factory.cli.builds import _model_line
from demo_factory.orchestration.progress import Progress, listening
from demo_factory.orchestration.relay import Relay

MADE = {
    "change": "run",
    "seconds": 2.5,
    "metric": "accuracy",
    "metrics": {"accuracy": 0.8125},
    "baseline": {"accuracy": 0.5},
    "champion_version": 3,
}


def event(kind: dg.DagsterEventType, **said: Any) -> Any:
    return SimpleNamespace(step_key="shop__churn", dagster_event=SimpleNamespace(event_type=kind, **said))


def test_a_model_that_was_trained_elsewhere_is_told_with_its_figures() -> None:
    told: list[Progress] = []
    step: Any = SimpleNamespace(name="churn", kind="model", plan=None)
    relay = Relay({"shop__churn": step})
    made = dg.AssetMaterialization(["shop", "churn"], metadata=MADE)
    with listening(told.append):
        relay.hear(event(dg.DagsterEventType.STEP_START))
        data = SimpleNamespace(materialization=made)
        relay.hear(event(dg.DagsterEventType.ASSET_MATERIALIZATION, step_materialization_data=data))
        relay.hear(event(dg.DagsterEventType.STEP_SUCCESS))
    assert [one.event for one in told] == ["started", "finished"]
    outcome = told[-1].outcome
    assert outcome is not None
    assert (outcome.change, outcome.seconds, outcome.rows) == ("run", 2.5, None)
    assert _model_line(outcome) == ("model          churn: accuracy 0.812 (a guess: 0.500), champion is version 3")

"""What steps elsewhere report to Dagster, told to whoever listens to a build here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from demo_factory.blueprint.errors import Category, category_named
from demo_factory.operations.materialize import Outcome
from demo_factory.operations.progress import Listener, Progress
from demo_factory.operations.running import Running
from demo_factory.orchestration.execution import TYPES, promises_of
from demo_factory.orchestration.metadata import asset_key
from demo_factory.orchestration.shown import told_again
from demo_factory.quality.results import RuleResult
from demo_factory.resources.graph import Rule, Step

_STOPPED = (dg.DagsterExecutionInterruptedError.__name__, KeyboardInterrupt.__name__)


def relay_events(run: Running, instance: dg.DagsterInstance, run_id: str) -> None:
    """Tell who listens to a build of the Spark steps of its run, as if they ran here."""
    if run.plan is not None:
        steps = {asset_key(run.plan, name).to_python_identifier(): step for name, step in run.plan.steps.items()}
        instance.add_event_listener(run_id, Relay(steps, run.tell).hear)


@dataclass
class Relay:
    """Puts the events of each step together to what a step in this process would have told."""

    steps: Mapping[str, Step]  # by Dagster's name of the step
    tell: Listener
    _metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    _checks: dict[str, list[RuleResult]] = field(default_factory=dict)

    def hear(self, entry: dg.EventLogEntry) -> None:
        """One event of the run."""
        event, key = entry.dagster_event, entry.step_key or ""
        step = self.steps.get(key) or self._checked(key)
        if event is None or step is None or step.kind == "access":  # those are done and told here
            return
        name, kind = (step.check, "check") if key not in self.steps else (step.name, step.kind)
        match event.event_type:
            case dg.DagsterEventType.STEP_START:
                self.tell(Progress("started", name, kind))
            case dg.DagsterEventType.ASSET_MATERIALIZATION:
                made = event.step_materialization_data.materialization
                self._metadata[key] = {name: value.value for name, value in made.metadata.items()}
            case dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                self._checks.setdefault(key, []).append(_result(step, event.asset_check_evaluation_data))
            case dg.DagsterEventType.STEP_SUCCESS:
                self._tell_end(key, name, kind)
            case dg.DagsterEventType.STEP_FAILURE if self._broken(key):
                self._tell_end(key, name, kind)
            case dg.DagsterEventType.STEP_FAILURE if _was_stopped(event.step_failure_data.error):
                self.tell(Progress("stopped", name, kind, category="interrupted"))
            case dg.DagsterEventType.STEP_FAILURE:
                message, category = _innermost(event.step_failure_data.error)
                self.tell(Progress("failed", name, kind, message=message, category=category))

    def _checked(self, key: str) -> Step | None:
        return next((step for step in self.steps.values() if key == step.check), None)

    def _broken(self, key: str) -> bool:
        return any(result.rule.blocking and not result.passed for result in self._checks.get(key, ()))

    def _tell_end(self, key: str, name: str, kind: str) -> None:
        said = self._metadata.pop(key, {})
        results = tuple(self._checks.pop(key, ()))
        change, seconds, rows = said.get("change", "run"), said.get("seconds", 0.0), said.get("dagster/row_count")
        outcome = Outcome(name, kind, change, seconds, rows, results, told_again(said))
        self.tell(Progress("failed" if outcome.broken else "finished", name, kind, outcome))


def _result(step: Step, said: Any) -> RuleResult:
    metadata = {name: value.value for name, value in said.metadata.items()}
    examples = tuple(str(metadata["examples"]).split(", ")) if metadata.get("examples") else ()
    return RuleResult(
        _rule(step, said.check_name),
        said.passed,
        int(metadata.get("failing_rows", 0)),
        examples,
        str(metadata.get("observed", "")),
        step.name,
    )


def _rule(step: Step, name: str) -> Rule:
    """The rule of a check; that of all types stands for each of them."""
    return next(rule for rule in promises_of(step) if rule.name == name or (name == TYPES and rule.kind == "type"))


def _was_stopped(error: Any) -> bool:
    """Whether somebody ended the run: that is no verdict on the step."""
    return error is not None and error.cls_name in _STOPPED


def _innermost(error: Any) -> tuple[str, Category]:
    """Of what Dagster wraps an error in, the plain words (ours, else those at the bottom) and whose trouble it is."""
    while error is not None and error.cause is not None and not error.message.startswith("demo_factory."):
        error = error.cause
    if error is None:
        return "it failed", "demo"
    said = re.sub(r"^(\w+\.)+\w+: ", "", str(error.message).strip().split("DemoError: ", 1)[-1])
    return said, category_named(error.cls_name)

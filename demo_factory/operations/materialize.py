"""The work of one step, whoever asks for it: ledger first, then the object, then the judgement. No Dagster here."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, assert_never

from demo_factory.access.stages import goes_last
from demo_factory.blueprint.errors import DemoError
from demo_factory.moments import reached
from demo_factory.operations.maintenance import optimize_table
from demo_factory.operations.running import running
from demo_factory.plan.contracts import HAS_CHAMPION, beats_guess
from demo_factory.resources.diff import diff, rows_before
from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    TablePlan,
    ViewPlan,
)
from demo_factory.resources.guards import Guarded
from demo_factory.resources.resource import BrokenRule, Change
from demo_factory.workspace.apply import apply
from demo_factory.workspace.machine_errors import translate
from demo_factory.workspace.marks import mark
from demo_factory.workspace.observe import observe_step
from demo_factory.workspace.ports import Carrier, Workspace
from demo_factory.workspace.spark_errors import plain_words

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from demo_factory.learn.registry import Registry
    from demo_factory.quality.results import RuleResult


@dataclass(frozen=True)
class Outcome:
    """What one step did: `detail` holds plain figures for people, `plot` a PNG where there is one."""

    name: str
    kind: str
    change: str
    seconds: float
    rows: int | None = None
    results: tuple[RuleResult, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    plot: bytes | None = None

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The blocking rules that do not hold."""
        return tuple(result for result in self.results if not result.passed and result.rule.blocking)


def bring_in(carrier: Carrier) -> None:
    """Import what steps use, before several do so at a time: threads trip over modules that import each other."""
    import demo_factory.generate.carriers
    import demo_factory.generate.tables
    import demo_factory.quality.check
    import demo_factory.quality.cross_table

    demo_factory.generate.carriers.bring_in(carrier)


def make(
    plan: DemoPlan,
    step: Step,
    workspace: Workspace,
    handed: Sequence[Change] | None = None,
    expected: str | None = None,
) -> Outcome:
    """Make what one step is of on a target, and judge it.

    A table with days that are already there gets the missing days; everything else is made anew. A broken contract is
    no exception here: it stands in the outcome, and in the ledger as failed. New days that break one that blocks are
    taken back, so that the table is what it was and the next build starts from there. What was interrupted stays
    announced there, which is no verdict: whatever it fails with when Spark is stopped under it is not its own fault.

    Args:
        handed: the changes to do; None: those that a look at the target finds now.
        expected: of what kind the change was when somebody was shown it: another one is not done.

    Raises:
        DemoError: it cannot be made; the ledger says so.
    """
    started = time.monotonic()
    found = changes_of(plan, step, workspace) if handed is None else handed
    if isinstance(step.plan, AccessPlan):
        return _access(plan, step, workspace, found, started)  # needs no Spark
    [change] = found
    if expected is not None and _work(change.kind) != _work(expected):
        raise DemoError(
            f"{step.name} was to {expected}, and is to {change.kind} now ({change.reason}): nothing was done.",
            "Somebody else was at work there. Look again: demo-factory plan",
        )
    resource, records = change.resource, workspace.records
    if change.state is not None and not change.state.whole:
        workspace.drop(resource.kind, step.plan.full_name)  # nothing can be read of it, so nothing can be put onto it
    reached(f"{step.name} begun")
    records.announce(plan.demo, resource)
    reached(f"{step.name} announced")
    try:
        outcome = _make(plan, step, workspace, change, started)
        reached(f"{step.name} made")
    except Exception as error:
        if not running().stopped.is_set():
            records.failed(plan.demo, resource, plain_words(translate(error) or error), _since(started))
        raise
    broken = _broken(outcome)
    if outcome.detail.get("taken_back_to") is not None:
        # not a verdict on what stands there, which a later one could lift: these days are to be made again
        records.failed(plan.demo, resource, _said(outcome.broken), outcome.seconds)
    elif outcome.broken:
        records.judged(plan.demo, resource.id, [result.rule.name for result in outcome.results], broken)
    else:
        detail = {**outcome.detail, "warned": {one.rule: one.message for one in broken}}
        records.made(plan.demo, resource, detail, outcome.rows, outcome.seconds)
    return outcome


def changes_of(plan: DemoPlan, step: Step, workspace: Workspace) -> tuple[Change, ...]:
    """What is to be done now with the things of one step, asked for as it is: what is as it should be is made anew."""
    found = diff(plan.resources_of(step), observe_step(plan, step, workspace))
    if isinstance(step.plan, AccessPlan):
        return found
    return tuple(anew(change) if change.kind == "keep" else change for change in found)


def anew(change: Change) -> Change:
    """A change that somebody asked for, whatever differs."""
    return replace(change, kind="replace" if change.found is not None else "create", reason="asked for")


def _work(kind: str) -> str:
    """The work behind a kind of change: what is made anew is made as if it had never been there."""
    return "append" if kind == "append" else "describe" if kind == "describe" else "make"


def _broken(outcome: Outcome) -> list[BrokenRule]:
    """What the ledger keeps of the promises that do not hold."""
    wrong = [result for result in outcome.results if not result.passed]
    return [BrokenRule(result.rule.name, result.message, result.rule.blocking) for result in wrong]


def _said(results: Iterable[RuleResult]) -> str:
    return "; ".join(result.message for result in results)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _make(plan: DemoPlan, step: Step, workspace: Workspace, change: Change, started: float) -> Outcome:
    spark = workspace.session(plan)
    match step.plan:
        case TablePlan() as table:
            return _table(plan, step, table, workspace, spark, change, started)
        case ViewPlan() as view:
            workspace.create_view(spark, view)
            return Outcome(view.name, step.kind, "create", _since(started))
        case ModelPlan() as model:
            return _model(plan, model, workspace, spark, started)
        case PredictionsPlan() as predictions:
            return _predictions(plan, step, predictions, workspace, spark, started)
        case OptimizePlan() as optimize:
            detail = optimize_table(optimize, workspace, spark, workspace.guarded(plan, optimize.full_name))
            return Outcome(optimize.name, "optimize", "run", _since(started), None, (), detail)
        case AccessPlan():
            raise AssertionError(f"{step.name} is brought to what it should be thing by thing")
    assert_never(step.plan)


def _access(plan: DemoPlan, step: Step, workspace: Workspace, found: Sequence[Change], started: float) -> Outcome:
    """Bring the governed things of a step to what they should be; what already is stays untouched.

    Containers and principals that are no longer wanted go at the end of a build, when nothing needs them, and guards of
    a table that goes then with it.
    """
    mine = [one for one in found if not goes_last(plan, one)]
    apply(mine, workspace.governor, workspace.records, plan.demo)
    counts = Counter(change.kind for change in mine)
    said = {str(change.id): change.reason for change in mine if change.kind != "keep"}
    return Outcome(step.name, "access", "run", _since(started), None, (), {"actions": dict(counts), "changed": said})


def _table(
    plan: DemoPlan,
    step: Step,
    table: TablePlan,
    workspace: Workspace,
    spark: SparkSession,
    change: Change,
    started: float,
) -> Outcome:
    from demo_factory.generate.tables import append_days, redescribe, version_of, write_table
    from demo_factory.quality.check import check_table

    properties = mark(plan, step)
    detail: dict[str, Any] = {}
    former = None
    guarded = workspace.guarded(plan, table.full_name)
    if change.kind == "append":
        assert change.state is not None
        newest = change.state.newest
        assert newest is not None
        former = Former(version_of(spark, table.full_name), newest)
        with _told_of_cells(spark, table, workspace, rows_before(table, change)):
            detail["added_rows"] = append_days(spark, table, newest, properties, workspace.carrier, guarded)
        redescribe(spark, table, guarded)
    elif change.kind == "describe":
        redescribe(spark, table, guarded)
    else:
        with _told_of_cells(spark, table, workspace):
            write_table(spark, table, properties, workspace.carrier, guarded)
    reached(f"{table.name} {change.kind} written")
    results = check_table(spark, table, plan.as_of)
    outcome = Outcome(table.name, step.kind, change.kind, _since(started), table.rows, results, detail)
    if former is None:
        return outcome
    if outcome.broken:
        return _taken_back(spark, table, outcome, former, guarded)
    if any(rule.cross_table for rule in table.rules):  # they are judged later, and may still want to go back
        detail["former"] = former.as_detail(version_of(spark, table.full_name))
    return outcome


@contextmanager
def _told_of_cells(spark: SparkSession, table: TablePlan, workspace: Workspace, first: int = 0) -> Iterator[None]:
    """Say which column it is when Spark cannot make a value."""
    from demo_factory.operations.cell_errors import explain_cell

    try:
        yield
    except Exception as error:
        plain = explain_cell(error, spark, table, first, workspace.carrier)
        if plain is None:
            raise
        raise plain from error


@dataclass(frozen=True)
class Former:
    """A table before new days were added to it: its Delta version, and its newest day then."""

    version: int
    as_of: dt.date

    def as_detail(self, now: int) -> dict[str, object]:
        """What the ledger keeps of it, with the version that the new days made."""
        return {"version": self.version, "as_of": str(self.as_of), "now": now}


def _taken_back(
    spark: SparkSession, table: TablePlan, outcome: Outcome, former: Former, guarded: Guarded | None
) -> Outcome:
    """The outcome of an append that broke its contract, after the table is what it was before."""
    from demo_factory.generate.tables import take_back

    assert table.calendar is not None
    take_back(spark, table, former.as_of, former.version, guarded)
    said = f"the new days were taken back, {table.name} ends on {former.as_of} as before"
    results = tuple(
        replace(one, observed=f"{one.observed} ({said})") if one in outcome.broken else one for one in outcome.results
    )
    rows = table.calendar.rows_through(former.as_of)
    return replace(outcome, rows=rows, results=results, detail={"taken_back_to": former.version})


def registry_of(plan: DemoPlan, workspace: Workspace) -> Registry:
    """The demo's model registry on a target."""
    from demo_factory.learn.registry import Registry

    store = workspace.models(plan.demo)
    return Registry(store.tracking_uri, store.registry_uri, store.experiments + plan.demo, store.artifact_root)


def _model(plan: DemoPlan, model: ModelPlan, workspace: Workspace, spark: SparkSession, started: float) -> Outcome:
    from demo_factory.learn.train import train
    from demo_factory.quality.results import RuleResult

    tags = {"demo": plan.demo, "as_of": str(plan.as_of)}
    result = train(spark, model, registry_of(plan, workspace), tags, as_of=plan.as_of)
    detail = {
        "version": result.version,
        "champion_version": result.champion_version,
        "became_champion": result.became_champion,
        "reason": result.reason,
        "metric": model.spec.metric,
        "metrics": dict(result.metrics),
        "baseline": dict(result.baseline),
        "rows_train": result.rows_train,
        "rows_test": result.rows_test,
        "run_id": result.run_id,
        "card": result.card,
    }
    evidence = result.evidence
    judged = RuleResult(beats_guess(evidence.metric), evidence.holds, observed=str(evidence), table=model.name)
    return Outcome(model.name, "model", "run", _since(started), None, (judged,), detail, result.plot_png)


def _predictions(
    plan: DemoPlan, step: Step, predictions: PredictionsPlan, workspace: Workspace, spark: SparkSession, started: float
) -> Outcome:
    from demo_factory.generate.tables import write_frame
    from demo_factory.learn.predict import write_predictions
    from demo_factory.quality.check import check_table
    from demo_factory.quality.results import RuleResult

    model = plan.steps[predictions.model].plan
    assert isinstance(model, ModelPlan)
    properties = mark(plan, step)
    guarded = workspace.guarded(plan, predictions.full_name)
    none: list[str] = []
    rows = write_predictions(
        spark, predictions, model, registry_of(plan, workspace),
        lambda frame, name: write_frame(frame, name, predictions.comment, properties, guarded), as_of=plan.as_of,
        on_none=none.append,
    )  # fmt: skip
    reached(f"{predictions.name} written")
    judged = TablePlan(predictions.name, predictions.full_name, (), (), rows, predictions.rules)
    said = none[0] if none else "it has one"
    has = RuleResult(HAS_CHAMPION, not none, observed=said, table=predictions.name)
    results = (*check_table(spark, judged, plan.as_of), has)
    return Outcome(predictions.name, "predictions", "run", _since(started), rows, results)


def _before_the_append(plan: DemoPlan, step: Step, workspace: Workspace) -> Former | None:
    """What a table was before its new days, when nothing has been written to it since; None when there is no such."""
    from demo_factory.generate.tables import version_of

    [table] = plan.resources_of(step)
    state = next((one for one in workspace.records.states(plan.demo) if one.id == table.id), None)
    kept = state.detail.get("former") if state is not None and state.made else None
    if not kept or version_of(workspace.session(plan), step.plan.full_name) != kept["now"]:
        return None
    return Former(int(kept["version"]), dt.date.fromisoformat(kept["as_of"]))


def keep_verdict_across(plan: DemoPlan, step: Step, workspace: Workspace, wanted: Container[str]) -> Outcome:
    """Judge the rules of a table that need another table too; a broken blocking one fails the table in the ledger.

    Args:
        wanted: the names of the rules to judge.
    """
    from demo_factory.quality.cross_table import check_across

    started = time.monotonic()
    assert isinstance(step.plan, TablePlan)
    [table] = plan.resources_of(step)
    rules = [rule for rule in step.plan.rules if rule.cross_table and rule.name in wanted]
    results = check_across(workspace.session(plan), step.plan, rules)
    outcome = Outcome(step.check, "check", "run", _since(started), None, results)
    former = _before_the_append(plan, step, workspace) if outcome.broken else None
    if former is not None:
        guarded = workspace.guarded(plan, step.plan.full_name)
        outcome = replace(_taken_back(workspace.session(plan), step.plan, outcome, former, guarded), rows=None)
        workspace.records.failed(plan.demo, table, _said(outcome.broken), outcome.seconds)
    else:
        workspace.records.judged(plan.demo, table.id, [rule.name for rule in rules], _broken(outcome))
    return outcome

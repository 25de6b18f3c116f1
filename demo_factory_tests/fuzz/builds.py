"""What passes builds: every table, view, model and prediction of a plan is really made, at the smallest scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo_factory.blueprint.errors import BlueprintError, DemoError
from demo_factory.blueprint.model import SMALLEST_SCALE
from demo_factory.operations.analysis import refuse_problems
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.materialize import make
from demo_factory.operations.targets import open_local
from demo_factory.resources.graph import DemoPlan, Step
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory.workspace.open import trial_session
from demo_factory_tests.fuzz.laws import settings_of, validated

SCALES = (SMALLEST_SCALE, 0.01, 0.1)
MADE = ("table", "view", "model", "predictions")
# Only the rows can tell these: an author's division or cast meets a value that it was not made for.
OF_VALUES = frozenset((
    "DIVIDE_BY_ZERO", "REMAINDER_BY_ZERO", "CAST_INVALID_INPUT", "ARITHMETIC_OVERFLOW", "BINARY_ARITHMETIC_OVERFLOW",
    "CAST_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "INVALID_ARRAY_INDEX", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
    "CANNOT_PARSE_TIMESTAMP", "DATETIME_OVERFLOW", "DATETIME_FIELD_OUT_OF_BOUNDS", "USER_RAISED_EXCEPTION",
    "NULL_MAP_KEY", "DUPLICATED_MAP_KEY", "MALFORMED_RECORD_IN_PARSING",
))  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """A step that was not made: `of_values` when only the rows could tell."""

    step: str
    said: str
    of_values: bool = False


@dataclass(frozen=True)
class Built:
    """How a build ended: refused by Spark's reading before anything was written, or made but for these troubles."""

    refused: BlueprintError | None = None
    troubles: tuple[Trouble, ...] = ()


def smallest(file: Path) -> float | None:
    """The smallest scale at which a demo can be planned: with one parent its children may come too early."""
    text = file.read_text(encoding="utf-8")
    return next((scale for scale in SCALES if validated(text, file.parent, scale).plan is not None), None)


def built(file: Path, scale: float) -> Built:
    """Build what a file plans as `demo-factory build` does, but without OPTIMIZE and grants: see what was not made.

    A contract that does not hold is no trouble here: a tenth of a percent of the rows is below most row bands, and no
    chance of a check is kept by eight rows. Whether contracts hold at scale 1 is told by the tests of shipped demos.
    """
    settings = settings_of(file.parent)
    plan = plan_demo(file, settings, scale=scale)
    workspace = open_local(settings)
    try:
        refuse_problems(file, plan, trial_session(settings.home, plan))
    except BlueprintError as error:
        return Built(refused=error)
    with workspace.writing("fuzz", demos=[plan.demo]):
        workspace.records.freeze(plan)
        return Built(troubles=tuple(_made(plan, workspace)))


def _made(plan: DemoPlan, workspace: LocalWorkspace) -> Iterator[Trouble]:
    missing: set[str] = set()
    for step in plan.steps.values():
        if step.kind not in MADE:
            continue
        if missing.intersection(step.needs):
            missing.add(step.name)
            continue
        trouble = _trouble(plan, step, workspace)
        if trouble is not None:
            missing.add(step.name)
            yield trouble


def _trouble(plan: DemoPlan, step: Step, workspace: LocalWorkspace) -> Trouble | None:
    from pyspark.errors import PySparkException

    try:
        make(plan, step, workspace)
        if step.kind == "view":
            workspace.session(plan).table(step.plan.full_name.quoted).write.format("noop").mode("overwrite").save()
    except DemoError as error:
        few = step.kind in ("model", "predictions")  # a handful of examples teaches nothing, which it says
        told = re.search(rf"Spark cannot make a value: .*\(({'|'.join(OF_VALUES)})\b", str(error)) is not None
        return Trouble(step.name, str(error), of_values=few or told)
    except PySparkException as error:
        return Trouble(step.name, str(error)[:600], (error.getCondition() or "").split(".")[0] in OF_VALUES)
    except Exception as error:  # noqa: BLE001 - told as a trouble
        return Trouble(step.name, f"{type(error).__name__}: {str(error)[:600]}")
    return None

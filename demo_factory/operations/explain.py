"""The object or column that somebody asks about: in which demo it is, and where it comes from. Only plans are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import BlueprintError, WrongUsage
from demo_factory.blueprint.load import load
from demo_factory.blueprint.suggestions import no_such
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import find_demos
from demo_factory.plan.explain import ColumnExplained, explain_column, find_step
from demo_factory.resources.graph import TablePlan
from demo_factory.resources.lineage import UNREAD, Lineage

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan, Step


@dataclass(frozen=True)
class Explained:
    """An object of a demo, or one column of it; `formula` is of a generated table's column."""

    plan: DemoPlan
    step: Step
    lineage: Lineage
    column: str = ""
    formula: ColumnExplained | None = None


def explain(what: str, settings: Settings, demo: str | None = None, shorten: bool = True) -> Explained:
    """What TABLE or TABLE.COLUMN is.

    Args:
        demo: whose; default the only one that has it.
        shorten: leave out the middle of long constants in SQL, and name functions that are written out.

    Raises:
        WrongUsage: nothing is called so, or several demos have it; gives the nearest name.
    """
    name, _, column = what.partition(".")
    if not name or column.count("."):
        raise WrongUsage(f"{what!r} is not TABLE or TABLE.COLUMN.", "Write for example: explain transactions.amount")
    plan = plan_demo(find_demo(settings, demo) if demo is not None else _file(name, settings), settings)
    step, lineage = find_step(plan, name), Lineage(plan)
    if not column:
        return Explained(plan, step, lineage)
    if isinstance(step.plan, TablePlan):
        return Explained(plan, step, lineage, column, explain_column(plan, step.plan, column, shorten))
    if column not in lineage.columns(step.name) and UNREAD not in lineage.columns(step.name):
        none = f"It is no table, it has no columns. Ask for it as a whole: demo-factory explain {step.name}"
        raise no_such(f"{step.name} has no column {column!r}.", column, lineage.columns(step.name), none)
    return Explained(plan, step, lineage, column)


def _file(name: str, settings: Settings) -> Path:
    """The blueprint that has an object of this name."""
    having, known = {}, set()
    for one, file in find_demos(settings).items():
        try:
            blueprint = load(file)
        except BlueprintError:
            continue
        names = {*blueprint.tables, *blueprint.views, *blueprint.models, *(f"optimize_{t}" for t in blueprint.optimize)}
        names |= {model.predictions.table for model in blueprint.models.values()}
        known |= names
        if name in names:
            having[one] = file
    if not having:
        none = "No blueprint here can be read: demo-factory validate says why."
        raise no_such(f"No demo has a table, view or model {name!r}.", name, sorted(known), none)
    if len(having) > 1:
        raise WrongUsage(f"{name} is in several demos: {', '.join(having)}.", "Say which with --demo NAME.")
    return next(iter(having.values()))

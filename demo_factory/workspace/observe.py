"""What stands on a target of a demo's governed things, held against its plan. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from demo_factory.plan.governed import by_step, of_step
from demo_factory.plan.items import Action, actions
from demo_factory.plan.steps import AccessPlan, DemoPlan, Step
from demo_factory.workspace.protocols import Workspace


def observe(plan: DemoPlan, workspace: Workspace) -> Mapping[str, Sequence[Action]]:
    """What an apply would do to the governed things of each access step, those to drop among them."""
    items = [item for step in plan.of_kind("access") if isinstance(step.plan, AccessPlan) for item in step.plan.items]
    known = workspace.records.items(plan.demo)
    if not items and not known:
        return {}
    return by_step(actions(items, workspace.governor.find(items), known))


def observe_step(plan: DemoPlan, step: Step, workspace: Workspace) -> tuple[Action, ...]:
    """The same for one step."""
    assert isinstance(step.plan, AccessPlan)
    known = of_step(step, workspace.records.items(plan.demo))
    return actions(step.plan.items, workspace.governor.find(step.plan.items), known)

"""What stands on a target of a demo's governed things, held against its plan. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from demo_factory.access.stages import by_step, of_step
from demo_factory.access.unmanaged import going, in_words, items_of, objects_of, without_lists
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.governed import Action, Made, Ref, Value, unwanted
from demo_factory.resources.graph import AccessPlan, DemoPlan, Step
from demo_factory.workspace.apply import as_items, plan_items
from demo_factory.workspace.protocols import Workspace


def observe(plan: DemoPlan, workspace: Workspace) -> Mapping[str, Sequence[Action]]:
    """What an apply would do to the governed things of each access step, those to drop among them."""
    items = items_of(plan)
    known = workspace.records.items(plan.demo)
    if not items and not known:
        return {}
    return by_step(plan_items(items, workspace.governor, known))


def by_hand(plan: DemoPlan, workspace: Workspace) -> Mapping[Ref, Value]:
    """What people put on or into things of the demo: not ours, left alone, and gone only with the thing itself."""
    items = [*items_of(plan), *as_items(gone(plan, workspace))]
    return workspace.governor.by_hand(items, objects_of(plan)) if items else {}


def lost(made: Sequence[Made], workspace: Workspace) -> tuple[str, ...]:
    """Members that people added to groups of ours, when these are removed, in words."""
    groups = without_lists(made)
    return going(made, workspace.governor.by_hand(groups, ())) if groups else ()


def notes(plan: DemoPlan, workspace: Workspace) -> tuple[str, ...]:
    """A line for everything that people put on or into things of the demo, and for what goes with a group."""
    try:
        return (*in_words(by_hand(plan, workspace)), *lost(gone(plan, workspace), workspace))
    except DemoError as error:  # only owners may read all grants; what a build does is known all the same
        return (f"what people added by hand is not known: {error.message}",)


def gone(plan: DemoPlan, workspace: Workspace) -> list[Made]:
    """What we made of a demo's governed things and no longer want."""
    return unwanted(items_of(plan), workspace.records.items(plan.demo))


def observe_step(plan: DemoPlan, step: Step, workspace: Workspace) -> tuple[Action, ...]:
    """The same for one step."""
    assert isinstance(step.plan, AccessPlan)
    known = of_step(step, workspace.records.items(plan.demo))
    return plan_items(step.plan.items, workspace.governor, known)

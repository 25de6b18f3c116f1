"""How everything of a demo stands on a target, held against its plan. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from demo_factory.access.unmanaged import going, in_words, objects_of, without_lists
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import AccessPlan, DemoPlan, Step
from demo_factory.resources.resource import DATA, Resource, ResourceId, State, Value
from demo_factory.workspace.apply import to_look_for
from demo_factory.workspace.marks import LOST, MARKED
from demo_factory.workspace.ports import Workspace


def observe(plan: DemoPlan, workspace: Workspace) -> Mapping[ResourceId, State]:
    """The state of everything that a plan wants or the ledger has, oldest first.

    Raises:
        DemoError: what is governed cannot be read, as by somebody who may not.
    """
    return look_at(governed(plan), dict(workspace.records.look(plan.demo)), workspace)


def as_known(plan: DemoPlan, workspace: Workspace) -> Mapping[ResourceId, State]:
    """The same without a look at governed things: those that the ledger has are taken to be as it says."""
    states = workspace.records.look(plan.demo)
    return {id: one if id.kind in DATA else replace(one, found=one.desired) for id, one in states.items()}


def observe_step(plan: DemoPlan, step: Step, workspace: Workspace) -> Mapping[ResourceId, State]:
    """The state of one step's things, and of those of their kinds that nobody wants any longer."""
    wanted = plan.resources_of(step)
    if not isinstance(step.plan, AccessPlan):
        [one] = wanted
        return {id: state for id, state in workspace.records.look(plan.demo, one.id).items() if id == one.id}
    states = {one.id: one for one in workspace.records.states(plan.demo) if one.kind in step.plan.kinds}
    return look_at(wanted, states, workspace)


def look_at(
    wanted: Sequence[Resource], states: dict[ResourceId, State], workspace: Workspace
) -> Mapping[ResourceId, State]:
    """What the ledger says of governed things, with what stands there of those that are wanted and of what it has."""
    ids = {one.id for one in wanted}
    others = [one for one in states.values() if one.kind not in DATA and one.id not in ids]
    looked_for = [*wanted, *to_look_for(others)]
    for id, found in (workspace.governor.find(looked_for) if looked_for else {}).items():
        if found is not None or id in states:
            states[id] = replace(states.get(id) or _unknown(id, found or {}), found=_without_mark(found))
    return states


def _unknown(id: ResourceId, found: Value) -> State:
    """What the ledger does not know: somebody else's, or one of ours that it has lost, as if just begun."""
    return State(*id, status="announced", detail={"lost": LOST}) if MARKED in found else State(*id)


def _without_mark(found: Value | None) -> Value | None:
    return None if found is None else {field: value for field, value in found.items() if field != MARKED}


def governed(plan: DemoPlan) -> list[Resource]:
    """Every governed thing of a plan."""
    return [one for one in plan.resources if one.kind not in DATA]


def gone(plan: DemoPlan, workspace: Workspace) -> list[State]:
    """What we made of a demo's governed things and no longer want, oldest first."""
    wanted = {one.id for one in plan.resources}
    return [one for one in workspace.records.states(plan.demo) if one.kind not in DATA and one.id not in wanted]


def by_hand(plan: DemoPlan, workspace: Workspace) -> Mapping[ResourceId, Value]:
    """What people put on or into things of the demo: not ours, left alone, and gone only with the thing itself."""
    resources = [*governed(plan), *to_look_for(gone(plan, workspace))]
    return workspace.governor.by_hand(resources, objects_of(plan)) if resources else {}


def lost(made: Sequence[State], workspace: Workspace) -> tuple[str, ...]:
    """Members that people added to groups of ours, when these are removed, in words."""
    groups = without_lists(made)
    return going(made, workspace.governor.by_hand(groups, ())) if groups else ()


def notes(plan: DemoPlan, workspace: Workspace) -> tuple[str, ...]:
    """A line for everything that people put on or into things of the demo, and for what goes with a group."""
    try:
        return (*in_words(by_hand(plan, workspace)), *lost(gone(plan, workspace), workspace))
    except DemoError as error:  # only owners may read all grants; what a build does is known all the same
        return (f"what people added by hand is not known: {error.message}",)

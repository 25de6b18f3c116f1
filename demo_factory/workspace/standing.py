"""How each object of a demo stands on a target, by its ledger and a look at what lies there. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo_factory.access.stages import STEP_OF, overview
from demo_factory.plan.health import Health, Seen, State, health_of, worst
from demo_factory.resources import resource
from demo_factory.resources.diff import REASONS, changes
from demo_factory.resources.graph import DemoPlan, TablePlan
from demo_factory.resources.resource import Change, ResourceId

if TYPE_CHECKING:
    from demo_factory.workspace.ledger import Holding
    from demo_factory.workspace.ports import Workspace

_GONE = REASONS["drop"]
_WORST_FIRST = ("failed", "announced", "made")


@dataclass(frozen=True)
class ObjectStatus:
    """One object: `newest_day` has its data surely reached, `warnings` are broken promises that only warn."""

    name: str
    kind: str
    status: State
    rows: int | None = None
    newest_day: str | None = None
    built: str | None = None
    seconds: float | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """A demo's objects, who writes it right now, and what a build would change."""

    objects: tuple[ObjectStatus, ...]
    holder: Holding | None = None
    to_build: tuple[str, ...] = ()

    @property
    def health(self) -> State:
        """The answer for the demo as a whole."""
        return worst(one.status for one in self.objects)

    @property
    def counts(self) -> Counter[str]:
        """How many objects stand how."""
        return Counter(one.status for one in self.objects)


def standing(plan: DemoPlan, workspace: Workspace, states: Mapping[ResourceId, resource.State]) -> Standing:
    """How a demo stands on the plan's day.

    Args:
        states: what `observe` found, where governed things that somebody changed by hand make their step stale; or
            `as_known` when nobody looks at those.
    """
    holder = holder_of(plan.demo, workspace)
    found = changes(plan, states)
    if holder is not None:
        # a run that goes on has a volume of its own there, and takes away itself what is to go
        found = tuple(one for one in found if one.kind != "drop" or one.id.kind not in STEP_OF)
    told = overview(plan, found)
    objects = standing_of(plan, states, told, holder is not None)
    return Standing(objects, holder, tuple(one.name for one in told if one.kind != "keep"))


def holder_of(demo: str, workspace: Workspace) -> Holding | None:
    """Who writes a demo right now; None when nobody does, whoever else is at work on the target.

    A holder that names no demo may be writing any.
    """
    holder = workspace.holder()
    return holder if holder is not None and (demo in holder.demos or not holder.demos) else None


def standing_of(
    plan: DemoPlan, states: Mapping[ResourceId, resource.State], told: Sequence[Change], running: bool = False
) -> tuple[ObjectStatus, ...]:
    """Every object of the plan, then what was made once and is no longer named.

    Args:
        told: what a build would do, a line a step.
    """
    found = []
    for change in told:
        if change.kind == "drop":
            state = change.state
            assert state is not None  # what nobody knows is not dropped
            day = state.desired.get("as_of")
            found.append(_status(change.name, change.id.kind, state, Health("not in the blueprint", _GONE), day))
            continue
        step = plan.steps[change.name]
        known = [states[one.id] for one in plan.resources_of(step) if one.id in states]
        mine = _together(step.kind, [one for one in known if one.status != "unknown"])
        promise = step.plan.fresh_within if isinstance(step.plan, TablePlan) else None
        health = health_of(None if mine is None else _seen(mine, running), change, plan.as_of, promise)
        day = None if mine is None or mine.newest is None else str(mine.newest)
        found.append(_status(change.name, step.kind, mine, health, day))
    return tuple(found)


def without_blueprint(demo: str, workspace: Workspace) -> Standing:
    """What the ledger alone says of a demo whose blueprint cannot be found or read."""
    holder = holder_of(demo, workspace)
    steps: dict[tuple[str, resource.Kind], list[resource.State]] = {}
    for one in workspace.records.states(demo):
        stage = STEP_OF.get(one.kind)
        steps.setdefault((stage, "access") if stage else (one.name, one.kind), []).append(one)
    found = []
    for (name, kind), states in steps.items():
        state = _together(kind, states)
        assert state is not None
        health = health_of(replace(_seen(state, holder is not None), there=True), None, dt.date.min)
        found.append(_status(name, kind, state, health, state.desired.get("as_of") if state.made else None))
    return Standing(tuple(found), holder)


def _together(kind: resource.Kind, states: Sequence[resource.State]) -> resource.State | None:
    """The state of what is shown as one: of governed things the worst, at the time of the newest."""
    if kind != "access" or not states:
        return states[0] if states else None
    worst_of = min(states, key=lambda one: _WORST_FIRST.index(one.status))
    return replace(worst_of, found={}, updated=max(one.updated for one in states))


def _seen(state: resource.State, running: bool) -> Seen:
    """What ledger and target say of one object."""
    assert state.status != "unknown"  # of those there is nothing to say
    reason = str(state.detail.get("reason", ""))
    return Seen(state.status, state.found is not None, state.newest, reason, state.trouble, running)


def _status(
    name: str, kind: str, state: resource.State | None, health: Health, newest: str | None = None
) -> ObjectStatus:
    if state is None:
        return ObjectStatus(name, kind, health.state, reason=health.reason)
    warned = tuple(map(str, state.detail.get("warned", {}).values()))
    reason = health.reason or "; ".join(f"warning: {one}" for one in warned)
    return ObjectStatus(
        name, kind, health.state, state.rows, newest, state.updated or None, state.seconds, reason, warned
    )

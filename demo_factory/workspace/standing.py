"""How each object of a demo stands on a target, by its ledger and a look at what lies there. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo_factory.plan.health import Health, Seen, State, health_of, worst
from demo_factory.resources.diff import REASONS, changes, known_as
from demo_factory.resources.graph import TablePlan

if TYPE_CHECKING:
    from demo_factory.resources.diff import Known
    from demo_factory.resources.governed import Action
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ledger import Entry, Holding
    from demo_factory.workspace.protocols import Workspace

_GONE = REASONS["drop"]


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


def standing(plan: DemoPlan, workspace: Workspace, governed: Mapping[str, Sequence[Action]] | None = None) -> Standing:
    """How a demo stands on the plan's day.

    Args:
        governed: what `observe` found: governed things that somebody changed by hand make their step stale.
    """
    holder = holder_of(plan.demo, workspace)
    if holder is not None and governed:
        # a run that goes on has a volume of its own there, and takes away itself what is to go
        governed = {step: [one for one in found if one.kind != "drop"] for step, found in governed.items()}
    known, entries = workspace.records.known(plan), workspace.records.entries(plan.demo)
    found = changes(plan, known, governed)
    return Standing(
        standing_of(plan, known, entries, governed, holder is not None),
        holder,
        tuple(one.name for one in found if one.kind != "keep"),
    )


def holder_of(demo: str, workspace: Workspace) -> Holding | None:
    """Who writes a demo right now; None when nobody does, whoever else is at work on the target.

    A holder that names no demo may be writing any.
    """
    holder = workspace.holder()
    return holder if holder is not None and (demo in holder.demos or not holder.demos) else None


def standing_of(
    plan: DemoPlan,
    known: Mapping[str, Known],
    entries: Sequence[Entry],
    governed: Mapping[str, Sequence[Action]] | None = None,
    running: bool = False,
) -> tuple[ObjectStatus, ...]:
    """Every object of the plan, then what was made once and is no longer named."""
    differing = {change.name: change for change in changes(plan, known, governed)}
    by_step = {
        known_as(plan, entry.kind, str(entry.detail.get("step", entry.name)), entry.name): entry for entry in entries
    }
    found = []
    for name, step in plan.steps.items():
        entry, there = by_step.pop(name, None), known.get(name)
        promise = step.plan.fresh_within if isinstance(step.plan, TablePlan) else None
        seen = None if entry is None else seen_of(entry, there, running)
        health = health_of(seen, differing[name], plan.as_of, promise)
        if entry is None:
            found.append(ObjectStatus(name, step.kind, health.state, reason=health.reason))
        else:
            found.append(_status(name, entry, health, there.as_of if there else None))
    gone = Health("not in the blueprint", _GONE)
    found += [_status(name, entry, gone, _day(entry.as_of)) for name, entry in by_step.items()]
    return tuple(found)


def without_blueprint(demo: str, workspace: Workspace) -> Standing:
    """What the ledger alone says of a demo whose blueprint cannot be found or read."""
    holder = holder_of(demo, workspace)
    running, found = holder is not None, []
    for entry in workspace.records.entries(demo):
        newest = _day(entry.as_of) if entry.state == "made" else None
        health = health_of(replace(seen_of(entry, None, running), there=True), None, dt.date.min)
        found.append(_status(str(entry.detail.get("step", entry.name)), entry, health, newest))
    return Standing(tuple(found), holder)


def seen_of(entry: Entry, known: Known | None, running: bool) -> Seen:
    """What ledger and target say of one object."""
    assert entry.state != "dropped"  # those are nobody's entries any longer
    newest, trouble = (known.as_of, known.trouble) if known else (None, str(entry.detail.get("trouble", "")))
    return Seen(entry.state, known is not None, newest, str(entry.detail.get("reason", "")), trouble, running)


def _status(name: str, entry: Entry, health: Health, newest: dt.date | None) -> ObjectStatus:
    day = None if newest is None else str(newest)
    warned = tuple(map(str, entry.detail.get("warned", {}).values()))
    reason = health.reason or "; ".join(f"warning: {one}" for one in warned)
    return ObjectStatus(
        name, entry.kind, health.state, entry.rows, day, entry.updated or None, entry.seconds, reason, warned
    )


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)

"""What a build has to do: the plan held against what the ledger says is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from demo_factory.plan.steps import DemoPlan, Step, TablePlan

ChangeKind = Literal["create", "replace", "append", "describe", "run", "keep", "drop"]

REASONS: Mapping[ChangeKind, str] = {
    "create": "not there yet",
    "replace": "its definition changed",
    "append": "new days have come",
    "describe": "only comments, tags or checks changed",
    "run": "the day moved",
    "keep": "nothing changed",
    "drop": "no longer in the blueprint",
}


@dataclass(frozen=True)
class Known:
    """What is known of an object that we made: its fingerprints and the newest day in it."""

    kind: str
    name: str
    full_name: str
    fingerprint: str
    said: str
    made: bool
    as_of: dt.date | None = None


@dataclass(frozen=True)
class Change:
    """What a build does with one object, and why."""

    kind: ChangeKind
    step_kind: str
    name: str
    full_name: str
    reason: str
    rows: int | None = None


def change_of(step: Step, known: Known | None, as_of: dt.date) -> ChangeKind:
    """What one step needs.

    Args:
        known: the ledger's entry; None when there is none or the object itself has vanished.
        as_of: the plan's day.
    """
    if known is None:
        return "create"
    later = known.as_of is None or as_of > known.as_of
    if known.fingerprint != step.fingerprint:
        return "replace"
    if isinstance(step.plan, TablePlan) and step.moves and later and known.as_of is not None:
        return "append"
    if not known.made or (step.moves and later):
        return "run" if known.made else "replace"
    return "describe" if known.said != step.said else "keep"


def changes(plan: DemoPlan, known: Mapping[str, Known]) -> tuple[Change, ...]:
    """Every object of the demo with what a build would do to it, in order; drops come last, newest first."""
    found = [_change(step, known.get(step.name), plan.as_of) for step in plan.steps.values()]
    return (*found, *drops(plan, known.values()))


def drops(plan: DemoPlan, known: Iterable[Known]) -> tuple[Change, ...]:
    """What we made once and the blueprint no longer names, newest first."""
    gone = [one for one in known if one.name not in plan.steps or plan.steps[one.name].kind != one.kind]
    return tuple(Change("drop", one.kind, one.name, one.full_name, REASONS["drop"]) for one in reversed(gone))


def _change(step: Step, known: Known | None, as_of: dt.date) -> Change:
    kind = change_of(step, known, as_of)
    reason = "the last build of it did not finish" if kind == "replace" and known and not known.made else REASONS[kind]
    rows = step.plan.rows if isinstance(step.plan, TablePlan) else None
    if kind == "append" and known is not None and known.as_of is not None and isinstance(step.plan, TablePlan):
        assert step.plan.calendar is not None
        rows = step.plan.rows - step.plan.calendar.rows_through(known.as_of)
    return Change(kind, step.kind, step.name, str(step.plan.full_name), reason, rows)

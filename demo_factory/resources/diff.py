"""What a build has to do: the plan held against what the ledger says is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from demo_factory.resources.governed import Action
from demo_factory.resources.graph import AccessPlan, DemoPlan, Step, TablePlan

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
    """What is known of an object that we made: its fingerprints and the newest day in it.

    Args:
        trouble: why it has to be made anew whatever it was made from, in words.
        whole: False for one that is damaged, so that what lies there has to go first.
    """

    kind: str
    name: str
    full_name: str
    fingerprint: str
    said: str
    made: bool
    as_of: dt.date | None = None
    trouble: str = ""
    whole: bool = True


@dataclass(frozen=True)
class Change:
    """What a build does with one object, and why."""

    kind: ChangeKind
    step_kind: str
    name: str
    full_name: str
    reason: str
    rows: int | None = None


def known_as(plan: DemoPlan, kind: str, step: str, full_name: str) -> str:
    """By which name a plan knows an object: its step's, and with its place when that is where the demo once was."""
    now = plan.steps.get(step)
    moved = now is not None and now.kind == kind != "access" and str(now.plan.full_name) != full_name
    return f"{full_name.rpartition('.')[0]}.{step}" if moved else step


def change_of(step: Step, known: Known | None, as_of: dt.date) -> ChangeKind:
    """What one step needs.

    Args:
        known: the ledger's entry; None when there is none or the object itself has vanished.
        as_of: the plan's day.
    """
    if known is None:
        return "create"
    later = known.as_of is None or as_of > known.as_of
    if known.fingerprint != step.fingerprint or known.trouble:
        return "replace"
    if isinstance(step.plan, TablePlan) and step.moves and later and known.as_of is not None:
        return "append"
    if not known.made or (step.moves and later):
        return "run" if known.made else "replace"
    return "describe" if known.said != step.said else "keep"


def changes(
    plan: DemoPlan, known: Mapping[str, Known], governed: Mapping[str, Sequence[Action]] | None = None
) -> tuple[Change, ...]:
    """Every object of the demo with what a build would do to it, in order; drops come last, newest first.

    Args:
        governed: what differs among the things of each access step, as the target was found.
    """
    found: dict[str, Change] = {}
    for step in plan.steps.values():
        change = _change(step, known.get(step.name), plan.as_of)
        if isinstance(step.plan, AccessPlan):
            change = _access(step, change, found, (governed or {}).get(step.name, ()))
        found[step.name] = change
    return (*found.values(), *drops(plan, known.values()))


def _access(step: Step, change: Change, found: Mapping[str, Change], governed: Sequence[Action]) -> Change:
    """An access step runs when one of its things differs, or when what they hang on is made anew."""
    differs = [action for action in governed if action.kind != "keep"]
    if change.kind == "create":
        return change
    if differs:
        first, more = differs[0], len(differs) - 1
        reason = f"{first.item.kind} {first.item.key}: {first.reason}" + (f", and {more} more" if more else "")
        return replace(change, kind="run", reason=reason)
    above = next((name for name in step.needs if name in found and found[name].kind in ("create", "replace")), None)
    if change.kind == "keep" and above is not None:
        return replace(change, kind="run", reason=f"{above} is made anew")
    return change


def drops(plan: DemoPlan, known: Iterable[Known]) -> tuple[Change, ...]:
    """What we made once and the blueprint no longer names, newest first."""
    gone = [one for one in known if one.name not in plan.steps or plan.steps[one.name].kind != one.kind]
    here = f"{plan.demo} stands in {plan.catalog}.{plan.schema} now"
    return tuple(
        Change("drop", one.kind, one.name, one.full_name, here if "." in one.name else REASONS["drop"])
        for one in reversed(gone)
    )


def _change(step: Step, known: Known | None, as_of: dt.date) -> Change:
    kind = change_of(step, known, as_of)
    reason = REASONS[kind]
    if kind == "replace" and known is not None:
        reason = known.trouble or (reason if known.made else "the last build of it did not finish")
    rows = step.plan.rows if isinstance(step.plan, TablePlan) else None
    if kind == "append" and known is not None and known.as_of is not None and isinstance(step.plan, TablePlan):
        assert step.plan.calendar is not None
        rows = step.plan.rows - step.plan.calendar.rows_through(known.as_of)
    return Change(kind, step.kind, step.name, str(step.plan.full_name), reason, rows)

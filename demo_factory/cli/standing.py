"""How each object of a demo stands: fresh, stale, failed or never built. From ledger and catalog, without Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from demo_factory.plan.changes import REASONS, changes, known_as

if TYPE_CHECKING:
    from demo_factory.plan.changes import Change, Known
    from demo_factory.plan.items import Action
    from demo_factory.plan.steps import DemoPlan
    from demo_factory.workspace.entries import Entry

Standing = Literal["fresh", "stale", "failed", "unfinished", "never built", "not in the blueprint"]


@dataclass(frozen=True)
class ObjectStatus:
    """One object as the ledger and the blueprint together see it."""

    name: str
    kind: str
    status: Standing
    rows: int | None = None
    newest_day: str | None = None
    built: str | None = None
    seconds: float | None = None
    reason: str = ""


def standing_of(
    plan: DemoPlan,
    known: Mapping[str, Known],
    entries: Sequence[Entry],
    governed: Mapping[str, Sequence[Action]] | None = None,
) -> list[ObjectStatus]:
    """Every object of the plan, then what was made once and is no longer named.

    Args:
        governed: what `observe` found: governed things that somebody changed by hand make their step stale.
    """
    differing = {change.name: change for change in changes(plan, known, governed)}
    by_step = {
        known_as(plan, entry.kind, str(entry.detail.get("step", entry.name)), entry.name): entry for entry in entries
    }
    found = []
    for name, step in plan.steps.items():
        entry = by_step.pop(name, None)
        if entry is None:
            found.append(ObjectStatus(name, step.kind, "never built"))
            continue
        status, reason = _judge(entry, known.get(name), differing[name])
        found.append(_status(name, entry, status, reason))
    found += [_status(name, entry, "not in the blueprint", REASONS["drop"]) for name, entry in by_step.items()]
    return found


def without_blueprint(entries: Sequence[Entry]) -> list[ObjectStatus]:
    """What the ledger says of a demo whose blueprint cannot be found or read."""
    found = []
    for entry in entries:
        status: Standing = "fresh" if entry.state == "made" else "failed" if entry.state == "failed" else "unfinished"
        found.append(_status(str(entry.detail.get("step", entry.name)), entry, status, _reason(entry)))
    return found


def _judge(entry: Entry, known: Known | None, change: Change) -> tuple[Standing, str]:
    if entry.state == "failed":
        return "failed", _reason(entry)
    if entry.state != "made":
        return "unfinished", "the last build of it did not finish"
    if known is None:
        return "never built", "somebody removed it"
    return ("fresh", "") if change.kind == "keep" else ("stale", change.reason)


def _reason(entry: Entry) -> str:
    return str(entry.detail.get("reason", "")) if entry.state == "failed" else ""


def _status(name: str, entry: Entry, status: Standing, reason: str) -> ObjectStatus:
    return ObjectStatus(name, entry.kind, status, entry.rows, entry.as_of, entry.updated, entry.seconds, reason)


def local_time(stamp: str) -> str:
    """A UTC stamp of the ledger as people here read it: 2026-01-31 14:05."""
    return dt.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")

"""How an object stands: one answer for status, alerts and Dagster, by its last completed verdict and newest day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from demo_factory.resources.diff import REASONS
from demo_factory.resources.resource import Change

State = Literal["fresh", "stale", "failed", "damaged", "running", "unfinished", "never built", "not in the blueprint"]
# The worst of a demo's objects speaks for the demo; what runs says nothing yet, so it hides what else is wrong.
_WORST_FIRST: tuple[State, ...] = (
    "running", "damaged", "failed", "unfinished", "stale", "never built", "not in the blueprint", "fresh",
)  # fmt: skip
A_DAY = 24  # hours: what a table without `fresh_within` is held to, so that any missing day shows
UNFINISHED = "the last build of it did not finish"
REMOVED = "somebody removed it"


@dataclass(frozen=True)
class Seen:
    """What is known of an object that we began to make, from the ledger and from a look at the object itself.

    Args:
        verdict: `made` and `failed` are verdicts; `announced` is none: a build has begun and not ended.
        there: whether the object stands on the target.
        newest: the newest day that is surely in it.
        reason: of the failure.
        trouble: what is wrong with the object as it lies there, in words.
        running: somebody builds its demo right now.
    """

    verdict: Literal["made", "failed", "announced"]
    there: bool = True
    newest: dt.date | None = None
    reason: str = ""
    trouble: str = ""
    running: bool = False


@dataclass(frozen=True)
class Health:
    """The answer, and why."""

    state: State
    reason: str = ""


def health_of(seen: Seen | None, change: Change | None, day: dt.date, fresh_within: int | None = None) -> Health:
    """How one object stands on a day.

    What was never begun, and what only waits in a build that runs, has its former answer: no verdict is no failure.

    Args:
        seen: None for what was never begun.
        change: what a build up to that day would do with it; None where nobody can tell.
        day: the newest day that the data should have reached.
        fresh_within: hours that the contract allows between the newest day's data and the end of `day`.
    """
    if seen is None:
        return Health("never built")
    if seen.verdict == "announced" and seen.running:
        return Health("running")
    if seen.trouble:
        return Health("damaged", seen.trouble)
    if seen.verdict == "announced":
        return Health("unfinished", UNFINISHED)
    if seen.verdict == "failed":
        return Health("failed", seen.reason)
    if not seen.there:
        return Health("never built", REMOVED)
    if change is None or change.kind == "keep":
        return Health("fresh")
    if seen.newest is not None and _only_waits_for_days(change) and not is_late(seen.newest, day, fresh_within):
        return Health("fresh", f"{change.reason}; its contract allows {fresh_within} hours")
    return Health("stale", change.reason)


def is_late(newest: dt.date, day: dt.date, fresh_within: int | None) -> bool:
    """Whether a promise of freshness is broken at the end of a day by data that ends with an earlier one.

    The last of that data is then more than 24 hours old for every day between: a promise of so many hours is broken.
    """
    return (day - newest).days * A_DAY >= (fresh_within or A_DAY)


def worst(states: Iterable[State]) -> State:
    """The answer for a whole demo."""
    return min(states, key=_WORST_FIRST.index, default="never built")


def _only_waits_for_days(change: Change) -> bool:
    return change.kind == "append" or (change.kind == "run" and change.reason == REASONS["run"])

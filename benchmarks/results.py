"""Several runs of one variant in one line, and goals judged from such lines."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Cost, Outcome

FLAT = 1.25


@dataclass(frozen=True)
class Summary:
    """Medians of wall and processor time, highest memory. A run that failed or timed out makes the outcome."""

    outcome: Outcome
    runs: int
    wall: float
    fastest: float
    slowest: float
    cpu: float
    driver: int
    java: int
    tree: int
    note: str = ""

    @classmethod
    def of(cls, costs: Sequence[Cost]) -> Summary:
        """All runs of a variant, or only those that went wrong if any did."""
        wrong = [cost for cost in costs if cost.outcome != "ok"]
        kept = wrong or costs
        walls = [cost.wall for cost in kept]
        note = "; ".join(dict.fromkeys(cost.note for cost in wrong))
        if wrong and len(wrong) < len(costs):
            note = f"{len(wrong)} of {len(costs)} runs: {note}"
        return cls(
            wrong[0].outcome if wrong else "ok", len(costs), statistics.median(walls), min(walls), max(walls),
            statistics.median(cost.cpu for cost in kept), max(cost.driver for cost in kept),
            max(cost.java for cost in kept), max(cost.tree for cost in kept), note,
        )  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """What was asked, what was found, and whether it was met; None: could not be judged."""

    asked: str
    found: str
    met: bool | None


def at_least(asked: str, factor: float, slow: Summary, fast: Summary) -> Goal:
    """How many times as long the slow way takes; one that timed out gives a lower bound."""
    if fast.outcome != "ok" or slow.outcome == "failed":
        return Goal(asked, "not measured", None)
    wall, cpu = slow.wall / fast.wall, slow.cpu / fast.cpu
    if slow.outcome == "timed out":
        return Goal(asked, f"more than {wall:.1f}x (timed out)", True if wall >= factor else None)
    return Goal(asked, f"{wall:.1f}x by the clock, {cpu:.1f}x in processor time", wall >= factor)


def at_most(asked: str, limit: float, taken: Summary, base: Summary | None = None) -> Goal:
    """Seconds, or times as long as `base`, that must not be more than the limit."""
    if taken.outcome == "failed" or (base is not None and base.outcome != "ok"):
        return Goal(asked, "not measured", None)
    wall, cpu = (taken.wall / base.wall, taken.cpu / base.cpu) if base else (taken.wall, taken.cpu)
    unit = "x" if base else " s"
    if taken.outcome == "timed out":
        return Goal(asked, f"more than {wall:.1f}{unit} (timed out)", False if wall > limit else None)
    return Goal(asked, f"{wall:.2f}{unit} by the clock, {cpu:.2f}{unit} in processor time", wall <= limit)


def flat(asked: str, peaks: Sequence[int]) -> Goal:
    """Whether the largest of several peaks of memory is about the smallest."""
    if not all(peaks):
        return Goal(asked, "not measured", None)
    factor = max(peaks) / min(peaks)
    shown = ", ".join(f"{peak / 2**20:,.0f}" for peak in peaks)
    return Goal(asked, f"{shown} MB: x{factor:.2f}", factor <= FLAT)

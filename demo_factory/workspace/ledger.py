"""An object in the ledger of any target."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["announced", "made", "failed", "dropped"]


@dataclass(frozen=True)
class Holding:
    """Who writes a target right now, in words, and which demos: others there only wait."""

    who: str
    demos: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.who


@dataclass(frozen=True)
class Broken:
    """A promise that does not hold: its rule, what is wrong in words, and whether it stops what follows."""

    rule: str
    message: str
    blocking: bool


@dataclass(frozen=True)
class Entry:
    """One object that we created, are creating, or failed to create. `as_of` and `epoch` are ISO dates, times UTC."""

    demo: str
    kind: str
    name: str
    fingerprint: str
    state: State
    as_of: str | None
    epoch: str | None
    rows: int | None
    seconds: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    updated: str = ""

    def after(self, rules: Collection[str], broken: Sequence[Broken]) -> tuple[State, dict[str, Any]] | None:
        """State and detail after a verdict on some promises, or None when it changes nothing.

        What was said of other promises stays. What failed for promises alone is made again when none is broken.
        """
        before = self.detail.get("broken", {})
        stops = self._now("broken", rules, [one for one in broken if one.blocking])
        warns = self._now("warned", rules, [one for one in broken if not one.blocking])
        detail: dict[str, Any] = {"broken": stops, "warned": warns}
        if all(self.detail.get(key, {}) == now for key, now in detail.items()):
            return None
        if stops:
            return "failed", {**detail, "reason": "; ".join(stops.values())}
        return ("made", {**detail, "reason": ""}) if before and self.state == "failed" else (self.state, detail)

    def _now(self, key: str, rules: Collection[str], broken: Sequence[Broken]) -> dict[str, str]:
        kept = {rule: message for rule, message in self.detail.get(key, {}).items() if rule not in rules}
        return {**kept, **{one.rule: one.message for one in broken}}

"""What an engine works on, as plain values: a resource, how it stands, and what lies between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

DataKind = Literal["table", "view", "model", "predictions", "optimize"]
Kind = str  # a name in `resources.registry.KINDS`, or `access`: several governed things, shown as one
ChangeKind = Literal["create", "replace", "append", "describe", "run", "change", "mend", "use", "keep", "drop"]
Status = Literal["unknown", "announced", "made", "failed"]
Value = Mapping[str, Any]
DATA: tuple[DataKind, ...] = ("table", "view", "model", "predictions", "optimize")


class ResourceId(NamedTuple):
    """Names a resource in its demo, the same at every plan.

    The key is a full name such as `dev_retail_demo.shop.customers`, or a principal; of what hangs on something else it
    says on what and whose: `table dev_retail_demo.shop.customers analysts`.
    """

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


@dataclass(frozen=True)
class Resource:
    """One thing as the blueprint wants it.

    Args:
        desired: plain JSON values. Of a governed thing they are such that a target can read them back, and never a
            secret's value. Of a table, view, model, its predictions and maintenance they say what it is made from:
            `fingerprint` of all that decides its contents, `said` of its comments and contract, `as_of` and `epoch`
            as ISO dates, and whether it `moves` with the day.
        needs: what has to be there first.
        name: by which people know it; default: its key.
    """

    kind: Kind
    key: str
    desired: Value = field(default_factory=dict)
    needs: tuple[ResourceId, ...] = ()
    name: str = ""

    @property
    def id(self) -> ResourceId:
        """Kind and key."""
        return ResourceId(self.kind, self.key)


@dataclass(frozen=True)
class BrokenRule:
    """A promise that does not hold: its rule, what is wrong in words, and whether it stops what follows."""

    rule: str
    message: str
    blocking: bool


@dataclass(frozen=True)
class State:
    """How one resource stands: what the ledger says of it, and what the target does.

    Args:
        desired: as it was wanted last.
        status: `unknown` when the ledger has never heard of it; `announced` when its making began and did not end.
        owned: False for what was there before us: it is used, and never changed back or removed.
        detail: what the target said of it, such as an id; and how it was judged.
        found: what stands there now, in the shape of `desired`; None when nothing does. Of a table with an unfinished
            or failed append `as_of` is the day up to which its rows are surely there. `trouble` says in words why it
            has to be made anew whatever it was made from, `whole` is False for one so damaged that it has to go first.
        created: as `updated`, an ISO time in UTC.
    """

    kind: Kind
    key: str
    desired: Value = field(default_factory=dict)
    status: Status = "unknown"
    owned: bool = True
    detail: Value = field(default_factory=dict)
    found: Value | None = None
    demo: str = ""
    rows: int | None = None
    seconds: float | None = None
    created: str = ""
    updated: str = ""

    @property
    def id(self) -> ResourceId:
        """Kind and key."""
        return ResourceId(self.kind, self.key)

    @property
    def name(self) -> str:
        """By which people know it."""
        return str(self.detail.get("step") or self.key)

    @property
    def made(self) -> bool:
        """Whether it came to be as it was wanted last."""
        return self.status == "made"

    @property
    def fingerprint(self) -> str:
        """Of all that decided its contents."""
        return str(self.desired.get("fingerprint", ""))

    @property
    def newest(self) -> dt.date | None:
        """The day up to which its data is surely there."""
        day = (self.found or {}).get("as_of")
        return dt.date.fromisoformat(day) if day else None

    @property
    def trouble(self) -> str:
        """What is wrong with it as it lies there, in words; nothing when it is whole."""
        return str((self.found or self.detail).get("trouble", ""))

    @property
    def whole(self) -> bool:
        """False for what is so damaged that it has to go before it can be made."""
        return bool((self.found or {}).get("whole", True))

    def after(self, rules: Collection[str], broken: Sequence[BrokenRule]) -> tuple[Status, dict[str, Any]] | None:
        """Status and detail after a verdict on some promises, or None when it changes nothing.

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
        return ("made", {**detail, "reason": ""}) if before and self.status == "failed" else (self.status, detail)

    def _now(self, key: str, rules: Collection[str], broken: Sequence[BrokenRule]) -> dict[str, str]:
        kept = {rule: message for rule, message in self.detail.get(key, {}).items() if rule not in rules}
        return {**kept, **{one.rule: one.message for one in broken}}


@dataclass(frozen=True)
class Change:
    """What is done with one resource, and why: the very value that a plan prints is what an executor gets.

    Args:
        state: how it stood; None when nobody knows anything of it.
        rows: how many are written, of a table.
    """

    kind: ChangeKind
    resource: Resource
    reason: str
    state: State | None = None
    rows: int | None = None

    @property
    def id(self) -> ResourceId:
        """Kind and key of what is changed."""
        return self.resource.id

    @property
    def name(self) -> str:
        """By which people know what is changed."""
        return self.resource.name or self.resource.key

    @property
    def found(self) -> Value | None:
        """What stands there now; None when nothing does."""
        return self.state.found if self.state else None

"""The ledger of any target: written before each thing that it announces, so that a destroy removes exactly that."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.resource import DATA, BrokenRule, Resource, ResourceId, State, Value

__all__ = ["OBJECTS", "BrokenRule", "Facts", "Holding", "Ledger"]

# What stands in a catalog, and as what it is listed there.
OBJECTS = {"table": "table", "predictions": "table", "view": "view"}
_FACTS = ("epoch", "scale", "history", "as_of")


@dataclass(frozen=True)
class Holding:
    """Who writes a target right now, in words, and which demos: others there only wait."""

    who: str
    demos: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.who


@dataclass(frozen=True)
class Facts:
    """What the first build of a demo froze; None before it.

    `follows` says that the last build was asked for today, whatever day that would be, and not for a day by name.
    """

    epoch: str | None
    scale: float | None
    history: int | None
    as_of: str | None
    follows: bool = False


class Ledger(ABC):
    """What we know of every resource of every demo on one target."""

    @abstractmethod
    def states(self, demo: str | None = None) -> list[State]:
        """All that we made, are making or only use, oldest first; of one demo or of all. What stands is not looked at.

        Reading writes nothing.
        """

    @abstractmethod
    def look(self, demo: str, only: ResourceId | None = None) -> Mapping[ResourceId, State]:
        """The same, with what stands there now of tables, views, models and the like.

        Args:
            only: the one that somebody asks for.
        """

    @abstractmethod
    def _known(self, demo: str, id: ResourceId) -> State | None:
        """What is written of one resource."""

    @abstractmethod
    def _change(self, demo: str, id: ResourceId, change: Callable[[State | None], State | None]) -> None:
        """Write what a change makes of what is written of one resource; None takes it out."""

    @abstractmethod
    def _is_foreign(self, demo: str, resource: Resource) -> bool:
        """Whether an object that the ledger does not know stands there and is somebody else's."""

    @abstractmethod
    def _facts(self, demo: str) -> Mapping[str, str]:
        """What is written of a demo as a whole."""

    @abstractmethod
    def _keep_facts(self, demo: str, facts: Mapping[str, str]) -> None:
        """Write these too."""

    @abstractmethod
    def thaw(self, demo: str) -> None:
        """Forget what was frozen, after a destroy."""

    def announce(self, demo: str, resource: Resource, owned: bool = True, detail: Value = {}) -> None:  # noqa: B006 - never changed
        """Say that a resource is about to be made or changed. Call it BEFORE touching it.

        Args:
            owned: False for what was there before us.

        Raises:
            DemoError: an object of that name exists and is not ours, or belongs to another demo.
        """
        if resource.kind in DATA:
            self._refuse_foreign(demo, resource)
        self._change(demo, resource.id, lambda old: _announced(demo, resource, owned, detail, old))

    def made(
        self, demo: str, resource: Resource, detail: Value, rows: int | None = None, seconds: float | None = None
    ) -> None:
        """The announced resource is there now."""

        def change(old: State | None) -> State:
            before = _announced_before(resource.id, old)
            kept = before.rows if rows is None else rows
            now = {**before.detail, **detail}
            return replace(before, status="made", detail=now, rows=kept, seconds=seconds, updated=_now())

        self._change(demo, resource.id, change)

    def failed(self, demo: str, resource: Resource, reason: str, seconds: float | None = None) -> None:
        """The announced resource could not be made; what is there of it is still ours to remove."""

        def change(old: State | None) -> State:
            before = _announced_before(resource.id, old)
            detail = {**before.detail, "reason": reason}
            return replace(before, status="failed", detail=detail, seconds=seconds, updated=_now())

        self._change(demo, resource.id, change)

    def judged(self, demo: str, id: ResourceId, rules: Collection[str], broken: Sequence[BrokenRule]) -> None:
        """A verdict on some promises of an object that stands: it replaces what was said of these before.

        Args:
            rules: the names of the promises that were judged.
            broken: those that do not hold.
        """
        known = self._known(demo, id)  # None: somebody else's table is judged
        if known is None or known.after(rules, broken) is None:  # then nothing is written
            return

        def change(old: State | None) -> State | None:
            after = old.after(rules, broken) if old is not None else None
            if old is None or after is None:
                return old
            return replace(old, status=after[0], detail={**old.detail, **after[1]}, updated=_now())

        self._change(demo, id, change)

    def forget(self, demo: str, id: ResourceId) -> None:
        """The resource is gone."""
        if self._known(demo, id) is not None:
            self._change(demo, id, lambda old: None)

    def facts(self, demo: str) -> Facts:
        """What the first build froze."""
        facts = self._facts(demo)
        scale, history = facts.get("scale"), facts.get("history")
        return Facts(
            facts.get("epoch"),
            float(scale) if scale else None,
            int(history) if history else None,
            facts.get("as_of"),
            facts.get("follows") == "today",
        )

    def freeze(self, plan: DemoPlan) -> None:
        """Keep the plan's epoch, scale, history and newest day."""
        values = (plan.epoch, plan.scale, plan.blueprint.history, plan.as_of)
        self._keep(plan.demo, {key: str(value) for key, value in zip(_FACTS, values, strict=True)})

    def follow(self, demo: str, today: bool) -> None:
        """Keep whether the demo follows the calendar, or was pinned to a day by name."""
        self._keep(demo, {"follows": "today" if today else "a day"})

    def _keep(self, demo: str, facts: Mapping[str, str]) -> None:
        """Write what differs; nothing when all is kept already."""
        if not facts.items() <= self._facts(demo).items():
            self._keep_facts(demo, facts)

    def _refuse_foreign(self, demo: str, resource: Resource) -> None:
        known = [one for one in self.states() if one.key == resource.key and one.kind in DATA]
        other = next((one.demo for one in known if one.demo != demo), None)
        if other is not None:
            raise DemoError(
                f"{resource.key} belongs to the demo {other}, so {demo} cannot create it.",
                "Give the demos different catalogs or schemas, or destroy the other demo first.",
            )
        if not any(one.id == resource.id for one in known) and self._is_foreign(demo, resource):
            raise DemoError(
                f"{resource.key} is there already and demo_factory did not make it.",
                "Drop or rename it yourself, or give the demo another catalog or schema.",
            )


def as_found(state: State) -> dict[str, object]:
    """What the ledger knows of what stands there of a table, view, model and the like."""
    # what an unfinished one surely holds is what it held before
    newest = state.desired.get("as_of") if state.made else state.detail.get("reached")
    found = {"fingerprint": state.fingerprint, "said": state.desired.get("said", ""), "as_of": newest or None}
    return {**found, "trouble": state.detail["trouble"]} if "trouble" in state.detail else found


def _announced(demo: str, resource: Resource, owned: bool, detail: Value, old: State | None) -> State:
    """What was ours stays ours: a later apply finds it there and takes nothing away from that."""
    now = _now()
    if resource.kind in DATA:
        kept: Value = {"step": resource.name, "reached": _reached(resource, old)}
    else:
        kept = old.detail if old else {}
    return State(
        resource.kind, resource.key, dict(resource.desired), "announced", owned or (old is not None and old.owned),
        {**kept, **detail}, None, demo, None, None, old.created if old else now, now,
    )  # fmt: skip


def _reached(resource: Resource, old: State | None) -> str | None:
    """The day up to which a table's rows are surely there."""
    same = old is not None and old.fingerprint == resource.desired["fingerprint"]
    return str(as_found(old)["as_of"] or "") or None if old and same and resource.kind == "table" else None


def _announced_before(id: ResourceId, old: State | None) -> State:
    if old is None:
        raise DemoError(f"{id} was never announced.", "Announce it before making it.")
    return old


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")

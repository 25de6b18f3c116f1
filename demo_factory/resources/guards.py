"""What stands before cells and rows: the masks and the filter of a table, and when they go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import DATA, Change, Resource, ResourceId, State

Thing = TypeVar("Thing", Resource, State)


class Guarded(Protocol):
    """A table with masks or a row filter, on a target that has them at the table: how rows come into it there."""

    @property
    def overwrites(self) -> bool:
        """Whether the compute may overwrite rows by a condition, in one commit; else it appends and merges alone."""

    def make_empty(
        self, columns: Sequence[tuple[str, str, str]], comment: str, properties: Mapping[str, str], partition_by: str
    ) -> None:
        """Create or replace the table in one statement that has its guards in it, without a row.

        Args:
            columns: name, type and comment of each.
        """

    def run(self, statement: str) -> None:
        """Run a statement that changes no row, where every one of them is taken."""


def on_what(id: ResourceId) -> str | None:
    """The full name of the object that a mask or filter guards; None for what is neither."""
    kind = KINDS.get(id.kind)
    on = kind.lies_on(id.key) if kind is not None and kind.guards else None
    return on.name if on is not None else None


def guards_of(things: Iterable[Thing], full_name: str) -> tuple[Thing, ...]:
    """Those of some resources or states that guard one object."""
    return tuple(one for one in things if on_what(one.id) == full_name)


def goes_with_its_object(plan: DemoPlan, change: Change) -> bool:
    """Whether a mask or filter is dropped because the table under it is: that goes first then, and takes it along."""
    on = on_what(change.id)
    return (
        change.kind == "drop" and on is not None and on not in {one.key for one in plan.resources if one.kind in DATA}
    )


def after_their_objects(states: Iterable[State]) -> list[State]:
    """The same states in the same order, but a guard right after the object that it guards, if that is among them.

    So there is no moment at which a table that goes as well stands without its guards.
    """
    those = list(states)
    objects: Collection[str] = {one.key for one in those if one.kind in DATA}
    waiting: dict[str, list[State]] = {}
    for one in those:
        on = on_what(one.id)
        if on is not None and on in objects:
            waiting.setdefault(on, []).append(one)
    held = {id(one) for guards in waiting.values() for one in guards}
    found: list[State] = []
    for one in those:
        if id(one) not in held:
            found.append(one)
            found += waiting.pop(one.key, ()) if one.kind in DATA else ()
    return found

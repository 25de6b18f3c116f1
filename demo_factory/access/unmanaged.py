"""What people put on or into our things without a blueprint: shown, left alone, and gone only with the thing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.registry import KINDS, SECURABLE
from demo_factory.resources.resource import Resource, ResourceId, State, Value


def objects_of(plan: DemoPlan) -> tuple[tuple[str, str], ...]:
    """What grants and tags can lie on besides containers: what a target calls its kind, and its full name."""
    return tuple(
        (SECURABLE[step.kind], str(step.plan.full_name)) for step in plan.steps.values() if step.kind in SECURABLE
    )


def in_words(found: Mapping[ResourceId, Value]) -> tuple[str, ...]:
    """A line each, as `given by hand: SELECT to ann@example.com on table c.s.t; not ours, left alone`."""
    return tuple(
        f"{words}; not ours, left alone"
        for (kind, key), value in found.items()
        for words in KINDS[kind].by_hand(key, value)
    )


def without_lists(made: Iterable[State]) -> list[Resource]:
    """Groups of ours as things whose members are left to people, so that all who are in them are found."""
    return [Resource("group", one.key) for one in made if one.kind == "group" and one.owned]


def going(made: Sequence[State], found: Mapping[ResourceId, Value]) -> tuple[str, ...]:
    """What goes with groups that are removed: the members that people added.

    Args:
        found: who is in each, by `without_lists`.
    """
    lines = []
    for one in made:
        there = found.get(one.id, {}).get("members", ())
        added = [member for member in there if member not in one.desired.get("members", ())]
        if added:
            lines.append(f"the group {one.key} goes with those whom people added to it: {', '.join(added)}")
    return tuple(lines)

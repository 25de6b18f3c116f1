"""Values of governed things: which parts of a shared one are ours, what is left of it, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import Change, Kind, Resource, State, Value

_LONGEST = 40  # of a value in a sentence
# Others may have put parts there before us.
SHARED: Mapping[Kind, str] = {name: kind.parts for name, kind in KINDS.items() if kind.parts}


def parts_of(kind: Kind, value: Value) -> dict[str, Any]:
    """The privileges of a grant, or tags with their values; nothing for other kinds."""
    held = value.get(SHARED.get(kind, ""), ())
    return dict(held) if isinstance(held, Mapping) else dict.fromkeys(held, True)


def value_of(kind: Kind, parts: Mapping[str, Any]) -> Value:
    """Parts as targets read them back."""
    return {SHARED[kind]: dict(parts) if kind == "tags" else sorted(parts)}


def before_us(change: Change) -> dict[str, Any]:
    """The parts of what is wanted that others had put there before we wanted them: no apply or destroy takes those."""
    wanted, state = change.resource, change.state
    if wanted.kind not in SHARED:
        return {}
    parts = parts_of(wanted.kind, wanted.desired)
    already = parts_of(wanted.kind, state.desired) if state else {}
    found = parts_of(wanted.kind, change.found or {})
    fresh = {part: value for part, value in found.items() if part in parts and part not in already}
    return {**(state.detail.get("before", {}) if state else {}), **fresh}


def owned_part(state: State) -> Value:
    """What is wanted of a thing, less what was there before us."""
    if state.kind not in SHARED:
        return state.desired
    before = state.detail.get("before", {})
    parts = parts_of(state.kind, state.desired)
    return value_of(state.kind, {part: value for part, value in parts.items() if part not in before})


def is_left(resource: Resource, found: Value | None) -> bool:
    """Whether something of a thing that was removed still stands there."""
    if found is None or resource.kind in SHARED:
        return bool(parts_of(resource.kind, resource.desired).keys() & parts_of(resource.kind, found or {}).keys())
    return not KINDS[resource.kind].always_there or dict(found) == dict(resource.desired)


def difference(before: Value, after: Value) -> str:
    """What differs, in words: `privileges MODIFY, SELECT -> SELECT`; of tags and files only those that do."""
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return "; ".join(f"{key} {' -> '.join(map(_said, _differing(before.get(key), after.get(key))))}" for key in keys)


def _differing(before: Any, after: Any) -> tuple[Any, Any]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return before, after
    same = {key for key in before if key in after and before[key] == after[key]}
    return {k: v for k, v in before.items() if k not in same}, {k: v for k, v in after.items() if k not in same}


def _said(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={shorten(str(one), _LONGEST)}" for key, one in sorted(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

"""Governed things as values: what should be, what is, and the actions that lie between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

ItemKind = Literal[
    "group",
    "service_principal",
    "catalog",
    "schema",
    "volume",
    "function",
    "owner",
    "tags",
    "mask",
    "row_filter",
    "grant",
    "secret_scope",
    "secret",
    "secret_acl",
]
ActionKind = Literal["create", "change", "mend", "keep", "drop"]
Ref = tuple[ItemKind, str]
Value = Mapping[str, Any]
SHARED: Mapping[ItemKind, str] = {"grant": "privileges", "tags": "tags"}  # others may have put parts there before us


@dataclass(frozen=True)
class Item:
    """One governed thing as the blueprint wants it.

    Args:
        kind: what it is.
        key: names it among its kind, the same at every plan: `analysts`, `dev_retail_demo.shop.customers`,
            and for what hangs on something else `table dev_retail_demo.shop.customers analysts`.
        want: plain JSON values that a target can read back; never a secret's value.
        needs: what has to be there first.
        step: the asset that makes it.
    """

    kind: ItemKind
    key: str
    want: Value = field(default_factory=dict)
    needs: tuple[Ref, ...] = ()
    step: str = ""

    @property
    def ref(self) -> Ref:
        """Kind and key."""
        return self.kind, self.key


@dataclass(frozen=True)
class Made:
    """What the ledger knows of a thing: as it was wanted last, whether it came to be, and whether it is ours."""

    kind: ItemKind
    key: str
    want: Value
    made: bool
    ours: bool = True
    detail: Value = field(default_factory=dict)  # what the target said of it, such as an id


@dataclass(frozen=True)
class Action:
    """What an apply does with one thing, and why.

    `found` is what stands there now, None when nothing does; `known` what the ledger says of it.
    """

    kind: ActionKind
    item: Item
    found: Value | None
    reason: str
    known: Made | None = None


def actions(items: Sequence[Item], found: Mapping[Ref, Value | None], known: Mapping[Ref, Made]) -> tuple[Action, ...]:
    """Every governed thing with what an apply would do to it; drops come last, newest first.

    Args:
        items: what should be, each after what it needs.
        found: what stands there now, by kind and key.
        known: the ledger, oldest first.
    """
    changes = [_action(item, found.get(item.ref), known.get(item.ref)) for item in items]
    return (*changes, *(_drop(made, found.get((made.kind, made.key))) for made in reversed(unwanted(items, known))))


def unwanted(items: Iterable[Item], known: Mapping[Ref, Made]) -> list[Made]:
    """What the ledger has and nobody wants any longer, oldest first."""
    wanted = {item.ref for item in items}
    return [made for ref, made in known.items() if ref not in wanted]


def _action(item: Item, found: Value | None, known: Made | None) -> Action:
    if found is None:
        again = known is not None and known.made
        return Action("create", item, None, "somebody removed it" if again else "not there yet", known)
    if dict(found) == dict(item.want):
        if known is not None and not known.made:
            return Action("change", item, found, "the last apply of it did not finish", known)
        return Action("keep", item, found, "as it should be", known)
    if known is not None and known.made and dict(known.want) == dict(item.want):
        return Action("mend", item, found, f"changed by hand: {difference(known.want, found)}", known)
    return Action("change", item, found, f"its definition changed: {difference(found, item.want)}", known)


def _drop(made: Made, found: Value | None) -> Action:
    return Action("drop", Item(made.kind, made.key, made.want), found, "no longer in the blueprint", made)


def parts_of(kind: ItemKind, value: Value) -> dict[str, Any]:
    """The privileges of a grant, or tags with their values; nothing for other kinds."""
    held = value.get(SHARED.get(kind, ""), ())
    return dict(held) if isinstance(held, Mapping) else dict.fromkeys(held, True)


def value_of(kind: ItemKind, parts: Mapping[str, Any]) -> Value:
    """Parts as targets read them back."""
    return {SHARED[kind]: dict(parts) if kind == "tags" else sorted(parts)}


def before_us(action: Action) -> dict[str, Any]:
    """The parts of what is wanted that others had put there before we wanted them: no apply or destroy takes those."""
    item, known = action.item, action.known
    if item.kind not in SHARED:
        return {}
    wanted = parts_of(item.kind, item.want)
    already = parts_of(item.kind, known.want) if known else {}
    found = parts_of(item.kind, action.found or {})
    fresh = {part: value for part, value in found.items() if part in wanted and part not in already}
    return {**(known.detail.get("before", {}) if known else {}), **fresh}


def ours_of(made: Made) -> Value:
    """What is wanted of a thing, less what was there before us."""
    if made.kind not in SHARED:
        return made.want
    before = made.detail.get("before", {})
    parts = parts_of(made.kind, made.want)
    return value_of(made.kind, {part: value for part, value in parts.items() if part not in before})


def is_left(item: Item, found: Value | None) -> bool:
    """Whether something of a thing that was removed still stands there."""
    if found is None or item.kind in SHARED:
        return bool(parts_of(item.kind, item.want).keys() & parts_of(item.kind, found or {}).keys())
    # every object has an owner: of that only our change is ours
    return item.kind != "owner" or dict(found) == dict(item.want)


def difference(before: Value, after: Value) -> str:
    """What differs, in words: `privileges MODIFY, SELECT -> SELECT`."""
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return "; ".join(f"{key} {_said(before.get(key))} -> {_said(after.get(key))}" for key in keys)


def _said(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "nothing"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={one}" for key, one in sorted(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def levels(items: Iterable[Item]) -> list[list[Item]]:
    """Items in waves: each wave needs only what stands in earlier ones, so that its items may be made side by side."""
    rest = list(items)
    refs = {item.ref for item in rest}
    done: set[Ref] = set()
    waves: list[list[Item]] = []
    while rest:
        wave = [item for item in rest if all(need in done or need not in refs for need in item.needs)]
        if not wave:
            raise ValueError(f"items need each other in a circle: {', '.join(item.key for item in rest)}")
        waves.append(wave)
        done |= {item.ref for item in wave}
        rest = [item for item in rest if item.ref not in done]
    return waves

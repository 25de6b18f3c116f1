"""What people granted, tagged or added by hand on things of ours. Read from raw JSON; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from demo_factory.resources.governed import Item, Ref, Value, parts_of
from demo_factory.workspace.databricks import grants, principals, tags
from demo_factory.workspace.databricks.api import CachedReader

Objects = Collection[tuple[str, str]]


def find(look: CachedReader, items: Sequence[Item], objects: Objects) -> Mapping[Ref, Value]:
    """See `demo_factory.workspace.protocols.Governor.by_hand`."""
    ours = {item.ref for item in items if item.kind in ("catalog", "schema") and look.ours(item.ref)}
    everywhere = [*sorted(ours), *objects]
    return {
        **dict(_members(look, items)),
        **dict(_grants(look, items, everywhere)),
        **dict(_tags(look, items, everywhere)),
    }


def _members(look: CachedReader, items: Sequence[Item]) -> Iterator[tuple[Ref, Value]]:
    for item in items:
        if item.kind == "group" and "members" not in item.want and look.ours(item.ref):
            found = principals.members(look, item.key)
            if found:
                yield item.ref, {"members": found}


def _grants(look: CachedReader, items: Sequence[Item], objects: Objects) -> Iterator[tuple[Ref, Value]]:
    """Grants to principals that no item names on that object; what our own hold there is drift, and mended."""
    names, ours = {}, set()
    for item in items:
        if item.kind == "service_principal":
            names[look.api.principal(item.key, (item.ref,))] = item.key
        if item.kind == "grant":
            kind, name, who = item.key.split(" ", 2)
            ours.add((kind, name, look.api.principal(who, item.needs)))
    for kind, name in objects:
        for principal, privileges in sorted(grants.held(look, kind, name).items()):
            if (kind, name, principal) not in ours and privileges:
                yield ("grant", f"{kind} {name} {names.get(principal, principal)}"), {"privileges": sorted(privileges)}


def _tags(look: CachedReader, items: Sequence[Item], objects: Objects) -> Iterator[tuple[Ref, Value]]:
    tagged = {item.key: item for item in items if item.kind == "tags"}
    for key, there in sorted(tags.everything(look, list(tagged.values())).items()):
        kind, name = key.split()
        on = ("table", name.rpartition(".")[0]) if kind == "column" else (kind, name)
        known = tagged.get(key)
        wanted = {*parts_of("tags", known.want), *parts_of("tags", look.before(known))} if known else set()
        others = {tag: value for tag, value in sorted(there.items()) if tag not in wanted}
        if on in objects and others:
            yield ("tags", key), {"tags": others}

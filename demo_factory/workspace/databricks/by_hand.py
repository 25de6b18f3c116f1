"""What people granted, tagged or added by hand on things of ours. Read from raw JSON; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from demo_factory.resources.kind import on_object
from demo_factory.resources.resource import Resource, ResourceId, Value
from demo_factory.resources.values import parts_of
from demo_factory.workspace.databricks.api import CachedReader
from demo_factory.workspace.databricks.kinds import grant, group, tags

Objects = Collection[tuple[str, str]]


def find(look: CachedReader, items: Sequence[Resource], objects: Objects) -> Mapping[ResourceId, Value]:
    """See `demo_factory.workspace.ports.Governor.by_hand`."""
    ours = {item.id for item in items if item.kind in ("catalog", "schema") and look.ours(item.id)}
    everywhere = [*sorted(ours), *objects]
    return {
        **dict(_members(look, items)),
        **dict(_grants(look, items, everywhere)),
        **dict(_tags(look, items, everywhere)),
    }


def _members(look: CachedReader, items: Sequence[Resource]) -> Iterator[tuple[ResourceId, Value]]:
    for item in items:
        if item.kind == "group" and "members" not in item.desired and look.ours(item.id):
            found = group.members(look, item.key)
            if found:
                yield item.id, {"members": found}


def _grants(look: CachedReader, items: Sequence[Resource], objects: Objects) -> Iterator[tuple[ResourceId, Value]]:
    """Grants to principals that no item names on that object; what our own hold there is drift, and mended."""
    names, ours = {}, set()
    for item in items:
        if item.kind == "service_principal":
            names[look.api.principal(item.key, (item.id,))] = item.key
        if item.kind == "grant":
            kind, name, who = item.key.split(" ", 2)
            ours.add((kind, name, look.api.principal(who, item.needs)))
    for kind, name in objects:
        for principal, privileges in sorted(grant.held(look, kind, name).items()):
            if (kind, name, principal) not in ours and privileges:
                given = ResourceId("grant", f"{kind} {name} {names.get(principal, principal)}")
                yield given, {"privileges": sorted(privileges)}


def _tags(look: CachedReader, items: Sequence[Resource], objects: Objects) -> Iterator[tuple[ResourceId, Value]]:
    tagged = {item.key: item for item in items if item.kind == "tags"}
    for key, there in sorted(tags.everything(look, list(tagged.values())).items()):
        known = tagged.get(key)
        wanted = {*parts_of("tags", known.desired), *parts_of("tags", look.before(known))} if known else set()
        others = {tag: value for tag, value in sorted(there.items()) if tag not in wanted}
        if on_object(key) in objects and others:
            yield ResourceId("tags", key), {"tags": others}

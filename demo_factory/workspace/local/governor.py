"""Governance on a laptop: who there is and who may do what, each kind by its own file."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence

from demo_factory.resources.kinds.group import leaves_members
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.workspace.local.kind import here
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.things import Things


class LocalGovernor:
    """See `demo_factory.workspace.ports.Governor`.

    Catalogs, schemas and volumes are folders; all else is written beside them. What hangs on a table or view is found
    as long as that is there.
    """

    def __init__(self, state: StateFolder, environ: Mapping[str, str] = os.environ) -> None:
        self._things = Things(state, environ)
        self.file = self._things.file

    def everything(self) -> dict[ResourceId, Value]:
        """All that is governed in this state folder, whichever demo asked for it."""
        stored = self._things.stored()
        found = {id: here(id.kind).find(self._things, stored, Resource(*id, value)) for id, value in stored.items()}
        return {id: value for id, value in found.items() if value is not None}

    def find(self, items: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now; None where nothing does."""
        stored = self._things.stored()
        return {item.id: here(item.kind).find(self._things, stored, item) for item in items}

    def by_hand(self, items: Sequence[Resource], objects: Collection[tuple[str, str]]) -> Mapping[ResourceId, Value]:
        """Grants to principals that no item names on an object, and members of groups that list none."""
        stored, refs = self.everything(), {item.id for item in items}
        found = {item.id: stored[item.id] for item in items if leaves_members(item) and stored.get(item.id)}
        there = {*objects, *(item.id for item in items if item.kind in ("catalog", "schema"))}
        for ref, value in stored.items():
            if ref.kind == "grant" and ref not in refs and tuple(ref.key.split(" ")[:2]) in there:
                found[ref] = value
        return found

    def make(self, item: Resource, found: Value | None) -> Value:
        """Bring one thing to what it should be."""
        return here(item.kind).make(self._things, item)

    def remove(self, made: State) -> bool:
        """Remove one thing of ours; a folder only when nothing is left in it."""
        return here(made.kind).remove(self._things, made)

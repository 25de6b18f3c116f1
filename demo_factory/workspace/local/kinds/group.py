"""A group here: a name with its members; where no list is given those that people added stay."""

from demo_factory.resources.kinds.group import leaves_members
from demo_factory.resources.resource import Resource, Value
from demo_factory.workspace.local.kind import KindHere, Stored, find, make
from demo_factory.workspace.local.things import Things


def _find(things: Things, stored: Stored, resource: Resource) -> Value | None:
    found = find(things, stored, resource)
    return resource.desired if found is not None and leaves_members(resource) else found


def _make(things: Things, resource: Resource) -> Value:
    if leaves_members(resource) and resource.id in things.stored():
        return {}
    return make(things, resource)


KIND = KindHere(_find, _make)

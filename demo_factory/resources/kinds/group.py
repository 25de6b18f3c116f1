"""A group of the account, with the members that the blueprint lists; without a list they are left to people."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource, Value


def _desired(wanted: Wanted) -> Iterator[Resource]:
    groups, done = wanted.governance.groups, set[str]()
    waiting = dict(groups)
    while waiting:  # the blueprint has no circles: each round finds a group whose member groups are done
        for name, group in list(waiting.items()):
            if any(member in groups and member not in done for member in group.listed):
                continue
            needs = tuple(wanted.principal(member) for member in group.listed if "@" not in member)
            members = sorted({wanted.called(member) for member in group.listed})
            value: Value = {} if group.members is None else {"members": members}
            yield Resource("group", wanted.called(name), value, needs)
            done.add(name)
            del waiting[name]


def _principals(resource: Resource) -> list[str]:
    return [member for member in resource.desired.get("members", ()) if "@" not in member]


def _by_hand(key: str, value: Value) -> Iterator[str]:
    if value["members"]:
        yield f"added by hand: {', '.join(value['members'])} to the group {key}"


def leaves_members(resource: Resource) -> bool:
    """Whether it is a group whose members are left to people."""
    return resource.kind == "group" and "members" not in resource.desired


KIND = ResourceKind(
    "group", ("service_principal",), "access_principals", _desired, principals=_principals, by_hand=_by_hand
)

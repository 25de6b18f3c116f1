"""A group of the account, the only kind that can hold grants of Unity Catalog."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, Get, WorkspaceApi, pages, scim
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.kind import KindOnDatabricks, missing_principal

_GROUPS = "/api/2.0/identity/groups"
_ASSIGNMENTS = "/api/2.0/identity/workspace-assignment-details"
_ENTITLEMENTS = ("DATABRICKS_SQL_ACCESS",)  # dashboards, Genie and SQL: what an audience needs, and an assignment one
_SCIM = "/api/2.0/preview/scim/v2"


@dataclass(frozen=True)
class _Found:
    """A group by its id; one of the workspace itself is `local`."""

    id: str
    local: bool = False


@dataclass(frozen=True)
class _Member:
    """Who is in a group: what SCIM calls its kind, and the name that it shows."""

    id: str
    kind: str
    display: str


def _find(look: CachedReader, item: Resource) -> Value | None:
    """A group with its members; somebody else's is as it should be, whatever it is."""
    group = _group(look.get, item.key)
    if group is None:
        return None
    if group.local:
        return {**item.desired, FOREIGN: "the workspace itself"}
    if "members" not in item.desired or not look.ours(item.id):
        return item.desired
    return {"members": _named(look, _members(look.get, group), item.desired["members"], item.needs)}


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Create it if it is missing, and bring the members of one of ours to those that are listed, if any list is."""
    _refuse_local(item, found or {})
    get = CachedReader(api, {}).get  # the account's groups are read once, however many members are groups
    group = _group(get, item.key) or _create_group(api, item.key)
    if "members" in item.desired:
        there = {member.id for member in _members(get, group)}
        wanted = {_id_of(api, get, name, item.needs) for name in item.desired["members"]}
        members = f"{_GROUPS}/{group.id}/direct-members"
        for one in sorted(wanted - there):
            api.do("POST", members, f"add a member to the group {item.key}", {"principal_id": int(one)})
        for one in sorted(there - wanted):
            api.delete(f"{members}/{one}", f"take a member from the group {item.key}")
    return {"id": group.id}


def _refuse_local(item: Resource, found: Value) -> None:
    """Stop before a group that is the workspace's own.

    Raises:
        DemoError: it names the group and what to do.
    """
    if FOREIGN in found:
        raise DemoError(
            f"{item.key} is a group of the workspace, and such groups cannot hold grants of Unity Catalog.",
            "Remove it, or map the blueprint's group to an account group by `principals` of the target.",
        )


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Remove a group."""
    group = _group(api.get, made.key)
    if group is None or group.local:
        return False
    return api.delete(f"{_GROUPS}/{group.id}", f"remove the group {made.key}")


def _group(get: Get, name: str) -> _Found | None:
    """The account's group of a name; failing that the workspace's own.

    The workspace's SCIM shows no group of the account that is not assigned to it, so that comes second.
    """
    if name in (known := _account_groups(get)):
        return _Found(known[name])
    found = scim(get, "Groups", "displayName", name)
    one = min(found, key=_is_local, default=None)
    return None if one is None else _Found(str(one["id"]), _is_local(one))


def _account_groups(get: Get) -> dict[str, str]:
    """Ids by name. How a filter is written nobody says, so that all of them are read, a thousand a call.

    None where who asks may not list them, or the workspace has no such API yet: SCIM tells what it can.
    """
    from databricks.sdk.errors import NotImplemented as NotThere
    from databricks.sdk.errors import PermissionDenied

    try:
        listed = list(pages(get, _GROUPS, "groups", "list the groups of the account", (("page_size", "1000"),)))
    except DemoError as error:
        if isinstance(error.__cause__, PermissionDenied | NotThere):
            return {}
        raise
    return {str(one["group_name"]): str(one["group_id"]) for one in listed}


def _create_group(api: WorkspaceApi, name: str) -> _Found:
    """Make a group of the account, and let its members into the workspace."""
    if not api.target.allow.create_groups:
        raise missing_principal("group", name)
    try:
        made = api.do("POST", _GROUPS, f"create the group {name}", {"group_name": name})
    except DemoError as error:  # of a create whose answer was lost
        group = _group(api.get, name) if already_there(error.__cause__ or error) else None
        if group is None:
            raise
        return group
    body = {"principal_id": int(made["group_id"]), "entitlements": list(_ENTITLEMENTS)}
    api.do("POST", _ASSIGNMENTS, f"let the group {name} into the workspace", body)
    return _Found(str(made["group_id"]))


def _is_local(group: dict[str, Any]) -> bool:
    return (group.get("meta") or {}).get("resourceType") == "WorkspaceGroup"


def _members(get: Get, group: _Found) -> list[_Member]:
    path = f"{_GROUPS}/{group.id}/direct-members"
    what = f"read who is in the group {group.id}"
    return [
        _Member(str(one["principal_id"]), str(one.get("principal_type", "")), str(one.get("display_name") or ""))
        for one in pages(get, path, "direct_group_members", what, (("page_size", "1000"),))
    ]


def _named(
    look: CachedReader, members: Iterable[_Member], known: Iterable[str], needs: tuple[ResourceId, ...]
) -> list[str]:
    """The members by the names that the blueprint uses; others by the names they show."""
    names: dict[str, str] = {}
    for name in known:
        identity = _id(look.api, look.get, name, needs)
        if identity is not None:
            names[identity] = name
    return sorted(names.get(one.id) or one.display or one.id for one in members)


def members(look: CachedReader, name: str) -> list[str]:
    """Who is in a group: users by e-mail, others by the names they show."""
    group = _group(look.get, name)
    found = []
    for one in _members(look.get, group) if group and not group.local else ():
        path, what = f"{_SCIM}/Users/{one.id}", f"look for the user {one.id}"
        user = look.get(path, what) if one.kind == "USER" else None
        found.append(str((user or {}).get("userName") or one.display or one.id))
    return sorted(found)


def _id_of(api: WorkspaceApi, get: Get, name: str, needs: tuple[ResourceId, ...]) -> str:
    identity = _id(api, get, name, needs)
    if identity is None:
        raise DemoError(
            f"{name} should be in a group, and the workspace knows nobody of that name.",
            "Correct the name, or have that person added to the workspace.",
        )
    return identity


def _id(api: WorkspaceApi, get: Get, name: str, needs: tuple[ResourceId, ...]) -> str | None:
    if "@" in name:
        found = scim(get, "Users", "userName", name)
    elif ("group", name) in needs:
        group = _group(get, name)
        return None if group is None else group.id
    else:
        found = api.service_principals(name)
    return str(found[0]["id"]) if found else None


def _refuse(api: WorkspaceApi, item: Resource, found: Value | None) -> None:
    _refuse_local(item, found or {})
    if found is None and not api.target.allow.create_groups:
        raise missing_principal("group", item.key)


KIND = KindOnDatabricks(_find, _make, _remove, _refuse)

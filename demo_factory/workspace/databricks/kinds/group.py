"""A group of the account, the only kind that can hold grants of Unity Catalog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, WorkspaceApi, scim
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.kind import KindOnDatabricks, missing_principal

_GROUPS = "/api/2.0/identity/groups"
_SCIM = "/api/2.0/preview/scim/v2"


def _find(look: CachedReader, item: Resource) -> Value | None:
    """A group with its members; somebody else's is as it should be, whatever it is."""
    group = _group(look.api, item.key)
    if group is None:
        return None
    if _is_local(group):
        return {**item.desired, FOREIGN: "the workspace itself"}
    manages = "members" in item.desired and look.ours(item.id)
    return {"members": _named(look.api, group, item.desired["members"], item.needs)} if manages else item.desired


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Create it if it is missing, and bring the members of one of ours to those that are listed, if any list is."""
    _refuse_local(item, found or {})
    group = _group(api, item.key) or _create_group(api, item.key)
    if "members" not in item.desired:
        return {"id": group["id"]}
    there = {str(member["value"]) for member in group.get("members") or ()}
    wanted = {_id_of(api, name, item.needs) for name in item.desired["members"]}
    members = f"{_GROUPS}/{group['id']}/direct-members"
    for one in sorted(wanted - there):
        api.do("POST", members, f"add a member to the group {item.key}", {"principal_id": int(one)})
    for one in sorted(there - wanted):
        api.delete(f"{members}/{one}", f"take a member from the group {item.key}")
    return {"id": group["id"]}


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
    group = _group(api, made.key)
    if group is None or _is_local(group):
        return False
    return api.delete(f"{_GROUPS}/{group['id']}", f"remove the group {made.key}")


def _group(api: WorkspaceApi, name: str) -> dict[str, Any] | None:
    """The account's group of a name; failing that the workspace's own."""
    found = scim(api, "Groups", "displayName", name)
    return min(found, key=_is_local, default=None)


def _create_group(api: WorkspaceApi, name: str) -> dict[str, Any]:
    if not api.target.allow.create_groups:
        raise missing_principal("group", name)
    try:
        made = api.do("POST", _GROUPS, f"create the group {name}", {"group_name": name})
    except DemoError as error:  # of a create whose answer was lost
        group = _group(api, name) if already_there(error.__cause__ or error) else None
        if group is None:
            raise
        return group
    return {"id": str(made["internal_id"])}


def _is_local(group: dict[str, Any]) -> bool:
    return (group.get("meta") or {}).get("resourceType") == "WorkspaceGroup"


def _named(api: WorkspaceApi, group: dict[str, Any], known: Iterable[str], needs: tuple[ResourceId, ...]) -> list[str]:
    """The members by the names that the blueprint uses; others by the names they show."""
    names: dict[str, str] = {}
    for name in known:
        identity = _id(api, name, needs)
        if identity is not None:
            names[identity] = name
    members = group.get("members") or ()
    return sorted(names.get(str(one["value"]), str(one.get("display") or one["value"])) for one in members)


def members(look: CachedReader, name: str) -> list[str]:
    """Who is in a group: users by e-mail, others by the names they show."""
    found = []
    for one in (_group(look.api, name) or {}).get("members") or ():
        reference = str(one.get("$ref", ""))
        user = look.get(f"{_SCIM}/{reference}", f"look for {reference}") if reference.startswith("Users/") else None
        found.append(str((user or {}).get("userName") or one.get("display") or one["value"]))
    return sorted(found)


def _id_of(api: WorkspaceApi, name: str, needs: tuple[ResourceId, ...]) -> str:
    identity = _id(api, name, needs)
    if identity is None:
        raise DemoError(
            f"{name} should be in a group, and the workspace knows nobody of that name.",
            "Correct the name, or have that person added to the workspace.",
        )
    return identity


def _id(api: WorkspaceApi, name: str, needs: tuple[ResourceId, ...]) -> str | None:
    if "@" in name:
        found = scim(api, "Users", "userName", name)
    elif ("group", name) in needs:
        found = scim(api, "Groups", "displayName", name)
    else:
        found = api.service_principals(name)
    return str(found[0]["id"]) if found else None


def _refuse(api: WorkspaceApi, item: Resource, found: Value | None) -> None:
    _refuse_local(item, found or {})
    if found is None and not api.target.allow.create_groups:
        raise missing_principal("group", item.key)


KIND = KindOnDatabricks(_find, _make, _remove, _refuse)

"""Groups: the workspace's and the account's by SCIM, the account's through the workspace (`/api/2.0/identity`) too."""

from __future__ import annotations

import re
from typing import Any

from databricks.sdk.service.iam import AccountGroupsAPI, GroupsAPI

from ..errors import Refused, denied, invalid, missing, wrong_shape
from ..kind import Kind, Request
from ..shapes import Fields, scim
from ..state import EVERYBODY, Group, State
from .principals import SCHEMA, SCIM, Shown, forget, listed, need_admin

KIND = Kind(
    "group",
    counts=lambda state: {
        "groups": len(state.groups),
        "members": sum(len(one.members) for one in state.groups.values()),
    },
)
ACCOUNT = "/api/2.0/accounts/{account_id}/scim/v2"
IDENTITY = "/api/2.0/identity/groups"  # SDK 0.60 does not have it, so: raw calls
_SYSTEM = {"admins", "users", EVERYBODY}
_NEW: Fields = {"group_name": (str, True), "external_id": (str, False)}
_ASSIGNMENT: Fields = {"principal_id": (int, True), "entitlements": (list, True)}
# databricks-sdk 0.162, service/iamv2.py, Entitlement
_ENTITLEMENTS = {
    "ALLOW_CLUSTER_CREATE", "ALLOW_INSTANCE_POOL_CREATE", "DATABRICKS_SQL_ACCESS", "WORKSPACE_ACCESS",
    "WORKSPACE_ADMIN", "WORKSPACE_CONSUME",
}  # fmt: skip
_PAGE: Fields = {"page_size": (int, False), "page_token": (str, False), "filter": (str, False)}
_MEMBER: Fields = {"principal_id": (int, True), "principal_type": (str, False)}


def _group(state: State, one: Group) -> Shown:
    return {
        "schemas": [f"{SCHEMA}:Group"],
        "id": one.id,
        "displayName": one.name,
        "members": [_member(state, member) for member in one.members],
        "meta": {"resourceType": "Group" if one.account else "WorkspaceGroup"},
    }


def _member(state: State, member: str) -> Shown:
    """With where it is read, as SCIM says it."""
    if member in state.groups:
        return {"value": member, "display": state.groups[member].name, "$ref": f"Groups/{member}"}
    principal = next(one for one in state.principals.values() if one.id == member)
    place = "Users" if "@" in principal.name else "ServicePrincipals"
    return {"value": member, "display": principal.display_name, "$ref": f"{place}/{member}"}


# Groups, of the workspace and of the account


def _find(request: Request, account: bool) -> Group:
    name = request.args.get("id") or request.args["group_id"]
    found = request.state.groups.get(name)
    if found is None or (account and not found.account):
        raise missing(f"Group with id {name} not found.")
    return found


def make_group(request: Request, name: str | None, members: list[str], account: bool) -> Group:
    """A group by a name that is free among the groups of its kind."""
    need_admin(request)
    state = request.state
    if not name:
        raise invalid("a group needs a displayName")
    if name in _SYSTEM or any(one.name == name and one.account == account for one in state.groups.values()):
        raise Refused(409, "RESOURCE_ALREADY_EXISTS", f"Group with name {name} already exists.")
    made = Group(str(state.number()), name, account)
    state.groups[made.id] = made
    _add(state, made, members)
    return made


def _add(state: State, group: Group, members: list[str]) -> None:
    known = {one.id for one in state.principals.values()} | set(state.groups)
    for member in members:
        if member not in known or member == group.id:
            raise missing(f"Member with id {member} not found.")
        if member not in group.members:
            group.members.append(member)


def drop_group(request: Request, group: Group) -> None:
    """A group goes, with its grants."""
    need_admin(request)
    del request.state.groups[group.id]
    forget(request.state, group.name, group.id)


def _patch(request: Request, group: Group) -> None:
    """SCIM PATCH: add members, or remove `members` or `members[value eq "id"]`."""
    need_admin(request)
    wanted = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    if request.args.get("schemas") != wanted:
        raise wrong_shape(f"a SCIM patch has schemas {wanted}")
    for operation in request.args.get("Operations", []):
        op, path, value = operation.get("op"), operation.get("path"), operation.get("value")
        if path is None and isinstance(value, dict) and set(value) == {"members"}:
            path, value = "members", value["members"]
        if op == "add" and path == "members" and isinstance(value, list):
            _add(request.state, group, [one["value"] for one in value])
        elif op == "replace" and path == "members" and isinstance(value, list):
            group.members = []
            _add(request.state, group, [one["value"] for one in value])
        elif op == "remove" and (match := re.fullmatch(r'members\[value eq "(\w+)"\]', path or "")):
            group.members = [one for one in group.members if one != match[1]]
        else:
            raise wrong_shape(f"the double does not understand the SCIM operation {operation}")


def _register(base: str, api: Any, account: bool) -> None:
    @KIND.route("GET", f"{base}/Groups", api.list, rename=scim)
    def group_list(request: Request) -> Shown:
        shown = (lambda one: one.account) if account else (lambda one: not one.account or bool(one.entitlements))
        found = [one for one in request.state.groups.values() if shown(one)]
        return listed(request, "displayName", [_group(request.state, one) for one in found])

    @KIND.route("POST", f"{base}/Groups", api.create, rename=scim)
    def group_create(request: Request) -> Shown:
        members = [one["value"] for one in request.args.get("members", [])]
        return _group(request.state, make_group(request, request.args.get("displayName"), members, account))

    @KIND.route("GET", f"{base}/Groups/{{id}}", api.get, rename=scim)
    def group_get(request: Request) -> Shown:
        return _group(request.state, _find(request, account))

    @KIND.route("PATCH", f"{base}/Groups/{{id}}", api.patch, rename=scim)
    def group_patch(request: Request) -> None:
        _patch(request, _own_kind(request, account))

    @KIND.route("DELETE", f"{base}/Groups/{{id}}", api.delete, rename=scim)
    def group_delete(request: Request) -> None:
        drop_group(request, _own_kind(request, account))


def _own_kind(request: Request, account: bool) -> Group:
    """The workspace's SCIM changes no group of the account."""
    found = _find(request, account)
    if found.account and not account:
        raise denied(f"Group '{found.name}' is a group of the account: the workspace's SCIM API cannot change it.")
    return found


_register(SCIM, GroupsAPI, account=False)
_register(ACCOUNT, AccountGroupsAPI, account=True)


# Through the workspace


def _shown(group: Group) -> dict[str, Any]:
    return {
        "account_id": "double",
        "group_id": group.id,
        "group_name": group.name,
        "name": f"groups/{group.id}",
        "parent": "accounts/double",
    }


def _shown_member(state: State, group: Group, member: str) -> dict[str, Any]:
    place = {"Users": "USER", "ServicePrincipals": "SERVICE_PRINCIPAL", "Groups": "GROUP"}
    by_scim = _member(state, member)
    return {
        "principal_id": int(member),
        "display_name": by_scim["display"],
        "group_id": int(group.id),
        "membership_source": "INTERNAL",
        "name": f"groups/{group.id}/direct-members/{member}",
        "parent": f"groups/{group.id}",
        "principal_type": place[by_scim["$ref"].partition("/")[0]],
    }


@KIND.route("POST", IDENTITY, _NEW)
def create(request: Request) -> dict[str, Any]:
    return _shown(make_group(request, request.args["group_name"], [], account=True))


@KIND.route("GET", IDENTITY, _PAGE)
def list_groups(request: Request) -> dict[str, Any]:
    found = [_shown(group) for group in request.state.groups.values() if group.account]
    return request.page("groups", found, "page_size", 100)


@KIND.route("GET", f"{IDENTITY}/{{group_id}}", {})
def get(request: Request) -> dict[str, Any]:
    return _shown(_find(request, account=True))


@KIND.route("DELETE", f"{IDENTITY}/{{group_id}}", {})
def delete(request: Request) -> None:
    drop_group(request, _find(request, account=True))


@KIND.route("GET", f"{IDENTITY}/{{group_id}}/direct-members", _PAGE)
def members(request: Request) -> dict[str, Any]:
    group = _find(request, account=True)
    found = [_shown_member(request.state, group, member) for member in group.members]
    return request.page("direct_group_members", found, "page_size", 100)


@KIND.route("POST", f"{IDENTITY}/{{group_id}}/direct-members", _MEMBER)
def add_member(request: Request) -> dict[str, Any]:
    need_admin(request)
    group, member = _find(request, account=True), str(request.args["principal_id"])
    _add(request.state, group, [member])
    return _shown_member(request.state, group, member)


@KIND.route("DELETE", f"{IDENTITY}/{{group_id}}/direct-members/{{principal_id}}", {})
def remove_member(request: Request) -> None:
    need_admin(request)
    group = _find(request, account=True)
    if request.args["principal_id"] not in group.members:
        raise missing(f"Principal {request.args['principal_id']} is not a member of group {group.name}.")
    group.members.remove(request.args["principal_id"])


@KIND.route("POST", "/api/2.0/identity/workspace-assignment-details", _ASSIGNMENT)
def assign(request: Request) -> dict[str, Any]:
    """Of a group; an assignment without an entitlement is none."""
    need_admin(request)
    group = request.state.groups.get(str(request.args["principal_id"]))
    if group is None or not group.account:
        raise missing(f"Principal with id {request.args['principal_id']} not found in the account.")
    wanted = tuple(request.args["entitlements"])
    if not wanted or not _ENTITLEMENTS.issuperset(wanted):
        raise invalid(f"entitlements must be some of {', '.join(sorted(_ENTITLEMENTS))}: {list(wanted)}")
    group.entitlements = wanted
    return {
        "principal_id": int(group.id),
        "account_id": "double",
        "entitlements": list(wanted),
        "effective_entitlements": list(wanted),
        "principal_type": "GROUP",
        "workspace_id": 1,
    }

"""Who there is: SCIM of the workspace (users, service principals, groups) and account groups by both their APIs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from databricks.sdk.service.iam import (
    AccountGroupsAPI,
    CurrentUserAPI,
    GroupsAPI,
    ServicePrincipalsAPI,
    UsersAPI,
)

from .errors import Refused, denied, invalid, missing, wrong_shape
from .routes import Request, route
from .shapes import scim
from .state import EVERYBODY, Group, Principal, State

SCIM = "/api/2.0/preview/scim/v2"
ACCOUNT = "/api/2.0/accounts/{account_id}/scim/v2"
_SYSTEM = {"admins", "users", EVERYBODY}
_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0"
Shown = dict[str, Any]


def _need_admin(request: Request) -> None:
    if not request.caller.admin:
        raise denied("Only admins can manage users, service principals and groups.")


# How things look


def _user(state: State, one: Principal) -> Shown:
    return {
        "schemas": [f"{_SCHEMA}:User"],
        "id": one.id,
        "userName": one.name,
        "displayName": one.display_name,
        "emails": [{"value": one.name, "primary": True, "type": "work"}],
        "active": True,
        "groups": _groups_with(state, one.id),
    }


def _service_principal(state: State, one: Principal) -> Shown:
    return {
        "schemas": [f"{_SCHEMA}:ServicePrincipal"],
        "id": one.id,
        "applicationId": one.name,
        "displayName": one.display_name,
        "active": True,
        "groups": _groups_with(state, one.id),
    }


def _groups_with(state: State, member: str) -> list[Shown]:
    found = [group for group in state.groups.values() if member in group.members]
    return [{"value": group.id, "display": group.name, "type": "direct"} for group in found]


def _group(state: State, one: Group) -> Shown:
    return {
        "schemas": [f"{_SCHEMA}:Group"],
        "id": one.id,
        "displayName": one.name,
        "members": [
            {"value": member, "display": _display(state, member), "$ref": _reference(state, member)}
            for member in one.members
        ],
        "meta": {"resourceType": "Group" if one.account else "WorkspaceGroup"},
    }


def _reference(state: State, member: str) -> str:
    """Where a member is read, as SCIM says it."""
    if member in state.groups:
        return f"Groups/{member}"
    user = any(one.id == member and "@" in one.name for one in state.principals.values())
    return f"{'Users' if user else 'ServicePrincipals'}/{member}"


def _display(state: State, member: str) -> str:
    for principal in state.principals.values():
        if principal.id == member:
            return principal.display_name
    return state.groups[member].name


def _listed(request: Request, name: str, found: list[Shown]) -> Shown:
    """A page of what passes the filter `name eq "x"`."""
    text = request.args.get("filter")
    if text:
        match = re.fullmatch(r'(\w+) (eq|ne|co|sw) "([^"]*)"', text)
        if not match or match[1] not in (name, "id", "applicationId"):
            raise wrong_shape(f'the double understands filters as {name} eq "x", got {text!r}')
        field, operator, wanted = match[1], match[2], match[3]
        test: dict[str, Callable[[str], bool]] = {
            "eq": lambda value: value == wanted,
            "ne": lambda value: value != wanted,
            "co": lambda value: wanted in value,
            "sw": lambda value: value.startswith(wanted),
        }
        found = [one for one in found if test[operator](one.get(field, ""))]
    if {"sortBy", "sortOrder", "excludedAttributes"} & set(request.args):
        raise wrong_shape("the double's SCIM lists take filter, attributes, startIndex and count only")
    start, count = request.args.get("startIndex", 1), request.args.get("count", 100)
    here = found[start - 1 : start - 1 + count]
    wanted_fields = request.args.get("attributes")
    if wanted_fields:
        kept = set(wanted_fields.split(",")) | {"id", "schemas"}
        here = [{key: value for key, value in one.items() if key in kept} for one in here]
    return {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(here), "Resources": here}


# Users


@route("GET", f"{SCIM}/Me", CurrentUserAPI.me)
def me(request: Request) -> Shown:
    caller = request.caller
    shown = _user(request.state, caller)
    if caller.admin and "admins" not in {group["display"] for group in shown["groups"]}:
        shown["groups"].append({"value": "0", "display": "admins", "type": "direct"})
    return shown | ({"displayName": caller.display_name} if caller.kind == "service_principal" else {})


@route("GET", f"{SCIM}/Users", UsersAPI.list, rename=scim)
def user_list(request: Request) -> Shown:
    users = [one for one in request.state.principals.values() if one.kind == "user"]
    return _listed(request, "userName", [_user(request.state, one) for one in users])


@route("GET", f"{SCIM}/Users/{{id}}", UsersAPI.get, rename=scim)
def user_get(request: Request) -> Shown:
    return _user(request.state, _principal(request, "user"))


def _principal(request: Request, kind: str) -> Principal:
    for one in request.state.principals.values():
        if one.id == request.args["id"] and one.kind == kind:
            return one
    raise missing(f"{kind.replace('_', ' ').title()} with id {request.args['id']} not found.")


# Service principals


@route("GET", f"{SCIM}/ServicePrincipals", ServicePrincipalsAPI.list, rename=scim)
def sp_list(request: Request) -> Shown:
    found = [one for one in request.state.principals.values() if one.kind == "service_principal"]
    return _listed(request, "displayName", [_service_principal(request.state, one) for one in found])


@route("POST", f"{SCIM}/ServicePrincipals", ServicePrincipalsAPI.create, rename=scim)
def sp_create(request: Request) -> Shown:
    _need_admin(request)
    name = request.args.get("displayName")
    if not name and not request.args.get("applicationId"):
        raise invalid("a service principal needs a displayName")
    application = request.args.get("applicationId", str(uuid.uuid4()))
    if application in request.state.principals:
        raise Refused(409, "RESOURCE_ALREADY_EXISTS", f"Service principal {application} already exists.")
    made = Principal(application, "service_principal", str(request.state.number()), name or application)
    request.state.principals[made.name] = made
    return _service_principal(request.state, made)


@route("GET", f"{SCIM}/ServicePrincipals/{{id}}", ServicePrincipalsAPI.get, rename=scim)
def sp_get(request: Request) -> Shown:
    return _service_principal(request.state, _principal(request, "service_principal"))


@route("DELETE", f"{SCIM}/ServicePrincipals/{{id}}", ServicePrincipalsAPI.delete, rename=scim)
def sp_delete(request: Request) -> None:
    _need_admin(request)
    gone = _principal(request, "service_principal")
    del request.state.principals[gone.name]
    forget(request.state, gone.name, gone.id)


def forget(state: State, name: str, member: str) -> None:
    """Somebody is gone: from groups, from grants, from ACLs and from permissions."""
    for group in state.groups.values():
        group.members = [one for one in group.members if one != member]
    for key, grants in list(state.grants.items()):
        grants.pop(name, None)
        if not grants:
            del state.grants[key]
    for scope in state.scopes.values():
        scope.acls.pop(name, None)
    for target, entries in state.permissions.items():
        state.permissions[target] = [entry for entry in entries if name not in entry.values()]


# Groups, of the workspace and of the account


def _find(request: Request, account: bool) -> Group:
    found = request.state.groups.get(request.args["id"])
    if found is None or (account and not found.account):
        raise missing(f"Group with id {request.args['id']} not found.")
    return found


def make_group(request: Request, name: str | None, members: list[str], account: bool) -> Group:
    """A group by a name that is free among the groups of its kind."""
    _need_admin(request)
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
    _need_admin(request)
    del request.state.groups[group.id]
    forget(request.state, group.name, group.id)


def _patch(request: Request, group: Group) -> None:
    """SCIM PATCH: add members, or remove `members` or `members[value eq "id"]`."""
    _need_admin(request)
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
    @route("GET", f"{base}/Groups", api.list, rename=scim)
    def group_list(request: Request) -> Shown:
        found = [one for one in request.state.groups.values() if one.account or not account]
        return _listed(request, "displayName", [_group(request.state, one) for one in found])

    @route("POST", f"{base}/Groups", api.create, rename=scim)
    def group_create(request: Request) -> Shown:
        members = [one["value"] for one in request.args.get("members", [])]
        return _group(request.state, make_group(request, request.args.get("displayName"), members, account))

    @route("GET", f"{base}/Groups/{{id}}", api.get, rename=scim)
    def group_get(request: Request) -> Shown:
        return _group(request.state, _find(request, account))

    @route("PATCH", f"{base}/Groups/{{id}}", api.patch, rename=scim)
    def group_patch(request: Request) -> None:
        _patch(request, _own_kind(request, account))

    @route("DELETE", f"{base}/Groups/{{id}}", api.delete, rename=scim)
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

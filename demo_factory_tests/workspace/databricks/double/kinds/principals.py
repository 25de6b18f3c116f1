"""Users and service principals: SCIM of the workspace, and the OAuth secrets with which service principals log in."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from databricks.sdk.service.iam import CurrentUserAPI, ServicePrincipalsAPI, UsersAPI
from databricks.sdk.service.oauth2 import ServicePrincipalSecretsProxyAPI

from ..errors import Refused, denied, invalid, missing, wrong_shape
from ..kind import Kind, Request, each
from ..shapes import scim
from ..state import Principal, State

KIND = Kind(
    "principal", counts=lambda state: Counter(f"{one.kind}s" for one in state.principals.values() if not one.admin)
)
SCIM = "/api/2.0/preview/scim/v2"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0"
_SECRETS = "/api/2.0/accounts/servicePrincipals/{service_principal_id}/credentials/secrets"
_FORM = {"grant_type": (str, True), "scope": (str, True)}
Shown = dict[str, Any]


def need_admin(request: Request) -> None:
    """Refuse who is no admin."""
    if not request.caller.admin:
        raise denied("Only admins can manage users, service principals and groups.")


# How things look


def _user(state: State, one: Principal) -> Shown:
    return {
        "schemas": [f"{SCHEMA}:User"],
        "id": one.id,
        "userName": one.name,
        "displayName": one.display_name,
        "emails": [{"value": one.name, "primary": True, "type": "work"}],
        "active": True,
        "groups": _groups_with(state, one.id),
    }


def _service_principal(state: State, one: Principal) -> Shown:
    return {
        "schemas": [f"{SCHEMA}:ServicePrincipal"],
        "id": one.id,
        "applicationId": one.name,
        "displayName": one.display_name,
        "active": True,
        "groups": _groups_with(state, one.id),
    }


def _groups_with(state: State, member: str) -> list[Shown]:
    found = [group for group in state.groups.values() if member in group.members]
    return [{"value": group.id, "display": group.name, "type": "direct"} for group in found]


def listed(request: Request, name: str, found: list[Shown]) -> Shown:
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


@KIND.route("GET", f"{SCIM}/Me", CurrentUserAPI.me)
def me(request: Request) -> Shown:
    caller = request.caller
    shown = _user(request.state, caller)
    if caller.admin and "admins" not in {group["display"] for group in shown["groups"]}:
        shown["groups"].append({"value": "0", "display": "admins", "type": "direct"})
    return shown | ({"displayName": caller.display_name} if caller.kind == "service_principal" else {})


@KIND.route("GET", f"{SCIM}/Users", UsersAPI.list, rename=scim)
def user_list(request: Request) -> Shown:
    users = [one for one in request.state.principals.values() if one.kind == "user"]
    return listed(request, "userName", [_user(request.state, one) for one in users])


@KIND.route("GET", f"{SCIM}/Users/{{id}}", UsersAPI.get, rename=scim)
def user_get(request: Request) -> Shown:
    return _user(request.state, _principal(request, "user"))


def _principal(request: Request, kind: str, name: str = "id") -> Principal:
    wanted = request.args[name]
    for one in request.state.principals.values():
        if one.id == wanted and one.kind == kind:
            return one
    raise missing(f"{kind.replace('_', ' ').title()} with id {wanted} not found.")


# Service principals


@KIND.route("GET", f"{SCIM}/ServicePrincipals", ServicePrincipalsAPI.list, rename=scim)
def sp_list(request: Request) -> Shown:
    found = [one for one in request.state.principals.values() if one.kind == "service_principal"]
    return listed(request, "displayName", [_service_principal(request.state, one) for one in found])


@KIND.route("POST", f"{SCIM}/ServicePrincipals", ServicePrincipalsAPI.create, rename=scim)
def sp_create(request: Request) -> Shown:
    need_admin(request)
    name = request.args.get("displayName")
    if not name and not request.args.get("applicationId"):
        raise invalid("a service principal needs a displayName")
    application = request.args.get("applicationId", str(uuid.uuid4()))
    if application in request.state.principals:
        raise Refused(409, "RESOURCE_ALREADY_EXISTS", f"Service principal {application} already exists.")
    made = Principal(application, "service_principal", str(request.state.number()), name or application)
    request.state.principals[made.name] = made
    return _service_principal(request.state, made)


@KIND.route("GET", f"{SCIM}/ServicePrincipals/{{id}}", ServicePrincipalsAPI.get, rename=scim)
def sp_get(request: Request) -> Shown:
    return _service_principal(request.state, _principal(request, "service_principal"))


@KIND.route("DELETE", f"{SCIM}/ServicePrincipals/{{id}}", ServicePrincipalsAPI.delete, rename=scim)
def sp_delete(request: Request) -> None:
    need_admin(request)
    gone = _principal(request, "service_principal")
    del request.state.principals[gone.name]
    forget(request.state, gone.name, gone.id)


def forget(state: State, name: str, member: str) -> None:
    """Somebody is gone: from groups, from grants, and from what other kinds keep."""
    for group in state.groups.values():
        group.members = [one for one in group.members if one != member]
    for key, grants in list(state.grants.items()):
        grants.pop(name, None)
        if not grants:
            del state.grants[key]
    for hook in each("forget"):
        hook(state, name)


# Logging in: machine to machine, as DATABRICKS_CLIENT_ID and _SECRET do


@KIND.route("GET", "/oidc/.well-known/oauth-authorization-server", {}, public=True)
def endpoints(request: Request) -> dict[str, Any]:
    url = f"{request.state.url}/oidc/v1"
    return {"authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token"}


@KIND.route("POST", "/oidc/v1/token", _FORM, public=True, reads=lambda body: True)
def token(request: Request) -> dict[str, Any]:
    basic = request.authorization.removeprefix("Basic ")
    name, _, secret = base64.b64decode(basic).decode().partition(":")
    known = request.state.kept["oauth_secrets"].get(name, [])
    if request.args["grant_type"] != "client_credentials" or secret not in known:
        raise Refused(401, "invalid_client", "Client authentication failed")
    made = request.state.token_for(name)
    return {"access_token": made, "token_type": "Bearer", "expires_in": 3600, "scope": request.args["scope"]}


@KIND.route("POST", _SECRETS, ServicePrincipalSecretsProxyAPI.create)
def secret_create(request: Request) -> dict[str, Any]:
    need_admin(request)
    found = _principal(request, "service_principal", "service_principal_id")
    made = f"dose{secrets.token_hex(16)}"
    request.state.kept["oauth_secrets"].setdefault(found.name, []).append(made)
    return {"id": str(request.state.number()), "secret": made, "status": "ACTIVE"}

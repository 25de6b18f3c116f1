"""Secret scopes, secrets and their ACLs."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from databricks.sdk.service.workspace import SecretsAPI

from ..errors import denied, exists, invalid, missing
from ..kind import Kind, Request
from ..state import State

KIND = Kind(
    "secret",
    counts=lambda state: {
        "scopes": len(state.kept["scopes"]),
        "secrets": sum(len(one.secrets) for one in state.kept["scopes"].values()),
        "acls": sum(len(one.acls) for one in state.kept["scopes"].values()),
    },
)
BASE = "/api/2.0/secrets"
_RANK = {"READ": 1, "WRITE": 2, "MANAGE": 3}


@dataclass
class Scope:
    """A secret scope."""

    secrets: dict[str, tuple[str, int]] = field(default_factory=dict)  # base64, when
    acls: dict[str, str] = field(default_factory=dict)


@KIND.on("forget")
def forget(state: State, name: str) -> None:
    for scope in state.kept["scopes"].values():
        scope.acls.pop(name, None)


def _scope(request: Request, permission: str) -> Scope:
    """A scope on which the caller has at least a permission."""
    name = request.args["scope"]
    found = request.state.kept["scopes"].get(name)
    if found is None:
        raise missing(f"Scope {name} does not exist!")
    names = {request.caller.name, "users"} | request.state.groups_of(request.caller)
    best = max((_RANK[level] for who, level in found.acls.items() if who in names), default=0)
    if best < _RANK[permission]:
        raise denied(f"User {request.caller.name} does not have {permission} permission on scope {name}.")
    return found


@KIND.route("POST", f"{BASE}/scopes/create", SecretsAPI.create_scope)
def scope_create(request: Request) -> None:
    name, first = request.args["scope"], request.args.get("initial_manage_principal")
    if not re.fullmatch(r"[\w\-@.]{1,128}", name):
        raise invalid(f"Scope name {name[:40]!r} is not valid: 1 to 128 letters, digits, -, _, @ and .")
    if name in request.state.kept["scopes"]:
        raise exists(f"Scope {name} already exists!")
    if first not in (None, "users"):
        raise invalid("initial_manage_principal can only be 'users'")
    if request.args.get("scope_backend_type", "DATABRICKS") != "DATABRICKS":
        raise invalid("the double keeps secrets itself only")
    request.state.kept["scopes"][name] = Scope(acls={first or request.caller.name: "MANAGE"})


@KIND.route("GET", f"{BASE}/scopes/list", SecretsAPI.list_scopes)
def scope_list(request: Request) -> dict[str, Any]:
    return {"scopes": [{"name": name, "backend_type": "DATABRICKS"} for name in sorted(request.state.kept["scopes"])]}


@KIND.route("POST", f"{BASE}/scopes/delete", SecretsAPI.delete_scope)
def scope_delete(request: Request) -> None:
    _scope(request, "MANAGE")
    del request.state.kept["scopes"][request.args["scope"]]


@KIND.route("POST", f"{BASE}/put", SecretsAPI.put_secret)
def secret_put(request: Request) -> None:
    scope, args = _scope(request, "WRITE"), request.args
    if ("string_value" in args) == ("bytes_value" in args):
        raise invalid("give either string_value or bytes_value")
    if not re.fullmatch(r"[\w\-.]{1,128}", args["key"]):
        raise invalid(f"Secret key {args['key'][:40]!r} is not valid: 1 to 128 letters, digits, -, _ and .")
    value = args["bytes_value"] if "bytes_value" in args else base64.b64encode(args["string_value"].encode()).decode()
    if len(base64.b64decode(value)) > 128 * 1024:
        raise invalid("a secret has at most 128 KB")
    scope.secrets[args["key"]] = (value, request.state.now())


@KIND.route("GET", f"{BASE}/list", SecretsAPI.list_secrets)
def secret_list(request: Request) -> dict[str, Any]:
    found = _scope(request, "READ").secrets
    return {"secrets": [{"key": key, "last_updated_timestamp": when} for key, (_, when) in sorted(found.items())]}


@KIND.route("GET", f"{BASE}/get", SecretsAPI.get_secret)
def secret_get(request: Request) -> dict[str, Any]:
    found = _scope(request, "READ").secrets.get(request.args["key"])
    if found is None:
        raise missing(f"Secret does not exist with scope: {request.args['scope']} and key: {request.args['key']}")
    return {"key": request.args["key"], "value": found[0]}


@KIND.route("POST", f"{BASE}/delete", SecretsAPI.delete_secret)
def secret_delete(request: Request) -> None:
    if _scope(request, "WRITE").secrets.pop(request.args["key"], None) is None:
        raise missing(f"Secret does not exist with scope: {request.args['scope']} and key: {request.args['key']}")


@KIND.route("POST", f"{BASE}/acls/put", SecretsAPI.put_acl)
def acl_put(request: Request) -> None:
    scope, who = _scope(request, "MANAGE"), request.args["principal"]
    if not request.state.in_workspace(who):
        raise missing(f"Principal {who} does not exist.")
    scope.acls[who] = request.args["permission"]


@KIND.route("GET", f"{BASE}/acls/list", SecretsAPI.list_acls)
def acl_list(request: Request) -> dict[str, Any]:
    found = _scope(request, "MANAGE").acls
    return {"items": [{"principal": who, "permission": level} for who, level in sorted(found.items())]}


@KIND.route("GET", f"{BASE}/acls/get", SecretsAPI.get_acl)
def acl_get(request: Request) -> dict[str, Any]:
    level = _scope(request, "MANAGE").acls.get(request.args["principal"])
    if level is None:
        raise missing(f"No ACL for principal {request.args['principal']} on scope {request.args['scope']}.")
    return {"principal": request.args["principal"], "permission": level}


@KIND.route("POST", f"{BASE}/acls/delete", SecretsAPI.delete_acl)
def acl_delete(request: Request) -> None:
    if _scope(request, "MANAGE").acls.pop(request.args["principal"], None) is None:
        raise missing(f"No ACL for principal {request.args['principal']} on scope {request.args['scope']}.")

"""Secret scopes, secrets and who may read them. A value goes from its variable to the scope and nowhere else."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.containers import refuse_foreign

_BASE = "/api/2.0/secrets"


def find(look: CachedReader, item: Resource) -> Value | None:
    """A scope, a secret's name, or an ACL. Whether a value is right nobody can see, so a secret that is there is."""
    scope = item.key.split()[0].partition("/")[0] if item.kind != "secret_scope" else item.key
    scopes = look.get(f"{_BASE}/scopes/list", "list the secret scopes") or {}
    if scope not in [one["name"] for one in scopes.get("scopes") or ()]:
        return None
    if not look.ours(ResourceId("secret_scope", scope)):  # not even to be looked into
        return {FOREIGN: "somebody else"} if item.kind == "secret_scope" else None
    if item.kind == "secret_scope":
        return {}
    return _find_secret(look, item, scope) if item.kind == "secret" else _find_acl(look, item, scope)


def _find_secret(look: CachedReader, item: Resource, scope: str) -> Value | None:
    found = look.get(f"{_BASE}/list", f"list the secrets of {scope}", (("scope", scope),)) or {}
    if item.key.partition("/")[2] not in [one["key"] for one in found.get("secrets") or ()]:
        return None
    return {"env": look.before(item).get("env", item.desired["env"])}


def _find_acl(look: CachedReader, item: Resource, scope: str) -> Value | None:
    principal = look.api.principal(item.key.partition(" ")[2], item.needs)
    found = look.get(f"{_BASE}/acls/list", f"list the ACLs of {scope}", (("scope", scope),)) or {}
    level = {one["principal"]: one["permission"] for one in found.get("items") or ()}.get(principal)
    return None if level is None else {"permission": level}


def make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Create a scope, put a secret, or let a principal read."""
    if item.kind == "secret":
        return _put(api, item)
    if item.kind == "secret_scope":
        refuse_foreign(item, found or {})
        return {} if found is not None else _create_scope(api, item.key)
    scope, _, who = item.key.partition(" ")
    principal = api.principal(who, item.needs)
    body: dict[str, Any] = {"scope": scope, "principal": principal, "permission": item.desired["permission"]}
    api.do("POST", f"{_BASE}/acls/put", f"let {who} use the scope {scope}", body)
    return {"principal": principal}


def _create_scope(api: WorkspaceApi, scope: str) -> Value:
    try:
        api.do("POST", f"{_BASE}/scopes/create", f"create the secret scope {scope}", {"scope": scope})
    except DemoError as error:  # of a create whose answer was lost
        if not already_there(error.__cause__ or error):
            raise
    return {}


def value_of(api: WorkspaceApi, item: Resource) -> str:
    """What is to be put in a secret.

    Raises:
        DemoError: its environment variable is not set.
    """
    value = api.secret(item.desired["env"])
    if not value:
        raise DemoError(
            f"The secret {item.key} has no value: the environment variable {item.desired['env']} is not set.",
            "Set it for this command; it is kept nowhere but in the secret scope.",
        )
    return value


def _put(api: WorkspaceApi, item: Resource) -> Value:
    scope, _, key = item.key.partition("/")
    body = {"scope": scope, "key": key, "string_value": value_of(api, item)}
    api.do("POST", f"{_BASE}/put", f"put the secret {item.key}", body)
    return {}


def remove(api: WorkspaceApi, made: State) -> bool:
    """Remove a scope, a secret or an ACL; what is in a scope vanishes with it, and that is fine."""
    if made.kind == "secret_scope":
        return _gone(api, "scopes/delete", f"remove the secret scope {made.key}", {"scope": made.key})
    if made.kind == "secret":
        scope, _, key = made.key.partition("/")
        return _gone(api, "delete", f"remove the secret {made.key}", {"scope": scope, "key": key})
    scope, _, who = made.key.partition(" ")
    principal = made.detail.get("principal")
    if principal is None:  # announced only
        found = api.service_principals(who)
        principal = str(found[0]["applicationId"]) if found else who
    body = {"scope": scope, "principal": principal}
    return _gone(api, "acls/delete", f"take the scope {scope} from {who}", body)


def _gone(api: WorkspaceApi, path: str, what: str, body: dict[str, Any]) -> bool:
    from databricks.sdk.errors import NotFound

    try:
        api.do("POST", f"{_BASE}/{path}", what, body)
    except DemoError as error:
        if isinstance(error.__cause__, NotFound):
            return False
        raise
    return True

"""Secret scopes, secrets and who may read them. A value goes from its variable to the scope and nowhere else."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.items import Item, Made, Value
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.containers import refuse_foreign
from demo_factory.workspace.databricks.ground import FOREIGN, Ground, Look

_BASE = "/api/2.0/secrets"


def find(look: Look, item: Item) -> Value | None:
    """A scope, a secret's name, or an ACL. Whether a value is right nobody can see, so a secret that is there is."""
    scope = item.key.split()[0].partition("/")[0] if item.kind != "secret_scope" else item.key
    scopes = look.get(f"{_BASE}/scopes/list", "list the secret scopes") or {}
    if scope not in [one["name"] for one in scopes.get("scopes") or ()]:
        return None
    if not look.ours(("secret_scope", scope)):  # not even to be looked into
        return {FOREIGN: "somebody else"} if item.kind == "secret_scope" else None
    if item.kind == "secret_scope":
        return {}
    return _find_secret(look, item, scope) if item.kind == "secret" else _find_acl(look, item, scope)


def _find_secret(look: Look, item: Item, scope: str) -> Value | None:
    found = look.get(f"{_BASE}/list", f"list the secrets of {scope}", (("scope", scope),)) or {}
    if item.key.partition("/")[2] not in [one["key"] for one in found.get("secrets") or ()]:
        return None
    return {"env": look.before(item).get("env", item.want["env"])}


def _find_acl(look: Look, item: Item, scope: str) -> Value | None:
    principal = look.ground.principal(item.key.partition(" ")[2], item.needs)
    found = look.get(f"{_BASE}/acls/list", f"list the ACLs of {scope}", (("scope", scope),)) or {}
    level = {one["principal"]: one["permission"] for one in found.get("items") or ()}.get(principal)
    return None if level is None else {"permission": level}


def make(ground: Ground, item: Item, found: Value | None) -> Value:
    """Create a scope, put a secret, or let a principal read."""
    if item.kind == "secret":
        return _put(ground, item)
    if item.kind == "secret_scope":
        refuse_foreign(item, found or {})
        return {} if found is not None else _create_scope(ground, item.key)
    scope, _, who = item.key.partition(" ")
    principal = ground.principal(who, item.needs)
    body: dict[str, Any] = {"scope": scope, "principal": principal, "permission": item.want["permission"]}
    ground.do("POST", f"{_BASE}/acls/put", f"let {who} use the scope {scope}", body)
    return {"principal": principal}


def _create_scope(ground: Ground, scope: str) -> Value:
    try:
        ground.do("POST", f"{_BASE}/scopes/create", f"create the secret scope {scope}", {"scope": scope})
    except DemoError as error:  # of a create whose answer was lost
        if not already_there(error.__cause__ or error):
            raise
    return {}


def value_of(ground: Ground, item: Item) -> str:
    """What is to be put in a secret.

    Raises:
        DemoError: its environment variable is not set.
    """
    value = ground.secret(item.want["env"])
    if not value:
        raise DemoError(
            f"The secret {item.key} has no value: the environment variable {item.want['env']} is not set.",
            "Set it for this command; it is kept nowhere but in the secret scope.",
        )
    return value


def _put(ground: Ground, item: Item) -> Value:
    scope, _, key = item.key.partition("/")
    body = {"scope": scope, "key": key, "string_value": value_of(ground, item)}
    ground.do("POST", f"{_BASE}/put", f"put the secret {item.key}", body)
    return {}


def remove(ground: Ground, made: Made) -> bool:
    """Remove a scope, a secret or an ACL; what is in a scope vanishes with it, and that is fine."""
    if made.kind == "secret_scope":
        return _gone(ground, "scopes/delete", f"remove the secret scope {made.key}", {"scope": made.key})
    if made.kind == "secret":
        scope, _, key = made.key.partition("/")
        return _gone(ground, "delete", f"remove the secret {made.key}", {"scope": scope, "key": key})
    scope, _, who = made.key.partition(" ")
    principal = made.detail.get("principal")
    if principal is None:  # announced only
        found = ground.service_principals(who)
        principal = str(found[0]["applicationId"]) if found else who
    body = {"scope": scope, "principal": principal}
    return _gone(ground, "acls/delete", f"take the scope {scope} from {who}", body)


def _gone(ground: Ground, path: str, what: str, body: dict[str, Any]) -> bool:
    from databricks.sdk.errors import NotFound

    try:
        ground.do("POST", f"{_BASE}/{path}", what, body)
    except DemoError as error:
        if isinstance(error.__cause__, NotFound):
            return False
        raise
    return True

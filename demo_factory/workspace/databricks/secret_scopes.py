"""What secret scopes, secrets and their ACLs have in common. Only into a scope of ours do we look."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import ResourceId
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi

BASE = "/api/2.0/secrets"


def is_there(look: CachedReader, scope: str) -> bool:
    """Whether there is a scope of that name, whosever it is."""
    scopes = look.get(f"{BASE}/scopes/list", "list the secret scopes") or {}
    return scope in [one["name"] for one in scopes.get("scopes") or ()]


def inside(look: CachedReader, scope: str, path: str, field: str) -> list[dict[str, Any]] | None:
    """Secrets or ACLs in a scope; of somebody else's none, since that is not even to be looked into.

    None where whoever asks may not look: to see the ACLs takes MANAGE, and a job only reads.
    """
    from databricks.sdk.errors import PermissionDenied

    if not is_there(look, scope) or not look.ours(ResourceId("secret_scope", scope)):
        return []
    try:
        found = look.get(f"{BASE}/{path}", f"list what is in the scope {scope}", (("scope", scope),)) or {}
    except DemoError as error:
        if isinstance(error.__cause__, PermissionDenied):
            return None
        raise
    return list(found.get(field) or ())


def gone(api: WorkspaceApi, path: str, what: str, body: dict[str, Any]) -> bool:
    """Remove something; False when it was gone already, as what is in a scope vanishes with it."""
    from databricks.sdk.errors import NotFound

    try:
        api.do("POST", f"{BASE}/{path}", what, body)
    except DemoError as error:
        if isinstance(error.__cause__, NotFound):
            return False
        raise
    return True

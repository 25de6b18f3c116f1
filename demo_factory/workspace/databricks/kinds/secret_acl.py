"""Who may read the secrets of a scope."""

from __future__ import annotations

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks
from demo_factory.workspace.databricks.secret_scopes import BASE, gone, inside


def _find(look: CachedReader, item: Resource) -> Value | None:
    scope, _, who = item.key.partition(" ")
    principal = look.api.principal(who, item.needs)
    there = inside(look, scope, "acls/list", "items")
    if there is None:
        return look.before(item) or None
    levels = {one["principal"]: one["permission"] for one in there}
    return {"permission": levels[principal]} if principal in levels else None


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    scope, _, who = item.key.partition(" ")
    principal = api.principal(who, item.needs)
    body = {"scope": scope, "principal": principal, "permission": item.desired["permission"]}
    api.do("POST", f"{BASE}/acls/put", f"let {who} use the scope {scope}", body)
    return {"principal": principal}


def _remove(api: WorkspaceApi, made: State) -> bool:
    scope, _, who = made.key.partition(" ")
    principal = made.detail.get("principal") or api.announced_principal(who)
    body = {"scope": scope, "principal": principal}
    return gone(api, "acls/delete", f"take the scope {scope} from {who}", body)


KIND = KindOnDatabricks(_find, _make, _remove)

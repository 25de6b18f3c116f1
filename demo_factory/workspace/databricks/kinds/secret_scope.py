"""A secret scope."""

from __future__ import annotations

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.kind import KindOnDatabricks, refuse_foreign
from demo_factory.workspace.databricks.secret_scopes import BASE, gone, is_there


def _find(look: CachedReader, item: Resource) -> Value | None:
    if not is_there(look, item.key):
        return None
    return {} if look.ours(item.id) else {FOREIGN: "somebody else"}


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    refuse_foreign(item, found or {})
    if found is not None:
        return {}
    try:
        api.do("POST", f"{BASE}/scopes/create", f"create the secret scope {item.key}", {"scope": item.key})
    except DemoError as error:  # of a create whose answer was lost
        if not already_there(error.__cause__ or error):
            raise
    return {}


def _remove(api: WorkspaceApi, made: State) -> bool:
    return gone(api, "scopes/delete", f"remove the secret scope {made.key}", {"scope": made.key})


KIND = KindOnDatabricks(_find, _make, _remove)

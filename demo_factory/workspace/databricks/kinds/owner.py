"""Who owns an object; given away last, and given back to whoever had it."""

from __future__ import annotations

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.kind import KindOnDatabricks


def _find(look: CachedReader, item: Resource) -> Value | None:
    """Who owns an object."""
    kind, name = item.key.split()
    shown = look.get(path_of(kind, name), f"read {name}")
    if shown is None:
        return None
    owner = look.api.principal(item.desired["owner"], item.needs)
    return {"owner": item.desired["owner"] if shown["owner"] == owner else shown["owner"]}


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Hand an object over."""
    kind, name = item.key.split()
    owner = api.principal(item.desired["owner"], item.needs)
    api.do("PATCH", path_of(kind, name), f"make {item.desired['owner']} the owner of {name}", {"owner": owner})
    return {"before": found["owner"]} if found and found["owner"] != item.desired["owner"] else {}


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Give an object back to whoever owned it before."""
    kind, name = made.key.split()
    if api.get(path_of(kind, name), f"read {name}") is None:
        return False
    owner = made.detail.get("before") or api.me
    api.do("PATCH", path_of(kind, name), f"give {name} back to {owner}", {"owner": owner})
    return True


KIND = KindOnDatabricks(_find, _make, _remove)

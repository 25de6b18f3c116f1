"""Grants: what a principal holds on an object, and no more than that."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.resources.values import owned_part
from demo_factory.workspace.databricks.api import UC, CachedReader, Query, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks

_ALL: Query = (("max_results", "0"),)  # the server's own page size; without it the answer may be cut


def _find(look: CachedReader, item: Resource) -> Value | None:
    """What a principal holds directly. On somebody else's container only what we want, or wanted, is ours to see."""
    kind, name, who = item.key.split(" ", 2)
    principal = look.api.principal(who, item.needs)
    if principal is None:
        return None
    found = held(look, kind, name).get(principal, set())
    if not look.ours(_container(kind, name)):
        found &= {*item.desired["privileges"], *look.before(item).get("privileges", ())}
    return {"privileges": sorted(found)} if found else None


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Grant what is missing and take away what is too much."""
    kind, name, who = item.key.split(" ", 2)
    principal = api.principal(who, item.needs)
    if principal is None:
        raise DemoError(f"There is no service principal {who} to grant anything to.", "Make the principals first.")
    wanted, there = set(item.desired["privileges"]), set(found["privileges"] if found else ())
    if wanted != there:
        change = {"principal": principal, "add": sorted(wanted - there), "remove": sorted(there - wanted)}
        _change(api, kind, name, who, {key: value for key, value in change.items() if value})
    return {"principal": principal}


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Take away what we granted; grants vanish with their object, and that is fine."""
    from databricks.sdk.errors import NotFound

    kind, name, who = made.key.split(" ", 2)
    granted = list(owned_part(made)["privileges"])
    if not granted:
        return False
    principal = made.detail.get("principal") or api.announced_principal(who)
    try:
        _change(api, kind, name, who, {"principal": principal, "remove": granted})
    except DemoError as error:
        if isinstance(error.__cause__, NotFound):
            return False
        raise
    return True


def _change(api: WorkspaceApi, kind: str, name: str, who: str, change: dict[str, Any]) -> None:
    api.do("PATCH", _path(kind, name), f"change what {who} may do on {name}", {"changes": [change]})


def held(look: CachedReader, kind: str, name: str) -> dict[str, set[str]]:
    """Privileges by principal, those included that this SDK has never heard of."""
    found: dict[str, set[str]] = {}
    query = _ALL
    while True:
        answer = look.get(_path(kind, name), f"read the grants on {name}", query) or {}
        for one in answer.get("privilege_assignments") or ():
            found.setdefault(str(one["principal"]), set()).update(map(_plain, one.get("privileges") or ()))
        if not answer.get("next_page_token"):
            return found
        query = (*_ALL, ("page_token", str(answer["next_page_token"])))


def _path(kind: str, name: str) -> str:
    return f"{UC}/permissions/{kind}/{name}"


def _container(kind: str, name: str) -> ResourceId:
    if kind == "catalog":
        return ResourceId("catalog", name)
    return ResourceId("schema", name if kind == "schema" else name.rpartition(".")[0])


def _plain(privilege: str) -> str:
    return str(privilege).upper().replace(" ", "_")


KIND = KindOnDatabricks(_find, _make, _remove)

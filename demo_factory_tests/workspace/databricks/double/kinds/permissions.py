"""Permissions of workspace objects: warehouses, jobs, clusters, folders and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from databricks.sdk.service.iam import PermissionsAPI

from ..errors import invalid, missing, wrong_shape
from ..kind import Kind, Request
from ..state import State

KIND = Kind(
    "permission",
    counts=lambda state: {"permissions": sum(len(entries) for entries in state.kept["permissions"].values())},
)
BASE = "/api/2.0/permissions"
_WHO = ("user_name", "group_name", "service_principal_name")
Key = tuple[str, str]  # the kind of object as the API writes it, and the object's id


@dataclass(frozen=True)
class _Permitted:
    levels: set[str]
    title: str
    there: Callable[[State, str], bool]


_OF: dict[str, _Permitted] = {}


def permitted(kind: str, levels: set[str], title: str, there: Callable[[State, str], bool]) -> None:
    """Say that a kind has permissions, which ones, and how one sees that an object is there."""
    _OF[kind] = _Permitted(levels, title, there)


def set_permissions(state: State, kind: str, name: str, entries: list[dict[str, Any]]) -> None:
    """Replace all of an object; with none, nothing is kept."""
    drop_permissions(state, kind, name)
    if entries:
        state.kept["permissions"][kind, name] = entries


def drop_permissions(state: State, kind: str, name: str) -> None:
    """The object is gone."""
    state.kept["permissions"].pop((kind, name), None)


@KIND.on("forget")
def forget(state: State, name: str) -> None:
    for target, entries in state.kept["permissions"].items():
        state.kept["permissions"][target] = [entry for entry in entries if name not in entry.values()]


def _key(request: Request) -> Key:
    """What the permissions are of; it must exist."""
    kind, name = request.args["request_object_type"], request.args["request_object_id"]
    kind = "warehouses" if kind == "sql/warehouses" else kind
    if kind not in _OF:
        raise wrong_shape(f"the double knows no permissions of {kind!r}; known: {', '.join(_OF)}")
    if not _OF[kind].there(request.state, name):
        raise missing(f"{_OF[kind].title} {name} does not exist.")
    return kind, name


def _entries(request: Request, kind: str) -> list[dict[str, Any]]:
    found = request.args.get("access_control_list", [])
    for entry in found:
        who = [name for name in _WHO if name in entry]
        if len(who) != 1:
            raise invalid(f"an entry names one of {', '.join(_WHO)}")
        if not request.state.in_workspace(entry[who[0]]):
            raise missing(f"Principal: {entry[who[0]]} does not exist.")
        if entry.get("permission_level") not in _OF[kind].levels:
            raise invalid(f"{entry.get('permission_level')} is no permission of {kind}")
    return [dict(entry) for entry in found]


def _shown(request: Request, key: Key) -> dict[str, Any]:
    kind, name = key
    entries = [
        {
            **{who: value for who, value in entry.items() if who in _WHO},
            "all_permissions": [{"permission_level": entry["permission_level"], "inherited": False}],
        }
        for entry in request.state.kept["permissions"].get(key, [])
    ]
    return {"object_id": f"/{kind}/{name}", "object_type": kind.rstrip("s"), "access_control_list": entries}


@KIND.route("GET", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.get)
def get(request: Request) -> dict[str, Any]:
    return _shown(request, _key(request))


@KIND.route("PUT", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.set)
def put(request: Request) -> dict[str, Any]:
    """Replace all."""
    key = _key(request)
    set_permissions(request.state, *key, _entries(request, key[0]))
    return _shown(request, key)


@KIND.route("PATCH", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.update)
def patch(request: Request) -> dict[str, Any]:
    """Add, or change whoever is there already."""
    key = _key(request)
    new = _entries(request, key[0])
    named = {entry[who] for entry in new for who in _WHO if who in entry}
    kept = [one for one in request.state.kept["permissions"].get(key, []) if not named & set(one.values())]
    request.state.kept["permissions"][key] = [*kept, *new]
    return _shown(request, key)

"""Permissions of workspace objects: warehouses, jobs, clusters, folders and files."""

from __future__ import annotations

from typing import Any

from databricks.sdk.service.iam import PermissionsAPI

from .errors import invalid, missing, wrong_shape
from .routes import Request, route
from .warehouses import warehouse

BASE = "/api/2.0/permissions"
_LEVELS = {
    "warehouses": {"CAN_USE", "CAN_MONITOR", "CAN_VIEW", "CAN_MANAGE", "IS_OWNER"},
    "jobs": {"CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"},
    "clusters": {"CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"},
    "directories": {"CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"},
    "files": {"CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"},
}
_WHO = ("user_name", "group_name", "service_principal_name")


def _key(request: Request) -> tuple[str, str]:
    """What the permissions are of; it must exist."""
    kind, name = request.args["request_object_type"], request.args["request_object_id"]
    kind = "warehouses" if kind == "sql/warehouses" else kind
    if kind not in _LEVELS:
        raise wrong_shape(f"the double knows no permissions of {kind!r}; known: {', '.join(_LEVELS)}")
    state = request.state
    if kind == "warehouses":
        warehouse(state, name)
    elif (
        kind == "jobs"
        and int(name) not in state.jobs
        and not any(run.job_id == int(name) for run in state.runs.values())
    ):
        raise missing(f"Job {name} does not exist.")
    elif kind == "clusters" and name not in state.clusters:
        raise missing(f"Cluster {name} does not exist.")
    elif kind in ("directories", "files") and not any(str(n["object_id"]) == name for n in state.workspace.values()):
        raise missing(f"Workspace object {name} does not exist.")
    return kind, name


def _entries(request: Request, kind: str) -> list[dict[str, Any]]:
    found = request.args.get("access_control_list", [])
    for entry in found:
        who = [name for name in _WHO if name in entry]
        if len(who) != 1:
            raise invalid(f"an entry names one of {', '.join(_WHO)}")
        if not request.state.in_workspace(entry[who[0]]):
            raise missing(f"Principal: {entry[who[0]]} does not exist.")
        if entry.get("permission_level") not in _LEVELS[kind]:
            raise invalid(f"{entry.get('permission_level')} is no permission of {kind}")
    return [dict(entry) for entry in found]


def _shown(request: Request, key: tuple[str, str]) -> dict[str, Any]:
    kind, name = key
    entries = [
        {
            **{who: value for who, value in entry.items() if who in _WHO},
            "all_permissions": [{"permission_level": entry["permission_level"], "inherited": False}],
        }
        for entry in request.state.permissions.get(key, [])
    ]
    return {"object_id": f"/{kind}/{name}", "object_type": kind.rstrip("s"), "access_control_list": entries}


@route("GET", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.get)
def get(request: Request) -> dict[str, Any]:
    return _shown(request, _key(request))


@route("PUT", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.set)
def put(request: Request) -> dict[str, Any]:
    """Replace all."""
    key = _key(request)
    entries = _entries(request, key[0])
    request.state.permissions.pop(key, None)
    if entries:
        request.state.permissions[key] = entries
    return _shown(request, key)


@route("PATCH", f"{BASE}/{{request_object_type}}/{{request_object_id}}", PermissionsAPI.update)
def patch(request: Request) -> dict[str, Any]:
    """Add, or change whoever is there already."""
    key = _key(request)
    new = _entries(request, key[0])
    named = {entry[who] for entry in new for who in _WHO if who in entry}
    kept = [one for one in request.state.permissions.get(key, []) if not named & set(one.values())]
    request.state.permissions[key] = [*kept, *new]
    return _shown(request, key)

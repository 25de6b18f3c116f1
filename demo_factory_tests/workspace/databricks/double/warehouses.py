"""SQL warehouses: found, looked at, started and stopped."""

from __future__ import annotations

import secrets
from typing import Any

from databricks.sdk.service.sql import WarehousesAPI

from .errors import invalid, missing
from .routes import Request, route
from .state import State

BASE = "/api/2.0/sql/warehouses"


def add_warehouse(state: State, name: str, status: str) -> str:
    """A serverless warehouse. Returns its id."""
    made = secrets.token_hex(8)
    state.warehouses[made] = {
        "id": made,
        "name": name,
        "state": status,
        "cluster_size": "2X-Small",
        "warehouse_type": "PRO",
        "enable_serverless_compute": True,
        "auto_stop_mins": 10,
    }
    return made


def warehouse(state: State, name: str) -> dict[str, Any]:
    """A warehouse by its id.

    Raises:
        Refused: there is none.
    """
    if len(name) != 16 or any(char not in "0123456789abcdef" for char in name):
        raise invalid(f"{name} is not a valid endpoint id.")
    if name not in state.warehouses:
        raise missing(f"SQL warehouse {name} does not exist.")
    return state.warehouses[name]


@route("GET", BASE, WarehousesAPI.list)
def warehouse_list(request: Request) -> dict[str, Any]:
    return {"warehouses": list(request.state.warehouses.values())}


@route("GET", f"{BASE}/{{id}}", WarehousesAPI.get)
def warehouse_get(request: Request) -> dict[str, Any]:
    return warehouse(request.state, request.args["id"])


@route("POST", f"{BASE}/{{id}}/start", WarehousesAPI.start)
def warehouse_start(request: Request) -> None:
    warehouse(request.state, request.args["id"])["state"] = "RUNNING"


@route("POST", f"{BASE}/{{id}}/stop", WarehousesAPI.stop)
def warehouse_stop(request: Request) -> None:
    warehouse(request.state, request.args["id"])["state"] = "STOPPED"

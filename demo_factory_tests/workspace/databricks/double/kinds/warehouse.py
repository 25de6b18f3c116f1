"""SQL warehouses, and statement execution: the asynchronous protocol, its parameters and its results."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from databricks.sdk.service.sql import StatementExecutionAPI, WarehousesAPI

from ..errors import invalid, missing
from ..governance_sql import run
from ..kind import Kind, Request
from ..parameters import bind
from ..queries import read
from ..sql_reader import NotUnderstood, SqlError
from ..state import Act, Rows, State
from .permissions import permitted

WAREHOUSE, KIND = Kind("warehouse"), Kind("statement")
WAREHOUSES = "/api/2.0/sql/warehouses"
BASE = "/api/2.0/sql/statements"
_READS = re.compile(r"\s*(SELECT|WITH|SHOW|DESC|DESCRIBE|EXPLAIN|VALUES|TABLE)\b", re.IGNORECASE)


def add_warehouse(state: State, name: str, status: str) -> str:
    """A serverless warehouse. Returns its id."""
    made = secrets.token_hex(8)
    state.kept["warehouses"][made] = {
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
    """A warehouse by its id, if there is one."""
    if len(name) != 16 or any(char not in "0123456789abcdef" for char in name):
        raise invalid(f"{name} is not a valid endpoint id.")
    if name not in state.kept["warehouses"]:
        raise missing(f"SQL warehouse {name} does not exist.")
    return state.kept["warehouses"][name]


permitted(
    "warehouses",
    {"CAN_USE", "CAN_MONITOR", "CAN_VIEW", "CAN_MANAGE", "IS_OWNER"},
    "SQL warehouse",
    lambda state, name: bool(warehouse(state, name)),
)


@WAREHOUSE.route("GET", WAREHOUSES, WarehousesAPI.list)
def warehouse_list(request: Request) -> dict[str, Any]:
    return {"warehouses": list(request.state.kept["warehouses"].values())}


@WAREHOUSE.route("GET", f"{WAREHOUSES}/{{id}}", WarehousesAPI.get)
def warehouse_get(request: Request) -> dict[str, Any]:
    return warehouse(request.state, request.args["id"])


@WAREHOUSE.route("POST", f"{WAREHOUSES}/{{id}}/start", WarehousesAPI.start)
def warehouse_start(request: Request) -> None:
    warehouse(request.state, request.args["id"])["state"] = "RUNNING"


@WAREHOUSE.route("POST", f"{WAREHOUSES}/{{id}}/stop", WarehousesAPI.stop)
def warehouse_stop(request: Request) -> None:
    warehouse(request.state, request.args["id"])["state"] = "STOPPED"


# Statements


@dataclass
class Statement:
    """One statement: its end is known from the start, and shown when it has been asked for often enough."""

    polls: int  # how often it is still PENDING or RUNNING
    error: str = ""
    rows: Rows | None = None
    cut: bool = False
    canceled: bool = False


def _only_reads(body: dict[str, Any]) -> bool:
    return bool(_READS.match(str(body.get("statement", ""))))


@KIND.route("POST", f"{BASE}/", StatementExecutionAPI.execute_statement, reads=_only_reads, locked=False)
@KIND.route("POST", BASE, StatementExecutionAPI.execute_statement, reads=_only_reads, locked=False)
def execute(request: Request) -> dict[str, Any]:
    state, args = request.state, request.args
    waits = _wait_seconds(args.get("wait_timeout", "10s"))
    if args.get("format", "JSON_ARRAY") != "JSON_ARRAY" or args.get("disposition", "INLINE") != "INLINE":
        raise invalid("the double answers INLINE and JSON_ARRAY only")
    if "byte_limit" in args or ("catalog" in args) != ("schema" in args):
        raise invalid("the double knows no byte_limit, and wants catalog and schema together")
    with state.lock:
        warehouse(state, args["warehouse_id"])["state"] = "RUNNING"
    made = Statement(polls=state.settings.slow_polls if waits else max(2, state.settings.slow_polls))
    if made.polls and waits and args.get("on_wait_timeout") == "CANCEL":
        made.canceled = True
    else:
        _work(request, args, made)
    name = str(uuid.uuid4())
    with state.lock:
        state.kept["statements"][name] = made
    return _shown(name, made, state.settings.chunk_rows)


def _wait_seconds(text: str) -> int:
    match = re.fullmatch(r"(\d+)s", text)
    seconds = int(match[1]) if match else -1
    if seconds != 0 and not 5 <= seconds <= 50:
        raise invalid(f"wait_timeout must be 0s, or between 5s and 50s, got {text!r}")
    return seconds


def _work(act: Act, args: dict[str, Any], made: Statement) -> None:
    try:
        inside = f"{args.get('catalog')}.{args.get('schema')}"
        if "schema" in args and ("schema", inside) not in act.state.securables:
            raise SqlError(f"[SCHEMA_NOT_FOUND] The schema `{inside}` cannot be found.")
        statement = bind(args["statement"], args.get("parameters", []))
        made.rows = run_statement(act, statement)
        if "row_limit" in args:
            columns, rows = made.rows
            made.rows = (columns, rows[: args["row_limit"]])
            made.cut = len(rows) > args["row_limit"]
        _cut_at_bytes(made, act.state.settings.inline_bytes)
    except (SqlError, NotUnderstood) as error:
        made.error = str(error)


def _cut_at_bytes(made: Statement, most: int) -> None:
    """What does not fit is left out, and `truncated` alone says so."""
    columns, rows = made.rows or ([], [])
    size = 0
    for place, row in enumerate(rows):
        size += len(json.dumps([_text(value) for value in row]))
        if size > most:
            made.rows, made.cut = (columns, rows[:place]), True
            return


def run_statement(act: Act, statement: str) -> Rows:
    """Governance statements and tags here; what is not understood by the backend, if there is one."""
    backend = act.state.settings.sql_backend
    try:
        with act.state.lock:
            if _READS.match(statement):
                return read(act, statement)
            run(act, statement)
            return [], []
    except NotUnderstood as reason:
        if backend is None:
            raise NotUnderstood(f"[DOUBLE] not understood by the double ({reason}): {statement[:200]}") from None
    try:
        return backend(statement)
    except Exception as error:
        raise SqlError(str(error).splitlines()[0]) from error


def _shown(name: str, one: Statement, chunk: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"statement_id": name, "status": {"state": _state(one)}}
    if one.error and answer["status"]["state"] == "FAILED":
        answer["status"]["error"] = {"error_code": "BAD_REQUEST", "message": one.error}
    if answer["status"]["state"] == "SUCCEEDED" and one.rows is not None:
        columns, rows = one.rows
        answer["manifest"] = _manifest(columns, rows, chunk) | {"truncated": one.cut}
        answer["result"] = _chunk(name, rows, 0, chunk)
    return answer


def _state(one: Statement) -> str:
    if one.canceled:
        return "CANCELED"
    if one.polls:
        return "PENDING" if one.polls > 1 else "RUNNING"
    return "FAILED" if one.error else "SUCCEEDED"


def _manifest(columns: list[str], rows: list[list[object]], chunk: int) -> dict[str, Any]:
    kinds = [_kind(row[place] for row in rows) for place in range(len(columns))]
    described = [
        {"name": column, "position": place, "type_name": kinds[place], "type_text": kinds[place]}
        for place, column in enumerate(columns)
    ]
    starts = range(0, len(rows), chunk) or range(1)
    return {
        "format": "JSON_ARRAY",
        "schema": {"column_count": len(columns), "columns": described},
        "total_row_count": len(rows),
        "total_chunk_count": len(starts),
        "chunks": [
            {"chunk_index": place, "row_offset": start, "row_count": len(rows[start : start + chunk])}
            for place, start in enumerate(starts)
        ],
    }


def _kind(values: Any) -> str:
    names = {bool: "BOOLEAN", int: "LONG", float: "DOUBLE"}
    return next((names.get(type(value), "STRING") for value in values if value is not None), "STRING")


def _chunk(name: str, rows: list[list[object]], index: int, size: int) -> dict[str, Any]:
    start = index * size
    here = rows[start : start + size]
    answer: dict[str, Any] = {"chunk_index": index, "row_offset": start, "row_count": len(here)}
    answer["data_array"] = [[_text(value) for value in row] for row in here]
    if start + size < len(rows):
        answer["next_chunk_index"] = index + 1
        answer["next_chunk_internal_link"] = f"{BASE}/{name}/result/chunks/{index + 1}"
    return answer


def _text(value: object) -> str | None:
    """Every value arrives as text."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _statement(request: Request) -> Statement:
    found = request.state.kept["statements"].get(request.args["statement_id"])
    if found is None:
        raise missing(f"The statement {request.args['statement_id']} was not found.", "NOT_FOUND")
    return found


@KIND.route("GET", f"{BASE}/{{statement_id}}", StatementExecutionAPI.get_statement)
def get(request: Request) -> dict[str, Any]:
    found = _statement(request)
    found.polls = max(0, found.polls - 1)
    return _shown(request.args["statement_id"], found, request.state.settings.chunk_rows)


@KIND.route(
    "GET", f"{BASE}/{{statement_id}}/result/chunks/{{chunk_index}}", StatementExecutionAPI.get_statement_result_chunk_n
)
def chunk(request: Request) -> dict[str, Any]:
    found, index = _statement(request), request.args["chunk_index"]
    rows = found.rows[1] if found.rows and _state(found) == "SUCCEEDED" else []
    if index * request.state.settings.chunk_rows >= max(1, len(rows)):
        raise invalid(f"chunk {index} does not exist.")
    return _chunk(request.args["statement_id"], rows, index, request.state.settings.chunk_rows)


@KIND.route("POST", f"{BASE}/{{statement_id}}/cancel", StatementExecutionAPI.cancel_execution)
def cancel(request: Request) -> None:
    """A statement that has not shown its end is canceled; as on Databricks it may have done its work."""
    found = _statement(request)
    if found.polls:
        found.polls, found.canceled = 0, True

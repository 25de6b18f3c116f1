"""Tables, views and functions: read, owned and dropped by the API, made by SQL or by a cluster."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from databricks.sdk.service.catalog import ColumnTypeName, FunctionsAPI, TablesAPI

from .catalog import UC, create, of_kind, page, shown, update
from .errors import wrong_shape
from .rights import need_manage, need_sight
from .routes import Request, route
from .state import Principal, Securable, State

_TYPES = {
    "BIGINT": "LONG",
    "INTEGER": "INT",
    "SMALLINT": "SHORT",
    "TINYINT": "BYTE",
    "REAL": "FLOAT",
    "VARCHAR": "STRING",
}


def type_name(text: str) -> str:
    """The API's name of an SQL type."""
    word = re.split(r"[^A-Za-z_]", text.strip(), maxsplit=1)[0].upper()
    name = _TYPES.get(word, word)
    if name not in {member.value for member in ColumnTypeName}:
        raise ValueError(f"unknown SQL type {text!r}")
    return name


def add_table(state: State, name: str, columns: Mapping[str, str], owner: str, table_type: str, **info: Any) -> None:
    """A table or view, as SQL on a cluster makes it."""
    if name.count(".") != 2:
        raise ValueError(f"a full name has three parts: {name!r}")
    schema, _, short = name.lower().rpartition(".")
    parent = state.get("schema", schema)
    made = create(
        state,
        Principal(owner, "user", "", owner),
        "table",
        parent,
        short,
        catalog_name=parent.parent,
        schema_name=parent.info["name"],
        table_type=table_type,
        table_id=str(uuid.uuid4()),
        columns=[
            {
                "name": column,
                "type_text": kind.lower(),
                "type_name": type_name(kind),
                "position": place,
                "nullable": True,
            }
            for place, (column, kind) in enumerate(columns.items())
        ],
        **({} if table_type == "VIEW" else {"data_source_format": "DELTA"}),
        **info,
    )
    made.owner = owner


def column_of(table: Securable, name: str) -> dict[str, Any] | None:
    """A column as the API shows it; names know no case."""
    return next((one for one in table.info["columns"] if one["name"].lower() == name.lower()), None)


@route("GET", f"{UC}/tables", TablesAPI.list)
def table_list(request: Request) -> dict[str, Any]:
    args = request.args
    parent = request.state.get("schema", f"{args['catalog_name']}.{args['schema_name']}")
    need_sight(request.state, request.caller, parent)
    answer = page(request, "tables", of_kind(request.state, "table", parent.name))
    if args.get("omit_columns"):
        answer["tables"] = [{k: v for k, v in one.items() if k != "columns"} for one in answer["tables"]]
    return answer


@route("GET", f"{UC}/tables/{{full_name}}", TablesAPI.get)
def table_get(request: Request) -> dict[str, Any]:
    found = request.state.get("table", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    return shown(found)


@route("GET", f"{UC}/tables/{{full_name}}/exists", TablesAPI.exists)
def table_exists(request: Request) -> dict[str, Any]:
    return {"table_exists": ("table", request.args["full_name"].lower()) in request.state.securables}


@route("PATCH", f"{UC}/tables/{{full_name}}", TablesAPI.update)
def table_update(request: Request) -> None:
    update(request, request.state.get("table", request.args["full_name"]))


@route("DELETE", f"{UC}/tables/{{full_name}}", TablesAPI.delete)
def table_delete(request: Request) -> None:
    found = request.state.get("table", request.args["full_name"])
    need_manage(request.state, request.caller, found)
    request.state.drop(found)


# Functions


@route("GET", f"{UC}/functions", FunctionsAPI.list)
def function_list(request: Request) -> dict[str, Any]:
    parent = request.state.get("schema", f"{request.args['catalog_name']}.{request.args['schema_name']}")
    return page(request, "functions", of_kind(request.state, "function", parent.name))


@route("GET", f"{UC}/functions/{{name}}", FunctionsAPI.get)
def function_get(request: Request) -> dict[str, Any]:
    found = request.state.get("function", request.args["name"])
    need_sight(request.state, request.caller, found)
    return shown(found)


@route("PATCH", f"{UC}/functions/{{name}}", FunctionsAPI.update)
def function_update(request: Request) -> dict[str, Any]:
    return update(request, request.state.get("function", request.args["name"]))


@route("DELETE", f"{UC}/functions/{{name}}", FunctionsAPI.delete)
def function_delete(request: Request) -> None:
    drop_function(request.state, request.caller, request.args["name"])


def drop_function(state: State, caller: Principal, name: str) -> None:
    """Drop a function that no table uses.

    On Databricks such a drop is allowed and the table cannot be read afterwards; a demo must never do that.
    """
    found = state.get("function", name)
    need_manage(state, caller, found)
    users = users_of(state, found.name)
    if users:
        raise wrong_shape(f"function '{found.name}' still guards {', '.join(users)}: drop the mask or filter first")
    state.drop(found)


def users_of(state: State, function: str) -> list[str]:
    """The tables and columns that a function masks or filters."""
    found = []
    for table in of_kind(state, "table"):
        if table.info.get("row_filter", {}).get("function_name") == function:
            found.append(table.name)
        for column in table.info["columns"]:
            if column.get("mask", {}).get("function_name") == function:
                found.append(f"{table.name}.{column['name']}")
    return found

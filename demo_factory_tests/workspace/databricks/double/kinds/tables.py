"""Tables and views: read, owned and dropped by the API, made by SQL or by a cluster."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from databricks.sdk.service.catalog import ColumnTypeName, TablesAPI

from ..kind import Kind, Request
from ..securables import EVERY, UC, create, need_manage, serve
from ..sql_reader import Reader
from ..state import Act, Principal, Securable, State

KIND = Kind("table", privileges=EVERY | {"APPLY_TAG", "MODIFY", "SELECT"}, within="schema")
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


def described(name: str, kind: str, place: int) -> dict[str, Any]:
    """A column or a parameter as the API shows it."""
    return {"name": name, "type_text": kind.lower(), "type_name": type_name(kind), "position": place}


def add_table(state: State, name: str, columns: Mapping[str, str], owner: str, table_type: str, **info: Any) -> None:
    """A table or view, as SQL on a cluster makes it."""
    if name.count(".") != 2:
        raise ValueError(f"a full name has three parts: {name!r}")
    schema, _, short = name.lower().rpartition(".")
    act = Act(state, Principal(owner, "user", "", owner))
    shown = [described(*column, place) | {"nullable": True} for place, column in enumerate(columns.items())]
    stored = {} if table_type == "VIEW" else {"data_source_format": "DELTA"}
    about = {"table_type": table_type, "table_id": str(uuid.uuid4()), "columns": shown, **stored, **info}
    create(act, "table", state.get("schema", schema), short, **about)


@KIND.route("GET", f"{UC}/tables/{{full_name}}/exists", TablesAPI.exists)
def table_exists(request: Request) -> dict[str, Any]:
    return {"table_exists": ("table", request.args["full_name"].lower()) in request.state.securables}


serve(
    KIND,
    f"{UC}/tables/{{full_name}}",
    get=TablesAPI.get,
    update=TablesAPI.update,
    delete=TablesAPI.delete,
    list=TablesAPI.list,
)


@KIND.statement("DROP", "TABLE")
@KIND.statement("DROP", "VIEW")
def sql_drop(act: Act, reader: Reader, found: Securable) -> None:
    reader.end()
    need_manage(act, found)
    act.state.drop(found)

"""Functions: made by SQL, read, owned and dropped by the API too."""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from databricks.sdk.service.catalog import FunctionsAPI
from sqlglot.errors import SqlglotError

from ..errors import wrong_shape
from ..kind import Kind
from ..securables import EVERY, UC, create_in_schema, need, need_manage, serve
from ..sql_reader import Reader, SqlError
from ..state import Act, Securable, State
from .tables import described, type_name

KIND = Kind("function", privileges=EVERY | {"EXECUTE"}, within="schema")


def _drop(act: Act, found: Securable) -> None:
    """Drop a function that no table uses.

    On Databricks such a drop is allowed and the table cannot be read afterwards; a demo must never do that.
    """
    need_manage(act, found)
    users = users_of(act.state, found.name)
    if users:
        raise wrong_shape(f"function '{found.name}' still guards {', '.join(users)}: drop the mask or filter first")
    act.state.drop(found)


def users_of(state: State, function: str) -> list[str]:
    """The tables and columns that a function masks or filters."""
    found = []
    for table in state.of_kind("table"):
        if table.info.get("row_filter", {}).get("function_name") == function:
            found.append(table.name)
        for column in table.info["columns"]:
            if column.get("mask", {}).get("function_name") == function:
                found.append(f"{table.name}.{column['name']}")
    return found


serve(
    KIND,
    f"{UC}/functions/{{name}}",
    get=FunctionsAPI.get,
    update=FunctionsAPI.update,
    delete=FunctionsAPI.delete,
    list=FunctionsAPI.list,
    drop=_drop,
)


@KIND.statement("DROP", "FUNCTION")
def sql_drop(act: Act, reader: Reader, found: Securable) -> None:
    reader.end()
    _drop(act, found)


@KIND.statement("CREATE", "FUNCTION")
def sql_create(act: Act, reader: Reader, name: str, old: Securable | None, clause: str) -> None:
    parameters = [_parameter(text, place) for place, text in enumerate(_split(reader.between()))]
    reader.expect("RETURNS")
    returns = reader.until("COMMENT", "LANGUAGE", "DETERMINISTIC", "RETURN")
    comment = None
    while not reader.accept("RETURN"):
        if reader.accept("COMMENT"):
            comment = reader.text()
        elif reader.accept("LANGUAGE"):
            reader.expect("SQL")
        else:
            reader.expect("DETERMINISTIC")
    body = reader.until()
    try:
        sqlglot.parse_one(body, dialect="databricks")
        data_type = type_name(returns)
    except (SqlglotError, ValueError) as error:
        raise SqlError(f"[PARSE_SYNTAX_ERROR] {error}") from None
    if old and clause == "IF NOT EXISTS":
        return
    if old and clause != "OR REPLACE":
        raise SqlError(f"[ROUTINE_ALREADY_EXISTS] Cannot create the routine `{name}` because it already exists.")
    schema, _, short = name.rpartition(".")
    info = {
        "input_params": {"parameters": parameters} if parameters else {},
        "data_type": data_type,
        "full_data_type": returns,
        "routine_body": "SQL",
        "routine_definition": body,
        "comment": comment,
        "specific_name": short,
    }
    if old:
        need(act, act.state.get("schema", schema), "CREATE_FUNCTION")
        need_manage(act, old)
        old.info = {k: v for k, v in (old.info | info).items() if v is not None} | {"updated_at": act.state.now()}
    else:
        create_in_schema(act, "function", schema, short, **info)


def _split(text: str) -> list[str]:
    """The parts of a list, parentheses and angles kept together: `a DECIMAL(10,2), b STRING`."""
    return [part.strip() for part in re.split(r",(?![^(<]*[)>])", text) if part.strip()]


def _parameter(text: str, place: int) -> dict[str, Any]:
    name, _, kind = text.partition(" ")
    try:
        return described(name.strip("`"), kind.strip(), place)
    except ValueError as error:
        raise SqlError(f"[PARSE_SYNTAX_ERROR] {error}") from None

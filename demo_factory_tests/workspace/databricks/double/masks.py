"""Column masks and row filters: functions on tables, in the shape that `tables.get` shows."""

from __future__ import annotations

from typing import Any

from .rights import need, need_manage
from .sql_reader import SqlError
from .state import Principal, Securable, State
from .tables import column_of


def _function(state: State, caller: Principal, name: str, given: int) -> Securable:
    found = state.securables.get(("function", name))
    if found is None:
        raise SqlError(f"[ROUTINE_NOT_FOUND] The routine `{name}` cannot be found.")
    need(state, caller, found, "EXECUTE")
    takes = len(found.info["input_params"].get("parameters", []))
    if takes != given:
        raise SqlError(f"[WRONG_NUM_ARGS] `{name}` takes {takes} arguments, and gets {given}.")
    return found


def _known(table: Securable, columns: list[str]) -> list[str]:
    found = []
    for name in columns:
        column = column_of(table, name)
        if column is None:
            raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{name}` cannot be resolved in {table.name}.")
        found.append(column["name"])
    return found


def set_mask(
    state: State, caller: Principal, table: Securable, column: dict[str, Any], function: str, using: list[str]
) -> None:
    """Mask a column: the function gets its value, then the other columns."""
    need_manage(state, caller, table)
    others = _known(table, using)
    made = _function(state, caller, function, 1 + len(others))
    if made.info["data_type"] != column["type_name"]:
        raise SqlError(f"[DATATYPE_MISMATCH] `{function}` gives {made.info['data_type']}, not {column['type_name']}.")
    column["mask"] = {"function_name": function, **({"using_column_names": others} if others else {})}


def drop_mask(state: State, caller: Principal, table: Securable, column: dict[str, Any]) -> None:
    """Show a column's values again."""
    need_manage(state, caller, table)
    column.pop("mask", None)


def set_filter(state: State, caller: Principal, table: Securable, function: str, columns: list[str]) -> None:
    """Filter a table's rows by a function of these columns."""
    need_manage(state, caller, table)
    names = _known(table, columns)
    made = _function(state, caller, function, len(names))
    if made.info["data_type"] != "BOOLEAN":
        raise SqlError(f"[DATATYPE_MISMATCH] A row filter gives BOOLEAN; `{function}` gives {made.info['data_type']}.")
    table.info["row_filter"] = {"function_name": function, "input_column_names": names}


def drop_filter(state: State, caller: Principal, table: Securable) -> None:
    """Show all rows again."""
    need_manage(state, caller, table)
    table.info.pop("row_filter", None)

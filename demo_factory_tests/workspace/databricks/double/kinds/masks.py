"""Column masks and row filters: functions on tables, in the shape that `tables.get` shows."""

from __future__ import annotations

from typing import Any

from ..kind import Kind
from ..securables import need, need_manage
from ..sql_reader import NotUnderstood, Reader, SqlError
from ..state import Act, Securable

KIND = Kind(
    "mask",
    counts=lambda state: {
        "masks": sum("mask" in one for table in state.of_kind("table") for one in table.info["columns"]),
        "row_filters": sum("row_filter" in table.info for table in state.of_kind("table")),
    },
)


def _function(act: Act, name: str, given: int) -> Securable:
    found = act.state.securables.get(("function", name))
    if found is None:
        raise SqlError(f"[ROUTINE_NOT_FOUND] The routine `{name}` cannot be found.")
    need(act, found, "EXECUTE")
    takes = len(found.info["input_params"].get("parameters", []))
    if takes != given:
        raise SqlError(f"[WRONG_NUM_ARGS] `{name}` takes {takes} arguments, and gets {given}.")
    return found


def _known(table: Securable, columns: list[str]) -> list[str]:
    found = []
    for name in columns:
        column = table.column(name)
        if column is None:
            raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{name}` cannot be resolved in {table.name}.")
        found.append(column["name"])
    return found


def _masked(act: Act, table: Securable, column: dict[str, Any] | None) -> dict[str, Any]:
    if column is None:
        raise NotUnderstood("a mask of no column")
    need_manage(act, table)
    return column


@KIND.statement("ALTER", "SET", "MASK")
def set_mask(act: Act, reader: Reader, table: Securable, column: dict[str, Any] | None) -> None:
    """Mask a column: the function gets its value, then the other columns."""
    function = reader.name()
    using = reader.names() if reader.accept("USING", "COLUMNS") else []
    reader.end()
    mask_of(act, table, _masked(act, table, column), function, using)


def mask_of(act: Act, table: Securable, target: dict[str, Any], function: str, using: list[str]) -> None:
    """Put a mask on a column of a table."""
    others = _known(table, using)
    made = _function(act, function, 1 + len(others))
    if made.info["data_type"] != target["type_name"]:
        raise SqlError(f"[DATATYPE_MISMATCH] `{function}` gives {made.info['data_type']}, not {target['type_name']}.")
    target["mask"] = {"function_name": function, **({"using_column_names": others} if others else {})}


@KIND.statement("ALTER", "DROP", "MASK")
def drop_mask(act: Act, reader: Reader, table: Securable, column: dict[str, Any] | None) -> None:
    """Show a column's values again."""
    reader.end()
    _masked(act, table, column).pop("mask", None)


def _filtered(act: Act, table: Securable, column: dict[str, Any] | None) -> dict[str, Any]:
    if column is not None or table.kind != "table" or table.is_view:
        raise NotUnderstood("a row filter of what is no table")
    need_manage(act, table)
    return table.info


@KIND.statement("ALTER", "SET", "ROW", "FILTER")
def set_filter(act: Act, reader: Reader, table: Securable, column: dict[str, Any] | None) -> None:
    """Filter a table's rows by a function of some columns."""
    function = reader.name()
    reader.expect("ON")
    columns = reader.names()
    reader.end()
    _filtered(act, table, column)
    filter_of(act, table, function, columns)


def filter_of(act: Act, table: Securable, function: str, columns: list[str]) -> None:
    """Put a filter on a table."""
    names = _known(table, columns)
    made = _function(act, function, len(names))
    if made.info["data_type"] != "BOOLEAN":
        raise SqlError(f"[DATATYPE_MISMATCH] A row filter gives BOOLEAN; `{function}` gives {made.info['data_type']}.")
    table.info["row_filter"] = {"function_name": function, "input_column_names": names}


@KIND.statement("ALTER", "DROP", "ROW", "FILTER")
def drop_filter(act: Act, reader: Reader, table: Securable, column: dict[str, Any] | None) -> None:
    """Show all rows again."""
    reader.end()
    _filtered(act, table, column).pop("row_filter", None)

"""System tables: audit and query history, with the rows that a test puts in."""

from __future__ import annotations

from ..kind import Kind
from ..sql_reader import SqlError
from ..state import Rows, State

KIND = Kind("system_table")
TABLES = ("system.access.audit", "system.query.history")


def rows_of(state: State, table: str, asked: list[str]) -> Rows:
    """The rows, if the query selects just their columns; its WHERE is not evaluated."""
    columns, rows = state.kept["system_rows"].get(table, (asked, []))
    if asked not in (columns, ["*"]):
        raise SqlError(f"[DOUBLE] the query selects {', '.join(asked)}; the test put in {', '.join(columns)}")
    return columns, rows

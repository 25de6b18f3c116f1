"""The row filter of a table."""

from __future__ import annotations

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.sql.names import quote, quoted
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.kind import KindOnDatabricks


def _find(look: CachedReader, item: Resource) -> Value | None:
    """The row filter of a table."""
    shown = (look.get(*_table(item.key)) or {}).get("row_filter")
    return {"function": shown["function_name"], "on": list(shown.get("input_column_names") or ())} if shown else None


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Filter a table's rows, in place of the filter that is there."""
    function = quoted(item.desired["function"])
    statement = f"ALTER TABLE {quoted(item.key)} SET ROW FILTER {function} {on_columns(item.desired)}"
    api.warehouse.run(statement, what=f"filter {item.key}")
    return {}


def on_columns(row_filter: Value) -> str:
    """The clause with the columns that a filter is given."""
    return f"ON ({', '.join(map(quote, row_filter['on']))})"


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Take our filter off a table; it vanishes with its table, and that is fine."""
    shown = (api.get(*_table(made.key)) or {}).get("row_filter") or {}
    if shown.get("function_name") != made.desired["function"]:
        return False
    api.warehouse.run(f"ALTER TABLE {quoted(made.key)} DROP ROW FILTER", what=f"take the filter off {made.key}")
    return True


def _table(name: str) -> tuple[str, str]:
    return path_of("table", name), f"read {name}"


KIND = KindOnDatabricks(_find, _make, _remove, by_sql=True)

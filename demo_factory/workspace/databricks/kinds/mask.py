"""The mask of a column."""

from __future__ import annotations

from typing import Any

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.sql.names import quote, quoted
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.kind import KindOnDatabricks


def _find(look: CachedReader, item: Resource) -> Value | None:
    """The mask of a column."""
    column = _column(look.get(*_table(item.key.rpartition(".")[0])), item.key)
    mask = (column or {}).get("mask")
    return {"function": mask["function_name"], "using": list(mask.get("using_column_names") or ())} if mask else None


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Put a mask on a column, in place of the one that is there."""
    statement = f"{_alter_column(item.key)} SET MASK {quoted(item.desired['function'])}{using_columns(item.desired)}"
    api.warehouse.run(statement, what=f"mask {item.key}")
    return {}


def using_columns(mask: Value) -> str:
    """The clause with the other columns that a mask is given."""
    return f" USING COLUMNS ({', '.join(map(quote, mask['using']))})" if mask["using"] else ""


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Take our mask off a column; it vanishes with its table, and that is fine."""
    column = _column(api.get(*_table(made.key.rpartition(".")[0])), made.key)
    if (column or {}).get("mask", {}).get("function_name") != made.desired["function"]:
        return False
    api.warehouse.run(f"{_alter_column(made.key)} DROP MASK", what=f"unmask {made.key}")
    return True


def _table(name: str) -> tuple[str, str]:
    return path_of("table", name), f"read {name}"


def _column(shown: dict[str, Any] | None, key: str) -> dict[str, Any] | None:
    name = key.rpartition(".")[2].lower()
    return next((one for one in (shown or {}).get("columns") or () if str(one["name"]).lower() == name), None)


def _alter_column(key: str) -> str:
    table, _, column = key.rpartition(".")
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quote(column)}"


KIND = KindOnDatabricks(_find, _make, _remove, by_sql=True)

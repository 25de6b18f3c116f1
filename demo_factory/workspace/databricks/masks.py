"""Functions, and the column masks and row filters that are made of them."""

from __future__ import annotations

from typing import Any

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.sql.names import literal, quote
from demo_factory.workspace.databricks.api import FOREIGN, UC, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.containers import path_of, refuse_foreign
from demo_factory.workspace.databricks.tags import quoted

# Functions


def find_function(look: CachedReader, item: Resource) -> Value | None:
    """A function as it is defined; texts that differ in blanks or case of types only count as the same."""
    shown = look.get(f"{UC}/functions/{item.key}", f"read the function {item.key}")
    if shown is None:
        return None
    found = {
        "definition": str(shown.get("routine_definition", "")),
        "parameters": ", ".join(f"{one['name']} {one['type_text']}" for one in _parameters(shown)),
        "returns": str(shown.get("full_data_type") or shown.get("data_type", "")),
        "comment": str(shown.get("comment", "")),
    }
    wanted = item.desired.items()
    value = {**found, **{key: text for key, text in wanted if _normal(key, text) == _normal(key, found.get(key, ""))}}
    return value if look.ours(item.id) else {**value, FOREIGN: shown.get("owner", "somebody")}


def make_function(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Create a function, or define ours anew under the masks that use it."""
    refuse_foreign(item, found or {})
    want = item.desired
    comment = f" COMMENT {literal(want['comment'])}" if want.get("comment") else ""
    api.warehouse.run(
        f"CREATE OR REPLACE FUNCTION {quoted(item.key)}({want['parameters']}) RETURNS {want['returns']}{comment} "
        f"RETURN {want['definition']}",
        what=f"make the function {item.key}",
    )
    return {}


def remove_function(api: WorkspaceApi, made: State) -> bool:
    """Drop a function."""
    return api.delete(f"{UC}/functions/{made.key}", f"remove the function {made.key}")


def _parameters(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return (shown.get("input_params") or {}).get("parameters") or []


def _normal(key: str, text: str) -> str:
    plain = "".join(text.split()) if key != "comment" else text
    return plain.lower() if key in ("parameters", "returns") else plain


# Masks and filters


def find_mask(look: CachedReader, item: Resource) -> Value | None:
    """The mask of a column."""
    column = _column(look.get(*_table(item.key.rpartition(".")[0])), item.key)
    mask = (column or {}).get("mask")
    return {"function": mask["function_name"], "using": list(mask.get("using_column_names") or ())} if mask else None


def make_mask(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Put a mask on a column, in place of the one that is there."""
    using = f" USING COLUMNS ({', '.join(map(quote, item.desired['using']))})" if item.desired["using"] else ""
    statement = f"{_alter_column(item.key)} SET MASK {quoted(item.desired['function'])}{using}"
    api.warehouse.run(statement, what=f"mask {item.key}")
    return {}


def remove_mask(api: WorkspaceApi, made: State) -> bool:
    """Take our mask off a column; it vanishes with its table, and that is fine."""
    column = _column(api.get(*_table(made.key.rpartition(".")[0])), made.key)
    if (column or {}).get("mask", {}).get("function_name") != made.desired["function"]:
        return False
    api.warehouse.run(f"{_alter_column(made.key)} DROP MASK", what=f"unmask {made.key}")
    return True


def find_filter(look: CachedReader, item: Resource) -> Value | None:
    """The row filter of a table."""
    shown = (look.get(*_table(item.key)) or {}).get("row_filter")
    return {"function": shown["function_name"], "on": list(shown.get("input_column_names") or ())} if shown else None


def make_filter(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Filter a table's rows, in place of the filter that is there."""
    columns = ", ".join(map(quote, item.desired["on"]))
    statement = f"ALTER TABLE {quoted(item.key)} SET ROW FILTER {quoted(item.desired['function'])} ON ({columns})"
    api.warehouse.run(statement, what=f"filter {item.key}")
    return {}


def remove_filter(api: WorkspaceApi, made: State) -> bool:
    """Take our filter off a table; it vanishes with its table, and that is fine."""
    shown = (api.get(*_table(made.key)) or {}).get("row_filter") or {}
    if shown.get("function_name") != made.desired["function"]:
        return False
    api.warehouse.run(f"ALTER TABLE {quoted(made.key)} DROP ROW FILTER", what=f"take the filter off {made.key}")
    return True


def _table(name: str) -> tuple[str, str]:
    return path_of("table", name), f"read {name}"


def _column(shown: dict[str, Any] | None, key: str) -> dict[str, Any] | None:
    name = key.rpartition(".")[2].lower()
    return next((one for one in (shown or {}).get("columns") or () if str(one["name"]).lower() == name), None)


def _alter_column(key: str) -> str:
    table, _, column = key.rpartition(".")
    return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quote(column)}"

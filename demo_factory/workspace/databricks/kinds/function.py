"""A function that masks and row filters are made of."""

from __future__ import annotations

from typing import Any

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.sql.names import literal, quoted
from demo_factory.workspace.databricks.api import FOREIGN, UC, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks, refuse_foreign


def _find(look: CachedReader, item: Resource) -> Value | None:
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


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
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


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Drop a function."""
    return api.delete(f"{UC}/functions/{made.key}", f"remove the function {made.key}")


def _parameters(shown: dict[str, Any]) -> list[dict[str, Any]]:
    return (shown.get("input_params") or {}).get("parameters") or []


def _normal(key: str, text: str) -> str:
    plain = "".join(text.split()) if key != "comment" else text
    return plain.lower() if key in ("parameters", "returns") else plain


KIND = KindOnDatabricks(_find, _make, _remove, by_sql=True)

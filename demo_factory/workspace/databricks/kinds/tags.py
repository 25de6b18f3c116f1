"""Tags on catalogs, schemas, tables, views and columns; those of others stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from demo_factory.resources.kind import on_object
from demo_factory.resources.resource import Resource, ResourceId, State, Value
from demo_factory.resources.values import owned_part
from demo_factory.sql.names import literal, quote, quoted
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.kind import KindOnDatabricks

_KINDS = ("catalog", "schema", "table", "column")
Tags = Mapping[str, dict[str, str]]  # by key of the item


def _find_all(look: CachedReader, items: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
    """The tags that we want or wanted, one query a catalog; None where none of them is."""
    there = everything(look, items)
    found: dict[ResourceId, Value | None] = {}
    for item in items:
        ours = {*item.desired["tags"], *look.before(item).get("tags", ())}
        tags = {key: value for key, value in sorted(there.get(item.key, {}).items()) if key in ours}
        found[item.id] = {"tags": tags} if tags else None
    return found


def _find(look: CachedReader, item: Resource) -> Value | None:
    return _find_all(look, [item])[item.id]


def everything(look: CachedReader, items: Sequence[Resource]) -> dict[str, dict[str, str]]:
    """Every tag of the kinds of things that the items name, in their catalogs, whoever set it."""
    there: dict[str, dict[str, str]] = {}
    for catalog in sorted({_name(item.key).partition(".")[0] for item in items}):
        if look.get(path_of("catalog", catalog), f"read the catalog {catalog}") is not None:
            there |= _of_catalog(look.api, catalog, {item.key.split()[0] for item in items})
    return there


def _of_catalog(api: WorkspaceApi, catalog: str, kinds: Iterable[str]) -> dict[str, dict[str, str]]:
    parts = [_select(catalog, kind) for kind in _KINDS if kind in kinds]
    rows = api.warehouse.run(" UNION ALL ".join(parts), what=f"read the tags in {catalog}").rows
    found: dict[str, dict[str, str]] = {}
    for kind, schema, table, column, tag, value in rows:
        name = ".".join(part for part in (catalog, schema, table, column) if part)
        found.setdefault(f"{kind} {name}", {})[tag] = value or ""
    return found


def _select(catalog: str, kind: str) -> str:
    columns = ["schema_name", "table_name", "column_name"]
    named = [name if place < _KINDS.index(kind) else f"'' AS {name}" for place, name in enumerate(columns)]
    view = f"{quote(catalog)}.information_schema.{kind}_tags"
    return f"SELECT {literal(kind)} AS kind, {', '.join(named)}, tag_name, tag_value FROM {view}"


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Set what is missing or different, unset what we once wanted."""
    wanted, there = item.desired["tags"], (found or {}).get("tags", {})
    changed = {key: value for key, value in wanted.items() if there.get(key) != value}
    extra = [key for key in there if key not in wanted]
    if changed or extra:
        target = _alter(api, item.key)
        _set(api, target, item.key, changed)
        if extra:
            _unset(api, target, item.key, extra)
    return {}


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Unset our tags, and give those of others their values back; tags vanish with their object, and that is fine."""
    if api.get(path_of(*on_object(made.key)), f"read the {made.key}") is None:
        return False
    altered, wanted = _alter(api, made.key), made.desired["tags"]
    if ours := owned_part(made)["tags"]:
        _unset(api, altered, made.key, ours)
    before = made.detail.get("before", {})
    _set(api, altered, made.key, {tag: value for tag, value in before.items() if wanted.get(tag) != value})
    return True


def _set(api: WorkspaceApi, target: str, key: str, tags: Mapping[str, str]) -> None:
    if tags:
        pairs = ", ".join(f"{literal(tag)} = {literal(value)}" for tag, value in sorted(tags.items()))
        api.warehouse.run(f"{target} SET TAGS ({pairs})", what=f"set tags on the {key}")


def _unset(api: WorkspaceApi, target: str, key: str, tags: Iterable[str]) -> None:
    names = ", ".join(literal(tag) for tag in sorted(tags))
    api.warehouse.run(f"{target} UNSET TAGS ({names})", what=f"remove tags from the {key}")


def _alter(api: WorkspaceApi, key: str) -> str:
    """The beginning of the statement: SQL wants to know whether it is a table or a view."""
    kind, name = key.split()
    if kind == "column":
        table, _, column = name.rpartition(".")
        return f"ALTER TABLE {quoted(table)} ALTER COLUMN {quote(column)}"
    return f"ALTER {sql_kind(api, kind, name)} {quoted(name)}"


def sql_kind(api: WorkspaceApi, kind: str, name: str) -> str:
    """What SQL calls it: TABLE, VIEW, SCHEMA or CATALOG."""
    if kind != "table":
        return kind.upper()
    shown = api.get(path_of("table", name), f"read {name}") or {}
    return "VIEW" if str(shown.get("table_type", "")).endswith("VIEW") else "TABLE"


def _name(key: str) -> str:
    return key.split()[1]


KIND = KindOnDatabricks(_find, _make, _remove, find_all=_find_all, by_sql=True)

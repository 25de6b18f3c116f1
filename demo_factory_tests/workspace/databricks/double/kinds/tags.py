"""Tags on catalogs, schemas, tables, views, volumes and columns, and how information_schema shows them."""

from __future__ import annotations

import re
from typing import Any

from ..kind import Kind
from ..securables import need, sees
from ..sql_reader import NotUnderstood, Reader, SqlError
from ..state import Act, Securable

KIND = Kind(
    "tag",
    counts=lambda state: {
        "tags": sum(len(tags) for one in state.securables.values() for tags in (one.tags, *one.column_tags.values()))
    },
)
MAX_TAGS = 50
_NOT_IN_TAGS = re.compile(r"[.,\-=/:]")


def _tags_of(act: Act, securable: Securable, column: dict[str, Any] | None) -> dict[str, str]:
    if securable.kind == "function":
        raise NotUnderstood("tags on functions")
    need(act, securable, "APPLY_TAG")
    return securable.tags if column is None else securable.column_tags.setdefault(column["name"], {})


@KIND.statement("ALTER", "SET", "TAGS")
def tag(act: Act, reader: Reader, securable: Securable, column: dict[str, Any] | None) -> None:
    """SET TAGS ('key' = 'value', ...) on an object or one of its columns."""
    pairs = {}
    reader.expect("(")
    while True:
        key = reader.text()
        pairs[key] = reader.text() if reader.accept("=") else ""
        if not reader.accept(","):
            break
    reader.expect(")")
    reader.end()
    tags = _tags_of(act, securable, column)
    for key, value in pairs.items():
        if not key or len(key) > 255 or len(value) > 1000 or _NOT_IN_TAGS.search(key) or key != key.strip():
            raise SqlError(
                f"[INVALID_PARAMETER_VALUE] Tag {key[:40]!r} is not valid: . , - = / : cannot be in its name."
            )
    if len(tags | pairs) > MAX_TAGS:
        raise SqlError(f"[INVALID_PARAMETER_VALUE] More than {MAX_TAGS} tags on {securable.name}.")
    tags.update(pairs)


@KIND.statement("ALTER", "UNSET", "TAGS")
def untag(act: Act, reader: Reader, securable: Securable, column: dict[str, Any] | None) -> None:
    """UNSET TAGS ('key', ...); keys that are not there do no harm."""
    reader.expect("(")
    keys = [reader.text()]
    while reader.accept(","):
        keys.append(reader.text())
    reader.expect(")")
    reader.end()
    tags = _tags_of(act, securable, column)
    for key in keys:
        tags.pop(key, None)


# information_schema


def _view(name: str, kind: str, *names: str) -> None:
    columns = [*names, "tag_name", "tag_value"]

    @KIND.statement("VIEW", name)
    def rows(act: Act, catalog: str) -> tuple[list[str], list[dict[str, str]]]:
        found = []
        for one in act.state.of_kind(kind):
            place = one.name.split(".")
            if place[0] != catalog or not sees(act, one):
                continue
            for column, tags in one.column_tags.items() if "column_name" in names else [("", one.tags)]:
                for key, value in tags.items():
                    values = [*place, *([column] if column else []), key, value]
                    found.append(dict(zip(columns, values, strict=True)))
        return columns, found


_view("catalog_tags", "catalog", "catalog_name")
_view("schema_tags", "schema", "catalog_name", "schema_name")
_view("table_tags", "table", "catalog_name", "schema_name", "table_name")
_view("column_tags", "table", "catalog_name", "schema_name", "table_name", "column_name")

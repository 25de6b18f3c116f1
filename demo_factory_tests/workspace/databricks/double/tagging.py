"""Tags on catalogs, schemas, tables, views, volumes and columns."""

from __future__ import annotations

import re

from .rights import need
from .sql_reader import NotUnderstood, Reader, SqlError
from .state import Principal, Securable, State

MAX_TAGS = 50
_NOT_IN_TAGS = re.compile(r"[.,\-=/:]")


def _tags_of(securable: Securable, column: str | None) -> dict[str, str]:
    return securable.tags if column is None else securable.column_tags.setdefault(column, {})


def _need_tagging(state: State, caller: Principal, securable: Securable) -> None:
    if securable.kind == "function":
        raise NotUnderstood("tags on functions")
    need(state, caller, securable, "APPLY_TAG")


def tag(state: State, caller: Principal, reader: Reader, securable: Securable, column: str | None) -> None:
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
    _need_tagging(state, caller, securable)
    for key, value in pairs.items():
        if not key or len(key) > 255 or len(value) > 1000 or _NOT_IN_TAGS.search(key) or key != key.strip():
            raise SqlError(
                f"[INVALID_PARAMETER_VALUE] Tag {key[:40]!r} is not valid: . , - = / : cannot be in its name."
            )
    tags = _tags_of(securable, column)
    if len(tags | pairs) > MAX_TAGS:
        raise SqlError(f"[INVALID_PARAMETER_VALUE] More than {MAX_TAGS} tags on {securable.name}.")
    tags.update(pairs)


def untag(state: State, caller: Principal, reader: Reader, securable: Securable, column: str | None) -> None:
    """UNSET TAGS ('key', ...); keys that are not there do no harm."""
    reader.expect("(")
    keys = [reader.text()]
    while reader.accept(","):
        keys.append(reader.text())
    reader.expect(")")
    reader.end()
    _need_tagging(state, caller, securable)
    for key in keys:
        _tags_of(securable, column).pop(key, None)

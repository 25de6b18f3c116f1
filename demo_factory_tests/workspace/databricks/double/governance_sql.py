"""The governance statements that the double understands: read to their end here, done by the kind they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Refused
from .kind import statements
from .kinds.made_tables import look_after
from .securables import need_manage, new_owner
from .sql_reader import NotUnderstood, Reader, SqlError
from .state import Act, Securable, State

KINDS = ("CATALOG", "SCHEMA", "DATABASE", "TABLE", "VIEW", "VOLUME", "FUNCTION")
_PARTS = {"CATALOG": 1, "SCHEMA": 2, "DATABASE": 2}  # the others have three
_KEPT_AS = {"DATABASE": "schema", "VIEW": "table"}


def run(act: Act, statement: str) -> None:
    """Do what a governance statement says.

    Raises:
        NotUnderstood: it is not one.
        SqlError: it is one, and fails.
    """
    reader = Reader(statement)
    verbs: dict[str, Callable[[Act, Reader], None]] = {
        "CREATE": _create,
        "DROP": _drop,
        "ALTER": _alter,
        "COMMENT": _comment,
        "OPTIMIZE": _look_after,
        "VACUUM": _look_after,
    }
    try:
        verbs[reader.one_of(*verbs)](act, reader)
    except Refused as refused:
        if refused.violation:
            raise
        raise SqlError(f"[{refused.code}] {refused.message}") from refused


def _old(state: State, kind: str, name: str) -> Securable | None:
    parts = _PARTS.get(kind, 3)
    if name.count(".") != parts - 1:
        raise SqlError(f"[DOUBLE] {kind} {name}: the double wants full names, with {parts} parts")
    return state.securables.get((_KEPT_AS.get(kind, kind.lower()), name))


def _find(state: State, kind: str, name: str) -> Securable:
    """An object under the kind that SQL calls it; a view is no table and the other way round."""
    found = _old(state, kind, name)
    if found is None:
        codes = {"CATALOG": "NO_SUCH_CATALOG_EXCEPTION", "FUNCTION": "ROUTINE_NOT_FOUND"}
        codes |= dict.fromkeys(("SCHEMA", "DATABASE"), "SCHEMA_NOT_FOUND")
        code = codes.get(kind, "TABLE_OR_VIEW_NOT_FOUND")
        raise SqlError(f"[{code}] The {kind.lower()} `{name.replace('.', '`.`')}` cannot be found.")
    if kind in ("TABLE", "VIEW") and found.is_view != (kind == "VIEW"):
        code = "EXPECT_TABLE_NOT_VIEW" if found.is_view else "EXPECT_VIEW_NOT_TABLE"
        raise SqlError(f"[{code}] '{name}' is a {'view' if found.is_view else 'table'}.")
    return found


def _column(table: Securable, name: str) -> dict[str, Any]:
    found = table.column(name)
    if found is None:
        raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{name}` cannot be resolved in {table.name}.")
    return found


def _create(act: Act, reader: Reader) -> None:
    clause = "OR REPLACE" if reader.accept("OR", "REPLACE") else ""
    known = {kind: handler for (kind,), handler in statements("CREATE").items()}
    kind = reader.one_of(*known)
    clause = "IF NOT EXISTS" if reader.accept("IF", "NOT", "EXISTS") else clause
    name = reader.name()
    old = _old(act.state, kind, name)
    if kind not in _PARTS:
        _find(act.state, "SCHEMA", name.rpartition(".")[0])
    known[kind](act, reader, name, old, clause)


def _drop(act: Act, reader: Reader) -> None:
    known = {kind: handler for (kind,), handler in statements("DROP").items()}
    kind = reader.one_of(*known)
    maybe = reader.accept("IF", "EXISTS")
    name = reader.name()
    if not maybe or _old(act.state, kind, name) is not None:
        known[kind](act, reader, _find(act.state, kind, name))


def _alter(act: Act, reader: Reader) -> None:
    kind = reader.one_of(*KINDS)
    name = reader.name()
    column = None
    if kind == "TABLE" and reader.accept("ALTER"):
        _ = reader.accept("COLUMN")
        column = reader.identifier()
    elif reader.accept("OWNER", "TO") or reader.accept("SET", "OWNER", "TO"):
        owner = reader.identifier()
        reader.end()
        new_owner(act, _find(act.state, kind, name), owner)
        return
    for words, change in statements("ALTER").items():
        if reader.accept(*words):
            found = _find(act.state, kind, name)
            change(act, reader, found, None if column is None else _column(found, column))
            return
    raise NotUnderstood("this ALTER")


def _look_after(act: Act, reader: Reader) -> None:
    look_after(act, reader, _find(act.state, "TABLE", reader.name()))


def _comment(act: Act, reader: Reader) -> None:
    reader.expect("ON")
    kind = reader.one_of(*KINDS, "COLUMN")
    name = reader.name()
    reader.expect("IS")
    comment = None if reader.accept("NULL") else reader.text()
    reader.end()
    if kind == "COLUMN":
        table, _, short = name.rpartition(".")
        owned = _find(act.state, "TABLE", table)
        target = _column(owned, short)
    else:
        old = _old(act.state, kind, name)
        is_view = kind == "TABLE" and old is not None and old.is_view  # COMMENT ON TABLE is for views too
        owned = _find(act.state, "VIEW" if is_view else kind, name)
        target = owned.info
    need_manage(act, owned)
    target.pop("comment", None)
    if comment is not None:
        target["comment"] = comment

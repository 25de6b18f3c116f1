"""The governance statements that the double understands, and what they change."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlglot
from sqlglot.errors import SqlglotError

from .catalog import create, create_catalog, create_schema, drop_schema
from .errors import Refused
from .masks import drop_filter, drop_mask, set_filter, set_mask
from .rights import need, need_manage, new_owner
from .sql_reader import NotUnderstood, Reader, SqlError
from .state import Principal, Securable, State
from .tables import column_of, drop_function, type_name
from .tagging import tag, untag

KINDS = ("CATALOG", "SCHEMA", "DATABASE", "TABLE", "VIEW", "VOLUME", "FUNCTION")


def run(state: State, caller: Principal, statement: str) -> None:
    """Do what a governance statement says.

    Raises:
        NotUnderstood: it is not one.
        SqlError: it is one, and fails.
    """
    reader = Reader(statement)
    verb = reader.one_of("CREATE", "DROP", "ALTER", "COMMENT")
    action: Callable[[State, Principal, Reader], None] = {
        "CREATE": _create,
        "DROP": _drop,
        "ALTER": _alter,
        "COMMENT": _comment,
    }[verb]
    try:
        action(state, caller, reader)
    except Refused as refused:
        if refused.violation:
            raise
        raise SqlError(f"[{refused.code}] {refused.message}") from refused


def _find(state: State, kind: str, name: str) -> Securable:
    """An object under the kind that SQL calls it; a view is no table and the other way round."""
    parts = {"CATALOG": 1, "SCHEMA": 2, "DATABASE": 2}.get(kind, 3)
    if name.count(".") != parts - 1:
        raise SqlError(f"[DOUBLE] {kind} {name}: the double wants full names, with {parts} parts")
    wanted = {"DATABASE": "schema", "VIEW": "table"}.get(kind, kind.lower())
    if (wanted, name) not in state.securables:
        word = {"CATALOG": "NO_SUCH_CATALOG_EXCEPTION", "FUNCTION": "ROUTINE_NOT_FOUND"}
        code = word.get(kind, {"schema": "SCHEMA_NOT_FOUND"}.get(wanted, "TABLE_OR_VIEW_NOT_FOUND"))
        raise SqlError(f"[{code}] The {kind.lower()} `{name.replace('.', '`.`')}` cannot be found.")
    found = state.get(wanted, name)
    is_view = found.info.get("table_type") == "VIEW"
    if kind in ("TABLE", "VIEW") and is_view != (kind == "VIEW"):
        code = "EXPECT_TABLE_NOT_VIEW" if is_view else "EXPECT_VIEW_NOT_TABLE"
        raise SqlError(f"[{code}] '{name}' is a {'view' if is_view else 'table'}.")
    return found


# CREATE, DROP


def _create(state: State, caller: Principal, reader: Reader) -> None:
    replace = reader.accept("OR", "REPLACE")
    kind = reader.one_of("FUNCTION", "SCHEMA", "CATALOG")
    absent = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    if kind == "FUNCTION":
        _create_function(state, caller, reader, name, replace, absent)
        return
    comment = reader.text() if reader.accept("COMMENT") else None
    reader.end()
    if absent and (kind.lower(), name) in state.securables:
        return
    if kind == "CATALOG":
        create_catalog(state, caller, name, comment=comment)
    else:
        catalog, _, short = name.partition(".")
        create_schema(state, caller, catalog, short, comment=comment)


def _create_function(state: State, caller: Principal, reader: Reader, name: str, replace: bool, absent: bool) -> None:
    if name.count(".") != 2:
        raise SqlError(f"[DOUBLE] FUNCTION {name}: the double wants full names, with 3 parts")
    schema, _, short = name.rpartition(".")
    parameters = [_parameter(text, place) for place, text in enumerate(_split(reader.between()))]
    reader.expect("RETURNS")
    returns = reader.until("COMMENT", "LANGUAGE", "DETERMINISTIC", "RETURN")
    comment = None
    while not reader.accept("RETURN"):
        if reader.accept("COMMENT"):
            comment = reader.text()
        elif reader.accept("LANGUAGE"):
            reader.expect("SQL")
        else:
            reader.expect("DETERMINISTIC")
    body = reader.until()
    try:
        sqlglot.parse_one(body, dialect="databricks")
        data_type = type_name(returns)
    except (SqlglotError, ValueError) as error:
        raise SqlError(f"[PARSE_SYNTAX_ERROR] {error}") from None
    parent = _find(state, "SCHEMA", schema)
    need(state, caller, parent, "USE_SCHEMA")
    need(state, caller, parent, "CREATE_FUNCTION")
    old = state.securables.get(("function", name))
    if old and absent:
        return
    if old and not replace:
        raise SqlError(f"[ROUTINE_ALREADY_EXISTS] Cannot create the routine `{name}` because it already exists.")
    info = {
        "input_params": {"parameters": parameters} if parameters else {},
        "data_type": data_type,
        "full_data_type": returns,
        "routine_body": "SQL",
        "routine_definition": body,
        "comment": comment,
        "specific_name": short,
        "catalog_name": parent.parent,
        "schema_name": parent.info["name"],
    }
    if old:
        need_manage(state, caller, old)
        old.info = {k: v for k, v in (old.info | info).items() if v is not None} | {"updated_at": state.now()}
    else:
        create(state, caller, "function", parent, short, **info)


def _split(text: str) -> list[str]:
    """The parts of a list, parentheses and angles kept together: `a DECIMAL(10,2), b STRING`."""
    return [part.strip() for part in re.split(r",(?![^(<]*[)>])", text) if part.strip()]


def _parameter(text: str, place: int) -> dict[str, object]:
    name, _, kind = text.partition(" ")
    try:
        return {
            "name": name.strip("`"),
            "type_text": kind.strip().lower(),
            "type_name": type_name(kind),
            "position": place,
        }
    except ValueError as error:
        raise SqlError(f"[PARSE_SYNTAX_ERROR] {error}") from None


def _drop(state: State, caller: Principal, reader: Reader) -> None:
    kind = reader.one_of("TABLE", "VIEW", "FUNCTION", "SCHEMA")
    maybe = reader.accept("IF", "EXISTS")
    name = reader.name()
    cascade = kind == "SCHEMA" and reader.accept("CASCADE")
    _ = kind == "SCHEMA" and reader.accept("RESTRICT")
    reader.end()
    wanted = "table" if kind == "VIEW" else kind.lower()
    if maybe and (wanted, name) not in state.securables:
        return
    found = _find(state, kind, name)
    if kind == "SCHEMA":
        drop_schema(state, caller, name, cascade)
    elif kind == "FUNCTION":
        drop_function(state, caller, name)
    else:
        need_manage(state, caller, found)
        state.drop(found)


# ALTER


def _alter(state: State, caller: Principal, reader: Reader) -> None:
    kind = reader.one_of(*KINDS)
    name = reader.name()
    if kind == "TABLE" and reader.accept("ALTER"):
        _ = reader.accept("COLUMN")
        _alter_column(state, caller, reader, name)
        return
    if reader.accept("OWNER", "TO") or reader.accept("SET", "OWNER", "TO"):
        owner = reader.identifier()
        reader.end()
        new_owner(state, caller, _find(state, kind, name), owner)
    elif reader.accept("SET", "TAGS"):
        tag(state, caller, reader, _find(state, kind, name), None)
    elif reader.accept("UNSET", "TAGS"):
        untag(state, caller, reader, _find(state, kind, name), None)
    elif kind == "TABLE" and reader.accept("SET", "ROW", "FILTER"):
        function = reader.name()
        reader.expect("ON")
        columns = reader.names()
        reader.end()
        set_filter(state, caller, _find(state, kind, name), function, columns)
    elif kind == "TABLE" and reader.accept("DROP", "ROW", "FILTER"):
        reader.end()
        drop_filter(state, caller, _find(state, kind, name))
    else:
        raise NotUnderstood("this ALTER")


def _alter_column(state: State, caller: Principal, reader: Reader, name: str) -> None:
    column = reader.identifier()
    change = next(
        (
            words
            for words in (("SET", "TAGS"), ("UNSET", "TAGS"), ("SET", "MASK"), ("DROP", "MASK"))
            if reader.accept(*words)
        ),
        None,
    )
    if change is None:
        raise NotUnderstood("this ALTER COLUMN")
    table = _find(state, "TABLE", name)
    found = column_of(table, column)
    if found is None:
        raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{column}` cannot be resolved in {name}.")
    if change == ("SET", "TAGS"):
        tag(state, caller, reader, table, found["name"])
    elif change == ("UNSET", "TAGS"):
        untag(state, caller, reader, table, found["name"])
    elif change == ("SET", "MASK"):
        function = reader.name()
        using = reader.names() if reader.accept("USING", "COLUMNS") else []
        reader.end()
        set_mask(state, caller, table, found, function, using)
    else:
        reader.end()
        drop_mask(state, caller, table, found)


# COMMENT ON


def _comment(state: State, caller: Principal, reader: Reader) -> None:
    reader.expect("ON")
    kind = reader.one_of(*KINDS, "COLUMN")
    name = reader.name()
    reader.expect("IS")
    comment = None if reader.accept("NULL") else reader.text()
    reader.end()
    if kind == "COLUMN":
        table_name, _, short = name.rpartition(".")
        table = _find(state, "TABLE", table_name)
        target = column_of(table, short)
        if target is None:
            raise SqlError(f"[UNRESOLVED_COLUMN] A column with name `{short}` cannot be resolved in {table_name}.")
    else:
        # COMMENT ON TABLE is for views too
        plain = "VIEW" if kind == "TABLE" and _is_view(state, name) else kind
        table = _find(state, plain, name)
        target = table.info
    need_manage(state, caller, table)
    target.pop("comment", None)
    if comment is not None:
        target["comment"] = comment


def _is_view(state: State, name: str) -> bool:
    found = state.securables.get(("table", name))
    return found is not None and found.info.get("table_type") == "VIEW"

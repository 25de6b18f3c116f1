"""Tables that a warehouse makes and changes: CREATE TABLE with guards in it, properties, comments, files."""

from __future__ import annotations

from typing import Any

from ..kind import Kind
from ..securables import create_in_schema, need, need_manage
from ..sql_reader import NotUnderstood, Reader, SqlError
from ..state import Act, Securable
from .masks import filter_of, mask_of
from .tables import described

KIND = Kind("made_table")
_AFTER_A_TYPE = ("COMMENT", "MASK", "NOT")


@KIND.statement("CREATE", "TABLE")
def sql_create(act: Act, reader: Reader, name: str, old: Securable | None, clause: str) -> None:
    """One statement, one moment: masks and filter are there with the table. What is replaced keeps owner and grants."""
    columns, masks = _columns(reader)
    said: dict[str, Any] = {"table_type": "MANAGED", "data_source_format": "DELTA", "columns": columns}
    row_filter: tuple[str, list[str]] | None = None
    partition: list[str] = []
    while not reader.at_end():
        if reader.accept("USING"):
            reader.expect("DELTA")
        elif reader.accept("PARTITIONED", "BY"):
            partition = reader.names()
        elif reader.accept("COMMENT"):
            said["comment"] = reader.text()
        elif reader.accept("TBLPROPERTIES"):
            said["properties"] = _pairs(reader)
        else:
            reader.expect("WITH", "ROW", "FILTER")
            function = reader.name()
            reader.expect("ON")
            row_filter = function, reader.names()
    if old is not None and clause == "IF NOT EXISTS":
        return
    if old is not None and (clause != "OR REPLACE" or old.is_view):
        raise SqlError(f"[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `{name}`: it already exists.")
    shape = Securable("table", name, act.caller.name, said)
    for column, (function, using) in masks.items():
        mask_of(act, shape, _column(shape, column), function, using)
    if row_filter is not None:
        filter_of(act, shape, *row_filter)
    schema, _, short = name.rpartition(".")
    if old is not None:
        need(act, act.state.get("schema", schema), "CREATE_TABLE")
        need_manage(act, old)
        kept = {key: value for key, value in old.info.items() if key not in ("row_filter", "comment", "properties")}
        old.info, old.column_tags = kept | said | {"updated_at": act.state.now()}, {}
    else:
        create_in_schema(act, "table", schema, short, **said)
    if act.state.settings.on_table:
        act.state.settings.on_table(name, columns, partition)


def _columns(reader: Reader) -> tuple[list[dict[str, Any]], dict[str, tuple[str, list[str]]]]:
    """Columns as the API shows them, and masks by column: function and the other columns that it is given."""
    reader.expect("(")
    columns: list[dict[str, Any]] = []
    masks: dict[str, tuple[str, list[str]]] = {}
    while True:
        name = reader.identifier()
        column = described(name, reader.type_until(*_AFTER_A_TYPE), len(columns)) | {"nullable": True}
        while not (reader.accept(",") or reader.accept(")")):
            if reader.accept("COMMENT"):
                column["comment"] = reader.text()
            elif reader.accept("NOT", "NULL"):
                column["nullable"] = False
            else:
                reader.expect("MASK")
                masks[name] = reader.name(), reader.names() if reader.accept("USING", "COLUMNS") else []
        columns.append(column)
        if reader.tokens[reader.at - 1].value == ")":
            return columns, masks


def _column(table: Securable, name: str) -> dict[str, Any]:
    found = table.column(name)
    assert found is not None
    return found


def _pairs(reader: Reader) -> dict[str, str]:
    reader.expect("(")
    found: dict[str, str] = {}
    while not found or not reader.accept(")"):
        if found:
            reader.expect(",")
        key = reader.text()
        reader.expect("=")
        found[key] = reader.text()
    return found


@KIND.statement("ALTER", "SET", "TBLPROPERTIES")
def set_properties(act: Act, reader: Reader, found: Securable, column: dict[str, Any] | None) -> None:
    pairs = _pairs(reader)
    reader.end()
    if column is not None or found.kind != "table":
        raise NotUnderstood("properties of what is no table")
    need(act, found, "MODIFY")
    found.info.setdefault("properties", {}).update(pairs)


@KIND.statement("ALTER", "COMMENT")
def column_comment(act: Act, reader: Reader, found: Securable, column: dict[str, Any] | None) -> None:
    text = reader.text()
    reader.end()
    if column is None:
        raise NotUnderstood("a comment of no column")
    need(act, found, "MODIFY")
    column["comment"] = text


def look_after(act: Act, reader: Reader, found: Securable) -> None:
    """OPTIMIZE and VACUUM change no row: who may modify the table may."""
    reader.rest()
    need(act, found, "MODIFY")
    act.state.kept["looked_after"][len(act.state.kept["looked_after"])] = reader.statement

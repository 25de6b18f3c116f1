"""Catalogs without a server: keep each session's in-memory catalog equal to what is on disk."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat import delta, spark_catalog
from demo_factory.moments import reached
from demo_factory.sql.names import FullName
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import (
    Kind,
    LakeObject,
    discard,
    exists,
    list_objects,
    list_schemas,
    parse_name,
    remove_if_empty,
)
from demo_factory.workspace.spark_errors import plain_words
from demo_factory.workspace.views import view_statement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "Kind",
    "LakeObject",
    "Refreshed",
    "create_view",
    "drop_schema",
    "drop_table",
    "drop_view",
    "ensure_schema",
    "exists",
    "list_objects",
    "list_schemas",
    "refresh",
]

_log = logging.getLogger(__name__)

# What a session has read from disk: name -> a mark that changes when another process makes the object anew.
_Marks = dict[FullName, tuple[Kind, str]]
_known: WeakKeyDictionary[SparkSession, _Marks] = WeakKeyDictionary()  # by session, so by state folder too


@dataclass(frozen=True)
class Refreshed:
    """What a refresh changed in the session; `broken` holds views that can no longer be created, with the reason."""

    registered: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    broken: Mapping[str, str] | None = None


def ensure_schema(session: SparkSession, state: StateFolder, catalog: str, schema: str) -> None:
    """Create a schema on disk and in the session; its tables lie below its folder."""
    folder = state.schema(catalog, schema)
    folder.mkdir(parents=True, exist_ok=True)
    spark_catalog.create_schema(session, schema, folder)


def refresh(session: SparkSession, state: StateFolder, catalog: str) -> Refreshed:
    """Register what other processes made, reload what they replaced, forget what they dropped."""
    marks = _known.setdefault(session, {})
    for schema in set(list_schemas(state, catalog)) - set(spark_catalog.schemas_in(session)):
        spark_catalog.create_schema(session, schema, state.schema(catalog, schema))
    on_disk = {one.full_name: one for one in list_objects(state, catalog)}
    forgotten = _forget_vanished(session, state, catalog, marks, on_disk)
    registered = [
        one.full_name for one in on_disk.values() if one.kind == "table" and _register_table(session, marks, one)
    ]
    stale_views = [
        one for one in on_disk.values() if one.kind == "view" and marks.get(one.full_name) != ("view", _mark(one))
    ]
    broken = _register_views(session, marks, stale_views)
    for name, reason in broken.items():
        _log.warning("the view %s is left out: %s", name, reason)
    registered += [one.full_name for one in stale_views if str(one) not in broken]
    return Refreshed(tuple(map(str, sorted(registered))), tuple(map(str, forgotten)), broken)


def create_view(
    session: SparkSession,
    state: StateFolder,
    full_name: str,
    sql: str,
    comment: str = "",
    column_comments: Mapping[str, str] | None = None,
) -> None:
    """Create or replace a view and keep its statement on disk for the next session.

    Args:
        sql: the query, with full names.
        column_comments: column -> comment; columns that are not named have none.

    Raises:
        DemoError: a comment names a column that the view does not have, or the name is a table's.
    """
    name = parse_name(full_name)
    if exists(state, full_name) == "table":
        raise DemoError(f"{full_name} is a table, so no view can have its name.", "Rename the view or drop the table.")
    statement = view_statement(session, str(name), name.quoted, sql, comment, column_comments or {})
    ensure_schema(session, state, name.catalog, name.schema)
    session.sql(statement)  # first: a statement that fails must not be kept
    file = state.view(name.catalog, name.schema, name.name)
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(statement + "\n", encoding="utf-8")
    reached(f"{name.name} half kept")
    unfinished.replace(file)
    _known.setdefault(session, {})[name] = ("view", _mark(LakeObject(name, "view", file)))


def drop_view(session: SparkSession | None, state: StateFolder, full_name: str) -> bool:
    """Remove a view; False when there was none. Without a session only its file goes."""
    name = parse_name(full_name)
    file = state.view(name.catalog, name.schema, name.name)
    there = file.is_file()
    file.unlink(missing_ok=True)
    if session is not None:
        session.sql(f"DROP VIEW IF EXISTS {name.quoted}")
        _known.setdefault(session, {}).pop(name, None)
    return there


def drop_table(session: SparkSession | None, state: StateFolder, full_name: str) -> bool:
    """Remove a table with its folder; False when there was none. Without a session only its folder goes."""
    name = parse_name(full_name)
    folder = state.table(name.catalog, name.schema, name.name)
    there = folder.is_dir()
    discard(folder, state.own_scratch)
    if session is not None:
        _forget(session, state, name)
        _known.setdefault(session, {}).pop(name, None)
    return there


def drop_schema(session: SparkSession | None, state: StateFolder, catalog: str, schema: str) -> None:
    """Remove an empty schema, and the catalog's folder when that was the last one.

    Raises:
        DemoError: something is still in it; names it.
    """
    left = list_objects(state, catalog, schema)
    folder = state.schema(catalog, schema)
    if left or not remove_if_empty(folder):
        names = ", ".join(map(str, left[:5])) or ", ".join(sorted(child.name for child in folder.iterdir())[:5])
        raise DemoError(f"The schema {catalog}.{schema} still holds {names}.", "Drop that first, or keep the schema.")
    if session is not None:
        spark_catalog.forget_schema(session, schema, state.own_scratch / schema)
    remove_if_empty(state.catalog(catalog))


def _forget_vanished(
    session: SparkSession, state: StateFolder, catalog: str, marks: _Marks, on_disk: Mapping[FullName, LakeObject]
) -> list[FullName]:
    gone = {name for name, (kind, _) in marks.items() if name not in on_disk or on_disk[name].kind != kind}
    for schema in spark_catalog.schemas_in(session):
        known = {FullName(catalog, schema, name) for name in spark_catalog.names_in(session, schema)}
        # Made by this session since the last refresh and dropped by another process. Views and external tables of
        # people who typed SQL are not on our disk and stay.
        unseen = known - gone - set(on_disk)
        gone |= {name for name in unseen if spark_catalog.is_managed_table(session, schema, name.name)}
    for name in gone:
        _forget(session, state, name)
        marks.pop(name, None)
    return sorted(gone)


def _forget(session: SparkSession, state: StateFolder, name: FullName) -> None:
    if name.name in spark_catalog.names_in(session, name.schema):
        spark_catalog.forget(session, name.schema, name.name, state.own_scratch / "nowhere")


def _register_table(session: SparkSession, marks: _Marks, one: LakeObject) -> bool:
    """True when the session did not know this table, or knew another one by its name."""
    name, mark, before = one.full_name, _mark(one), marks.get(one.full_name)
    marks[name] = ("table", mark)
    if name.name not in spark_catalog.names_in(session, name.schema):
        spark_catalog.register_table(session, name.schema, name.name, one.path)
        return True
    if before is None and _identity(one) == delta.identity(session, one.path):
        return False  # made by this session since the last refresh, and by nobody anew: what it has read stays
    if before != ("table", mark):
        spark_catalog.reload(session, name.schema, name.name, one.path)
    return before is not None and before != ("table", mark)


def _register_views(session: SparkSession, marks: _Marks, views: list[LakeObject]) -> dict[str, str]:
    """Create views from their kept statements; a view may stand on another, so go on while it helps."""
    if not views:
        return {}
    from pyspark.errors import PySparkException

    waiting, reasons = views, {}
    while waiting:
        failed = []
        for one in waiting:
            try:
                mark = _mark(one)
                session.sql(one.path.read_text(encoding="utf-8"))
                marks[one.full_name] = ("view", mark)
            except PySparkException as error:  # one bad view leaves the others and the tables usable
                failed.append(one)
                reasons[str(one)] = plain_words(error)
        if len(failed) == len(waiting):
            break
        waiting = failed
    return {str(one): reasons[str(one)] for one in waiting}


def _first_commit(table: LakeObject) -> Path:
    return table.path / "_delta_log" / f"{0:020d}.json"


def _identity(table: LakeObject) -> str:
    """The id that Delta gave the table; empty for an old one whose first commit was cleaned away."""
    try:
        actions = [json.loads(line) for line in _first_commit(table).read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return ""
    return next((str(action["metaData"]["id"]) for action in actions if "metaData" in action), "")


def _mark(one: LakeObject) -> str:
    """Changes when the object is made anew, not when a table gets another commit (Delta sees those itself)."""
    file: Path = one.path if one.kind == "view" else _first_commit(one)
    try:
        stat = file.stat()
    except FileNotFoundError:
        return ""  # an old table whose first commit was cleaned away
    return f"{stat.st_ino} {stat.st_mtime_ns}"

"""What `sql --as` answers: a query through the guard; SHOW and DESCRIBE of what the principal may read, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.spark_plans import parse_name
from demo_factory.sql.names import literal
from demo_factory.workspace.local.governor import LocalGovernor
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.query_guard import QueryGuard, open_guard
from demo_factory.workspace.query_errors import known

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LISTS = re.compile(r"SHOW\s+(TABLES|VIEWS|SCHEMAS|DATABASES|CATALOGS)(?:\s+(?:IN|FROM)\s+(\S+))?", re.IGNORECASE)
_COLUMNS = re.compile(r"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+(\S+)", re.IGNORECASE)
_DESCRIBE = re.compile(r"DESC(?:RIBE)?\s+(?:TABLE\s+)?(\S+)", re.IGNORECASE)
_FIRST = re.compile(r"\(*\s*(\w+)")


def rights_of(state: StateFolder, principal: str) -> Rights:
    """What is in effect in a state folder, when somebody there is called so.

    Raises:
        DemoError: nothing is governed yet, or nobody is called so; with the nearest name.
    """
    rights = Rights(LocalGovernor(state).everything())
    if not rights.principals:
        message = f"Nobody has any rights in {state.root}, so nothing can be asked as {principal}."
        raise DemoError(message, "Name groups and grants in the blueprint's governance, then build the demo.")
    known(principal, rights.principals)
    return rights


def as_principal(state: StateFolder, place: tuple[str, str], rights: Rights, principal: str, text: str) -> DataFrame:
    """What a principal gets for a statement; nothing has run yet.

    Raises:
        DemoError: a missing privilege, or a form that could go round the guards.
    """
    return answer(open_guard(state, place, rights, principal), text)


def answer(guard: QueryGuard, text: str) -> DataFrame:
    """The frame of what a principal gets for a statement.

    Raises:
        DemoError: a missing privilege, or a statement that nobody knows how to guard.
    """
    if (found := _LISTS.fullmatch(text)) is not None:
        return _listed(guard, found[1].upper(), found[2])
    if (found := _COLUMNS.fullmatch(text)) is not None:
        return _rows(guard, ["col_name"], [(name,) for name, _ in guard.columns(_parts(guard, found[1]))])
    word = _FIRST.match(text)
    if word is not None and word[1].upper() in ("DESC", "DESCRIBE"):
        named = _DESCRIBE.fullmatch(text)
        if named is not None and named[1].upper() not in ("EXTENDED", "FORMATTED", "DETAIL", "HISTORY", "QUERY"):
            columns = guard.columns(_parts(guard, named[1]))
            return _rows(guard, ["col_name", "data_type"], [(name, kind) for name, kind in columns])
        raise DemoError("Only DESCRIBE and a table's name can be asked for somebody else.", "DESCRIBE customers")
    if word is not None and word[1].upper() in ("SHOW", "EXPLAIN"):
        raise DemoError(
            f"{word[1].upper()} in this form shows files or more than a principal may see, so it is refused here.",
            "Ask SHOW TABLES, SHOW COLUMNS IN, DESCRIBE or a SELECT.",
        )
    return guard.query(text)


def _parts(guard: QueryGuard, text: str) -> list[str]:
    """A name in Spark's own reading."""
    from pyspark.errors import ParseException

    try:
        return parse_name(guard.session, text)
    except ParseException:
        raise DemoError(f"{text} is no name of a table.", "Name a table or view alone.") from None


def _listed(guard: QueryGuard, what: str, where: str | None) -> DataFrame:
    names = [one.full_name for one in guard.readable()]
    kinds = {one.full_name: one.kind for one in guard.readable()}
    wanted = (where or "").replace("`", "").lower()
    if what == "CATALOGS":
        return _rows(guard, ["catalog"], sorted({(name.catalog,) for name in names}))
    if what in ("SCHEMAS", "DATABASES"):
        found = {(name.schema,) for name in names if wanted in ("", name.catalog)}
        return _rows(guard, ["namespace"], sorted(found))
    catalog, schema = guard.place
    inside = wanted if "." in wanted else f"{catalog}.{wanted}" if wanted else f"{catalog}.{schema}"
    kept = [name for name in names if f"{name.catalog}.{name.schema}" == inside]
    if what == "VIEWS":
        kept = [name for name in kept if kinds[name] == "view"]
    rows = sorted((name.schema, name.name) for name in kept)
    return _rows(guard, ["namespace", "viewName" if what == "VIEWS" else "tableName"], rows)


def _rows(guard: QueryGuard, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> DataFrame:
    """These rows as a frame; with none of them it has the columns alone."""
    names = ", ".join(columns)
    if not rows:
        empty = ", ".join(f"CAST(NULL AS STRING) AS {name}" for name in columns)
        return guard.session.sql(f"SELECT {empty} WHERE false")
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return guard.session.sql(f"SELECT * FROM VALUES {values} AS t({names})")

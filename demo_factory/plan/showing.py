"""SHOW and DESCRIBE as one principal may ask them: only what it may read is there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.enforce import Door, Thing
from demo_factory.plan.expressions import READ
from demo_factory.plan.names import literal

_LISTS = re.compile(r"SHOW\s+(TABLES|VIEWS|SCHEMAS|DATABASES|CATALOGS)(?:\s+(?:IN|FROM)\s+(\S+))?", re.IGNORECASE)
_COLUMNS = re.compile(r"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+(\S+)", re.IGNORECASE)
_DESCRIBE = re.compile(r"DESC(?:RIBE)?\s+(?:TABLE\s+)?(\S+)", re.IGNORECASE)
_FIRST = re.compile(r"\(*\s*(\w+)")


def statement_for(door: Door, text: str) -> str:
    """What Spark may be asked when a principal asks this.

    Raises:
        DemoError: a missing privilege, or a statement that this door does not know how to guard.
    """
    if (found := _LISTS.fullmatch(text)) is not None:
        return _listed(door, found[1].upper(), found[2])
    if (found := _COLUMNS.fullmatch(text)) is not None:
        return f"SHOW COLUMNS IN {_named(door, found[1]).full_name.quoted}"
    word = _FIRST.match(text)
    if word is not None and word[1].upper() in ("DESC", "DESCRIBE"):
        named = _DESCRIBE.fullmatch(text)
        if named is not None and named[1].upper() not in ("EXTENDED", "FORMATTED", "DETAIL", "HISTORY", "QUERY"):
            return f"DESCRIBE TABLE {_named(door, named[1]).full_name.quoted}"
        raise DemoError("Only DESCRIBE and a table's name can be asked for somebody else.", "DESCRIBE customers")
    if word is not None and word[1].upper() in ("SHOW", "EXPLAIN", "TABLE"):
        raise DemoError(
            f"{word[1].upper()} in this form shows files or more than a principal may see, so it is refused here.",
            "Ask SHOW TABLES, SHOW COLUMNS IN, DESCRIBE or a SELECT.",
        )
    return door.rewrite(text)


def _named(door: Door, text: str) -> Thing:
    try:
        table = sqlglot.parse_one(f"SELECT 1 FROM {text}", dialect=READ).find(exp.Table)
    except SqlglotError:
        table = None
    if table is None or {key for key, value in table.args.items() if value} - {"this", "db", "catalog"}:
        raise DemoError(f"{text} is no name of a table.", "Name a table or view alone.")
    return door.find(table)


def _listed(door: Door, what: str, where: str | None) -> str:
    names = [thing for thing in door.things.values() if door.may_read(thing)]
    wanted = (where or "").replace("`", "").lower()
    if what == "CATALOGS":
        return _rows(["catalog"], sorted({(thing.full_name.catalog,) for thing in names}))
    if what in ("SCHEMAS", "DATABASES"):
        found = {(one.full_name.schema,) for one in names if wanted in ("", one.full_name.catalog)}
        return _rows(["namespace"], sorted(found))
    default = ".".join(door.place)
    inside = wanted if "." in wanted else f"{door.place[0]}.{wanted}" if wanted else default
    kept = [one for one in names if f"{one.full_name.catalog}.{one.full_name.schema}" == inside]
    if what == "VIEWS":
        kept = [one for one in kept if one.kind == "view"]
    rows = sorted((one.full_name.schema, one.full_name.name) for one in kept)
    return _rows(["namespace", "viewName" if what == "VIEWS" else "tableName"], rows)


def _rows(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    """A query that gives these rows; with none of them it gives the columns alone."""
    names = ", ".join(columns)
    if not rows:
        return f"SELECT {', '.join(f'CAST(NULL AS STRING) AS {name}' for name in columns)} WHERE false"
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"SELECT * FROM VALUES {values} AS t({names})"

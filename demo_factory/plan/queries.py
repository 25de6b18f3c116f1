"""SQL of views and models: short names made full, columns checked, names suggested, lineage derived."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.lineage import lineage as column_lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from demo_factory.plan.expressions import READ, WRITE, ExpressionError, unknown
from demo_factory.plan.names import FullName
from demo_factory.plan.steps import Source

_KEPT = 256  # queries of a demo and a few more
_COLUMN = re.compile(r"[Cc]olumn ['\"]?(?:[^'\"\s]*\.)?([A-Za-z_]\w*)['\"]? (?:could not be resolved|.*)")


@dataclass(frozen=True)
class Query:
    """A checked query: text with full names, what it reads and the columns it gives."""

    sql: str
    columns: tuple[str, ...]
    sources: tuple[str, ...]


def bind_query(sql: str, schemas: Mapping[str, Sequence[str]], catalog: str, schema: str, **dates: dt.date) -> Query:
    """Check a query over the demo's short names and make the names full.

    Args:
        sql: one SELECT; `:as_of`, `:at` and `:until` stand for dates where they are given.
        schemas: the columns of every table and view it may read.
        catalog, schema: where they lie.

    Raises:
        ExpressionError: not SQL, not one SELECT, an unknown table, column or date name.
    """
    tree = _parse(sql, dates)
    aliases = {cte.alias for cte in tree.find_all(exp.CTE)}
    sources: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        if table.name in aliases and not table.db:
            continue
        if table.db or table.catalog or table.name not in schemas:
            message, remedy = unknown(table.sql(dialect=READ).split(" AS ")[0], schemas, "")
            raise ExpressionError(message.replace("is not a column of .", "is no table or view of this demo."), remedy)
        sources[table.name] = None
    if not sources:
        raise ExpressionError("the query reads no table of this demo.", f"There are: {', '.join(sorted(schemas))}.")
    columns = _columns_of(sql, tuple((name, tuple(schemas[name])) for name in sources))
    for table in list(tree.find_all(exp.Table)):
        if table.name in sources and not table.db:
            full = FullName(catalog, schema, table.name)
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            for part, name in (("catalog", full.catalog), ("db", full.schema), ("this", full.name)):
                table.set(part, exp.to_identifier(name, quoted=True))
    return Query(tree.sql(dialect=WRITE, pretty=True, copy=False), columns, tuple(sources))


@lru_cache(maxsize=_KEPT)
def _tree(sql: str) -> exp.Query:
    """The parsed query, to be copied: a model's features are bound for two days."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=READ) if tree is not None]
    except SqlglotError as error:
        raise ExpressionError(f"not SQL: {_plain(error)}") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise ExpressionError("exactly one SELECT is needed.")
    return trees[0]


def _parse(sql: str, dates: Mapping[str, dt.date]) -> exp.Query:
    tree = _tree(sql).copy()
    for mark in list(tree.find_all(exp.Placeholder)):
        if mark.name not in dates:
            known = ", ".join(f":{name}" for name in dates) or "none here"
            raise ExpressionError(f":{mark.name} is not a known date.", f"There are: {known}.")
        day = dates[mark.name].isoformat()
        mark.replace(exp.Cast(this=exp.Literal.string(day), to=exp.DataType.build("date")))
    return tree


@lru_cache(maxsize=_KEPT)
def _columns_of(sql: str, schemas: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The columns that a query gives; which days its date names stand for makes no difference to them."""
    known: dict[str, object] = {name: dict.fromkeys(columns, "unknown") for name, columns in schemas}
    try:
        checked = qualify(_tree(sql).copy(), schema=known, dialect=READ, quote_identifiers=False, identify=False)
    except OptimizeError as error:
        found = _COLUMN.search(str(error))
        if not found:
            raise ExpressionError(_plain(error)) from None
        there = {column for _, columns in schemas for column in columns}
        raise ExpressionError(*unknown(found[1], there, " or ".join(name for name, _ in schemas))) from None
    except SqlglotError as error:
        raise ExpressionError(_plain(error)) from None
    names: list[str] = list(checked.named_selects)
    for name in names:
        if not name or name.startswith("_col_"):
            raise ExpressionError("a selected expression has no name.", "Add AS and a name to it.")
        if names.count(name) > 1:
            raise ExpressionError(f"the column {name!r} is selected twice.", "Name each column once.")
    return tuple(names)


def _plain(error: SqlglotError) -> str:
    first = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]
    return first if first.endswith(".") else f"{first}."


def query_lineage(
    sql: str, columns: Sequence[str], schemas: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Source, ...]]:
    """For each column of a bound query the columns it is made from, one step back."""
    tree = sqlglot.parse_one(sql, dialect=WRITE)
    nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for table in tree.find_all(exp.Table):
        if table.db and table.name in schemas:
            level = nested.setdefault(table.catalog, {}).setdefault(table.db, {})
            level[table.name] = dict.fromkeys(schemas[table.name], "unknown")
    # qualified once for all columns: that is most of the work
    known: dict[str, object] = dict(nested)
    scope = build_scope(qualify(tree, schema=known, dialect=WRITE, validate_qualify_columns=False, identify=False))
    found = {}
    for column in columns:
        node = column_lineage(column, tree, nested, dialect=WRITE, scope=scope, trim_selects=False, copy=False)
        leaves = [leaf for leaf in node.walk() if not leaf.downstream]
        pairs = {
            Source(leaf.expression.name, leaf.name.rsplit(".", 1)[-1].strip('`"'))
            for leaf in leaves
            if isinstance(leaf.expression, exp.Table) and leaf.expression.name in schemas
        }
        found[column] = tuple(sorted(pairs, key=lambda source: (source.table, source.column)))
    return found

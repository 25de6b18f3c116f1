"""What can be read from a query without Spark: its columns and what each is made from. Where not, it says so."""

from __future__ import annotations

import logging
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

from demo_factory.sql.expressions import unknown
from demo_factory.sql.text import READ, ExpressionError

_KEPT = 256  # queries of a demo and a few more
_COLUMN = re.compile(r"[Cc]olumn ['\"]?(?:[^'\"\s]*\.)?([A-Za-z_]\w*)['\"]? (?:could not be resolved|.*)")
# Columns that relations without names of their own have.
_IMPLICIT = re.compile(r"c(ol)?\d+|key|value|id|pos|col|_metadata|metadata|max_level|num")
# Shapes whose columns sqlglot and Spark name differently.
_UNSURE = (exp.Pivot, exp.Lateral, exp.Values, exp.Unnest)
# sqlglot raises whatever its parsers stumble over, in a pipe's UNION an AssertionError: then it cannot read the text.
_READ_ERRORS = (
    SqlglotError, RecursionError, KeyError, IndexError, ValueError, AttributeError, TypeError, AssertionError,
)  # fmt: skip

Schemas = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Source:
    """One column that another column is made from."""

    table: str
    column: str


@lru_cache(maxsize=_KEPT)
def tree_of(sql: str) -> exp.Query | None:
    """The parsed query, not to be changed; None where sqlglot cannot read what Spark may.

    Raises:
        ExpressionError: it is something else than one query.
    """
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it passes on unread
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=READ) if tree is not None]
    except _READ_ERRORS:
        return None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return None
    return trees[0]


@lru_cache(maxsize=_KEPT)
def columns_of(sql: str, schemas: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The columns that a readable query over some tables gives; empty where only Spark can say.

    Raises:
        ExpressionError: a column that nothing in the query can mean, no name or the same name twice.
    """
    tree = tree_of(sql)
    assert tree is not None
    if not all(columns for _, columns in schemas):
        return () if tree.is_star else tuple(tree.named_selects)
    _check_columns(tree, schemas)
    known: dict[str, object] = {name: dict.fromkeys(columns, "unknown") for name, columns in schemas}
    try:
        checked = qualify(tree.copy(), schema=known, dialect=READ, quote_identifiers=False, identify=False)
        names: list[str] = list(checked.named_selects)
    except OptimizeError as error:
        _refuse_unknown(error, tree, schemas)
        return ()
    except _READ_ERRORS:  # a form that sqlglot half knows: Spark will judge it
        return ()
    if any(name == "*" for name in names) or (tree.find(*_UNSURE) and tree.find(exp.Star)):
        return ()
    for name in names:
        if not name or name.startswith("_col_"):
            raise ExpressionError("a selected expression has no name.", "Add AS and a name to it.")
        if names.count(name) > 1:
            raise ExpressionError(f"the column {name!r} is selected twice.", "Name each column once.")
    return tuple(names)


def _check_columns(tree: exp.Query, schemas: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """Refuse a column that is nowhere: no table has it, and nothing in the query gives a name like it."""
    there = {column.lower() for _, columns in schemas for column in columns}
    given = _names_given(tree)
    for column in tree.find_all(exp.Column):
        first = column.parts[0].name.lower()
        names = {first, column.name.lower()}
        if names & there or names & given or any(_IMPLICIT.fullmatch(name) for name in names):
            continue
        if isinstance(column.this, exp.Star):
            continue
        raise ExpressionError(*unknown(column.name, there, " or ".join(name for name, _ in schemas)))


def _names_given(tree: exp.Query) -> set[str]:
    """Every name that the query itself gives to a column, relation, argument or field."""
    found: set[str] = set()
    for node in tree.walk():
        if isinstance(node, exp.Alias | exp.CTE | exp.Subquery | exp.PropertyEQ | exp.Aliases):
            found.add(node.alias.lower())
        elif isinstance(node, exp.TableAlias):
            found |= {node.name.lower(), *(column.name.lower() for column in node.columns)}
        elif isinstance(node, exp.Lambda):
            found |= {argument.name.lower() for argument in node.expressions}
        elif isinstance(node, exp.Kwarg | exp.ColumnDef):
            found.add(node.this.name.lower())
        elif isinstance(node, exp.Pivot):
            found |= {identifier.name.lower() for identifier in node.find_all(exp.Identifier)}
            found |= {text.name.lower() for text in node.find_all(exp.Literal)}
        if isinstance(node, exp.Aliases):
            found |= {one.name.lower() for one in node.expressions}
    return found


def _refuse_unknown(error: OptimizeError, tree: exp.Query, schemas: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """A column that one of several levels lacks is refused only where the levels are plain tables."""
    found = _COLUMN.search(str(error))
    there = {column for _, columns in schemas for column in columns}
    plain = not tree.find(exp.Subquery, exp.CTE, exp.Lateral, exp.Pivot, exp.Lambda, exp.Values, exp.Dot, exp.Func)
    if found and plain and found[1] not in there and found[1].lower() not in _names_given(tree):
        raise ExpressionError(*unknown(found[1], there, " or ".join(name for name, _ in schemas)))


def query_lineage(sql: str, columns: Sequence[str], schemas: Schemas) -> dict[str, tuple[Source, ...]]:
    """For each column of a bound query the columns it is made from, one step back.

    A column that is left out is one whose sources cannot be read: only Spark knows.
    """
    tree = tree_of(sql)
    if tree is None:
        return {}
    tree = tree.copy()
    if any(table.db and not schemas.get(table.name, ("unknown",)) for table in tree.find_all(exp.Table)):
        return {}  # it reads a view of which nobody knows the columns
    nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for table in tree.find_all(exp.Table):
        if table.db and table.name in schemas:
            level = nested.setdefault(table.catalog, {}).setdefault(table.db, {})
            level[table.name] = dict.fromkeys(schemas[table.name], "unknown")
    # qualified once for all columns: that is most of the work
    known: dict[str, object] = dict(nested)
    try:
        scope = build_scope(qualify(tree, schema=known, dialect=READ, validate_qualify_columns=False, identify=False))
    except _READ_ERRORS:
        return {}
    found = {}
    for column in columns:
        try:
            node = column_lineage(column, tree, nested, dialect=READ, scope=scope, trim_selects=False, copy=False)
        except _READ_ERRORS:
            continue
        leaves = [leaf for leaf in node.walk() if not leaf.downstream]
        if any(isinstance(leaf.expression, exp.Placeholder) for leaf in leaves):
            continue  # a name that sqlglot could not follow
        pairs = {
            Source(leaf.expression.name, leaf.name.rsplit(".", 1)[-1].strip('`"'))
            for leaf in leaves
            if isinstance(leaf.expression, exp.Table) and leaf.expression.name in schemas
        }
        found[column] = tuple(sorted(pairs, key=lambda source: (source.table, source.column)))
    return found

"""SQL of views and models: the author's own text with full names and dates put in; columns and lineage read from it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from demo_factory.sql import functions
from demo_factory.sql.expressions import unknown
from demo_factory.sql.names import FullName, literal
from demo_factory.sql.query_columns import columns_of, tree_of
from demo_factory.sql.text import (
    QUERY,
    ExpressionError,
    calls_in,
    check_size,
    closing,
    is_name,
    markers_in,
    splice,
    tokens_of,
)

_STARTS = frozenset(("select", "with", "from", "values", "table", "("))
_BEFORE_A_TABLE = frozenset(("from", "join", "table"))
_PATHS = frozenset(
    ("avro", "binaryfile", "cloudfiles", "csv", "delta", "iceberg", "jdbc", "json", "kafka", "libsvm", "orc", "parquet",
     "text", "xml")
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A checked query.

    Attributes:
        sql: the author's text; tables by their full names, dates as literals, all else untouched.
        columns: what it gives; empty where only Spark can say.
        sources: the tables and views that it reads, by their short names.
    """

    sql: str
    columns: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class _Table:
    """A table's name in a text: [start, end)."""

    parts: tuple[str, ...]
    start: int
    end: int


def bind_query(sql: str, schemas: Mapping[str, Sequence[str]], catalog: str, schema: str, **dates: dt.date) -> Query:
    """Check a query over the demo's short names and make the names full.

    Args:
        sql: one query; `:as_of`, `:at` and `:until` stand for dates where they are given.
        schemas: the columns of every table and view it may read; empty where only Spark can say.
        catalog, schema: where they lie.

    Raises:
        ExpressionError: not one query, an unknown table, column, function or date name, or what a query may not run.
    """
    text = sql.strip().rstrip(";").rstrip()
    check_size(text, QUERY, "the query")
    tokens = tokens_of(text)
    _check_form(tokens)
    pieces = {(start, end): literal(_day(name, dates)) for name, start, end in markers_in(tokens)}
    tree = tree_of(text)
    sources: dict[str, None] = {}
    known = {name.lower(): name for name in schemas}
    for table in _tables(text, tokens, tree):
        name = known.get(table.parts[-1].lower()) if len(table.parts) == 1 else None
        if name is None:
            raise _no_table(table, schemas)
        sources[name] = None
        pieces[table.start, table.end] = FullName(catalog, schema, name).quoted
    read = tuple((name, tuple(schemas[name])) for name in sources)
    columns = columns_of(text, read) if tree is not None else ()
    return Query(splice(text, pieces), columns, tuple(sources))


def _check_form(tokens: tuple[Token, ...]) -> None:
    """One query, which reads nothing but tables and views and calls nothing but built-in functions."""
    if not tokens or tokens[0].text.lower() not in _STARTS:
        raise ExpressionError("exactly one SELECT is needed.")
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        raise ExpressionError("exactly one SELECT is needed.", "Leave out everything after the first semicolon.")
    for token, after in itertools.pairwise(tokens):
        if token.text.lower() in ("using", "map", "reduce") and after.token_type is TokenType.STRING:
            raise ExpressionError("a view runs no script.", "Use functions of SQL.")
    for call in calls_in(tokens):
        functions.check_query_call(call)


def _day(name: str, dates: Mapping[str, dt.date]) -> dt.date:
    if name not in dates:
        known = ", ".join(f":{known}" for known in dates) or "none here"
        raise ExpressionError(f":{name} is not a known date.", f"There are: {known}.")
    return dates[name]


def _no_table(table: _Table, schemas: Mapping[str, Sequence[str]]) -> ExpressionError:
    shown = ".".join(table.parts)
    if len(table.parts) > 1 and table.parts[0].lower() in _PATHS:
        return ExpressionError(f"{shown} reads files.", "Name a table or view of this demo.")
    message, remedy = unknown(shown, schemas, "")
    return ExpressionError(message.replace("is not a column of .", "is no table or view of this demo."), remedy)


def _tables(text: str, tokens: tuple[Token, ...], tree: exp.Query | None) -> Iterator[_Table]:
    """The names of tables in a text, each place once; names that WITH gave mean no table where they are known."""
    if tree is None:
        yield from _tables_by_place(tokens)
        return
    seen = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or _is_cte(table):
            continue
        parts = table.parts
        start, last = parts[0].meta.get("start"), parts[-1].meta.get("end")
        if start is None or last is None or not _stands_at(text, start, parts[0].name) or start in seen:
            continue  # made by the reader, as for the steps of a pipe
        seen.add(start)
        yield _Table(tuple(part.name for part in parts), start, last + 1)


def _stands_at(text: str, start: int, name: str) -> bool:
    return text[start : start + len(name) + 1].lstrip("`").lower().startswith(name[:1].lower())


def _is_cte(table: exp.Table) -> bool:
    """Whether a name means a WITH above it: of the same level only those before it, or itself where it is recursive."""
    child: exp.Expr = table
    node = table.parent
    while node is not None and not table.db:
        with_ = node if isinstance(node, exp.With) else node.args.get("with_")
        if isinstance(with_, exp.With) and with_ is not child:
            visible = with_.expressions
            if node is with_:  # from inside one of its own queries
                at = next(index for index, cte in enumerate(visible) if cte is child)
                visible = visible[: at + bool(with_.args.get("recursive"))]
            if table.name.lower() in (cte.alias.lower() for cte in visible):
                return True
        child, node = node, node.parent
    return False


def _tables_by_place(tokens: tuple[Token, ...]) -> Iterator[_Table]:
    """Tables of a text that only Spark can read: the names after FROM, JOIN and TABLE, and after commas behind FROM."""
    ctes = {token.text.lower() for index, token in enumerate(tokens) if is_name(token) and _is_with(tokens, index)}
    ends = (TokenType.WHERE, TokenType.SELECT, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING)
    open_from: list[bool] = [False]
    index = 0
    while index < len(tokens):
        token, kind = tokens[index], tokens[index].token_type
        if kind is TokenType.L_PAREN:
            open_from.append(False)
        elif kind is TokenType.R_PAREN and len(open_from) > 1:
            open_from.pop()
        elif kind in ends or token.text == "|>":
            open_from[-1] = False
        starts = token.text.lower() in _BEFORE_A_TABLE or (kind is TokenType.COMMA and open_from[-1])
        if token.text.lower() == "from":
            open_from[-1] = True
        index += 1
        if starts and index < len(tokens) and tokens[index].token_type in (TokenType.VAR, TokenType.IDENTIFIER):
            index, table = _name_at(tokens, index)
            if table is not None and not (len(table.parts) == 1 and table.parts[0].lower() in ctes):
                yield table


def _is_with(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether WITH gives the name: `name (columns) MAX RECURSION LEVEL 9 AS (`, where all between may be missing."""
    index += 1
    if index < len(tokens) and tokens[index].token_type is TokenType.L_PAREN:
        index = closing(tokens, index) + 1
    if [token.text.lower() for token in tokens[index : index + 3]] == ["max", "recursion", "level"]:
        index += 4
    kinds = [token.token_type for token in tokens[index : index + 2]]
    return kinds == [TokenType.ALIAS, TokenType.L_PAREN]


def _name_at(tokens: tuple[Token, ...], index: int) -> tuple[int, _Table | None]:
    """The dotted name that begins at an index; None for a function."""
    first, parts = tokens[index], [tokens[index].text]
    while index + 2 < len(tokens) and tokens[index + 1].token_type is TokenType.DOT:
        index += 2
        parts.append(tokens[index].text)
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if after is not None and after.token_type is TokenType.L_PAREN:
        return closing(tokens, index + 1), None
    return index + 1, _Table(tuple(parts), first.start, tokens[index].end + 1)

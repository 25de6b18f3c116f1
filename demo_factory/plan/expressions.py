"""Expressions of a blueprint: SQL over columns of a row, checked and bound to planned columns."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

READ, WRITE = "databricks", "spark"

# A cell must be the same on every run, machine and day.
_UNSTEADY = frozenset(
    ("rand", "randn", "random", "uniform", "uuid", "shuffle", "monotonically_increasing_id", "spark_partition_id",
     "current_timestamp", "now", "current_date", "curdate", "current_time", "localtimestamp", "unix_timestamp",
     "input_file_name", "current_user", "user", "session_user", "randstr")
)  # fmt: skip


class ExpressionError(Exception):
    """An expression that cannot be used; what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def unknown(word: str, known: Iterable[str], owner: str) -> tuple[str, str]:
    """(message, remedy) for a name that does not exist, with the nearest one that does."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names) or 'none'}."
    return f"{word!r} is not a column of {owner}.", remedy


def parse(sql: str) -> exp.Expr:
    """The expression's tree.

    Raises:
        ExpressionError: when it is no single SQL expression, or asks for what a cell cannot have.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=READ)
    except SqlglotError as error:
        text = str(error).splitlines()[0].split(". Line")[0]
        raise ExpressionError(f"{sql!r} is not SQL: {text}.") from None
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Drop | exp.Command) or tree.find(exp.Query):
        raise ExpressionError(f"{sql!r} is a query: a column needs an expression over its own row.")
    if tree.find(exp.AggFunc, exp.Window):
        raise ExpressionError(f"{sql!r} looks at other rows: a cell is made from its own row.", "Use a view for that.")
    for call in tree.find_all(exp.Func):
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if name in _UNSTEADY:
            raise ExpressionError(
                f"{name}() gives another value each time.", "Use a formula such as uniform, or the row's own dates."
            )
    return tree


def bind(sql: str, resolve: Callable[[str], str], type_of: Callable[[str], str | None]) -> tuple[str, str | None]:
    """(Spark SQL, its type where that is plain) of an expression.

    Args:
        resolve: gives the quoted planned column for `column` or `parent.column`.
        type_of: gives the type of a resolved column.

    Raises:
        ExpressionError: see `parse`.
    """
    tree = parse(sql)
    holder = exp.Paren(this=tree)
    for column in list(holder.find_all(exp.Column)):
        text = ".".join(part.name for part in column.parts)
        bound = exp.column(exp.to_identifier(resolve(text).strip("`"), quoted=True))
        kind = type_of(text)
        if kind is not None:
            bound.type = exp.DataType.build(kind, dialect=READ)
        column.replace(bound)
    natural = _plain_type(holder.this)
    return f"({holder.this.sql(dialect=WRITE, copy=False)})", natural


_PLAIN = {"VARCHAR": "string", "TEXT": "string", "INT": "int", "BIGINT": "bigint", "DOUBLE": "double",
          "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp", "TIMESTAMPTZ": "timestamp"}  # fmt: skip


def _plain_type(tree: exp.Expr) -> str | None:
    """The type of an expression where sqlglot and Spark are sure to agree, else None."""
    if isinstance(tree, exp.Paren):
        return _plain_type(tree.this)
    if isinstance(tree, exp.Column):
        kind = tree.type
        return kind.sql(dialect=WRITE).lower().replace(" ", "").replace("bigint", "bigint") if kind else None
    if isinstance(tree, exp.Predicate | exp.Connector | exp.Not):
        return "boolean"
    if isinstance(tree, exp.Literal):
        return "string" if tree.is_string else None
    if isinstance(tree, exp.Cast | exp.TsOrDsToDate | exp.Concat | exp.Upper | exp.Lower | exp.Case | exp.Substring):
        kind = annotate_types(tree.copy(), dialect=READ).type
        return _PLAIN.get(kind.this.name) if kind is not None else None
    return None

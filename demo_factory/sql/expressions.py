"""Expressions of a blueprint: SQL over columns of a row, whose own text runs with the planned columns put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.tokenizer_core import Token, TokenType

from demo_factory.blueprint.suggestions import instead_of, parser_says
from demo_factory.sql import functions
from demo_factory.sql.text import (
    CELL,
    READ,
    ExpressionError,
    calls_in,
    check_size,
    markers_in,
    splice,
    tokens_of,
    words_in,
)

__all__ = ["ExpressionError", "bind", "parse", "unknown"]

_PASSING_DAYS = frozenset(("now", "today", "yesterday", "tomorrow"))  # Spark reads these texts as days of the run
_DATED = frozenset(("date", "timestamp", "timestamp_ltz", "timestamp_ntz", "cast", "try_cast"))
_MOST_REPEATED = 1_000
_MOST_PIECES = 1_000_000  # that calls inside of each other's lambdas may give together
_WHOLE = re.compile(r"-?\d{1,18}")  # surely a bigint, or less


def unknown(word: str, known: Iterable[str], owner: str) -> tuple[str, str]:
    """(message, remedy) for a name that does not exist, with the nearest one that does."""
    return f"{word!r} is not a column of {owner}.", instead_of(word, sorted(known), "There are none.")


def parse(sql: str) -> exp.Expr:
    """The expression's tree, to be read.

    Raises:
        ExpressionError: when it is no single SQL expression, or asks for what a cell cannot have.
    """
    check_size(sql, CELL, "the expression")
    tokens = tokens_of(sql)
    for name, _, _ in markers_in(tokens):
        message = f":{name} moves from day to day, and a cell never changes."
        raise ExpressionError(message, f"Use a view for what depends on :{name}.")
    if tokens and tokens[0].text.lower() not in ("select", "with"):
        _check_calls(sql, tokens)
    try:
        tree = sqlglot.parse_one(sql, dialect=READ)
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"{sql!r} is not SQL: {parser_says(error)}") from None
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Drop | exp.Command) or tree.find(exp.Query):
        raise ExpressionError(f"{sql!r} is a query: a column needs an expression over its own row.")
    if isinstance(tree, exp.Alias):
        raise ExpressionError(f"{sql!r} names its result: the column has its name already.", "Leave out AS.")
    if tree.find(exp.Window) or "over" in words_in(tokens):
        raise ExpressionError(f"{sql!r} looks at other rows: a cell is made from its own row.", "Use a view for that.")
    return tree


def _check_calls(sql: str, tokens: tuple[Token, ...]) -> None:
    """Only what gives the same value from the same row, on every run, machine and day, and of a bounded size."""
    pieces = 1
    for call in calls_in(tokens):
        functions.check_cell_call(sql, call)
        if call.name in functions.GROWING:
            pieces *= max(1, _growth(tokens, call.index, call.name))
    if pieces > _MOST_PIECES and any(token.token_type is TokenType.ARROW for token in tokens):
        message = f"it could give {pieces:,} pieces, one for each of another, and {_MOST_PIECES:,} are the most."
        raise ExpressionError(message, "Give fewer in the inner ones.")
    days = [t.text for t in tokens if t.token_type is TokenType.STRING and t.text.strip().lower() in _PASSING_DAYS]
    if days and (_DATED.intersection(words_in(tokens)) or any(t.token_type is TokenType.DCOLON for t in tokens)):
        raise _unsteady(f"the day {days[0]!r}")
    if days and any(functions.is_of_days(call.name) for call in calls_in(tokens)):
        raise _unsteady(f"the day {days[0]!r}")


def _unsteady(what: str) -> ExpressionError:
    return ExpressionError(
        f"{what} gives another value each time.", "Use a formula such as uniform, or the row's own dates."
    )


def _growth(tokens: tuple[Token, ...], index: int, name: str) -> int:
    """How much a call gives: `repeat('x', 2000000000)` would fill the machine, so that must be written out."""
    place = functions.GROWING[name]
    depth, argument, found = 0, 0, []
    for token in tokens[index + 1 :]:
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0:
            break
        if depth == 1 and token.token_type is TokenType.COMMA:
            argument += 1
        elif argument == place and not (depth == 1 and token.token_type is TokenType.L_PAREN):
            found.append(token)
        if token.text.lower() in functions.GROWING and token.token_type is not TokenType.STRING:
            raise ExpressionError(f"{name}() stands around {token.text}(), so it could grow without end.", "Use one.")
    size = found[0].text if len(found) == 1 and found[0].token_type is TokenType.NUMBER else ""
    if not size.isdecimal() or int(size) > _MOST_REPEATED:
        message = f"{name}() must say how much it gives as a plain number of at most {_MOST_REPEATED:,}."
        raise ExpressionError(message, f"Write the number, for example {name}(..., 10).")
    return int(size)


def bind(sql: str, resolve: Callable[[str], str], type_of: Callable[[str], str | None]) -> tuple[str, str | None]:
    """(Spark SQL, its type where that is plain) of an expression: the author's text with planned columns put in.

    Args:
        resolve: gives the quoted planned column for `column` or `parent.column`.
        type_of: gives the type of a resolved column.

    Raises:
        ExpressionError: see `parse`.
    """
    holder = exp.Paren(this=parse(sql).copy())
    pieces: dict[tuple[int, int], str] = {}
    for column in list(holder.find_all(exp.Column)):
        text = ".".join(part.name for part in column.parts).lower()
        if text in functions.BARE:
            raise _unsteady(text)
        bound = resolve(text)
        first, last = column.parts[0].meta.get("start"), column.parts[-1].meta.get("end")
        if first is None or last is None:
            raise ExpressionError(f"{sql!r} cannot be read: where {text} stands is not plain.", "Write it more simply.")
        pieces[first, last + 1] = bound
        kind = type_of(text)
        typed = exp.column(exp.to_identifier(bound.strip("`"), quoted=True))
        if kind is not None:
            typed.type = exp.DataType.build(kind, dialect=READ)
        column.replace(typed)
    for call in holder.find_all(exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentUser):
        raise _unsteady(call.sql_name().lower())
    end = "\n" if "--" in sql else ""  # a comment at the end of the text would swallow the parenthesis
    return f"({splice(sql, pieces)}{end})", _plain_type(holder.this)


_PLAIN = {"VARCHAR": "string", "TEXT": "string", "INT": "int", "BIGINT": "bigint", "DOUBLE": "double",
          "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp", "TIMESTAMPTZ": "timestamp"}  # fmt: skip


def _plain_type(tree: exp.Expr) -> str | None:
    """The type of an expression where sqlglot and Spark are sure to agree, else None."""
    match tree:
        case exp.Paren():
            return _plain_type(tree.this)
        case exp.Column():
            return tree.type.sql(dialect=READ).lower().replace(" ", "") if tree.type else None
        case exp.Predicate() | exp.Connector() | exp.Not():
            return "boolean"
        case exp.Literal() if tree.is_string:
            return "string"
        case exp.Literal() | exp.Neg(this=exp.Literal(is_string=False)):
            digits = tree.sql().replace(" ", "")
            if not _WHOLE.fullmatch(digits):
                return None
            return "int" if -(2**31) <= int(digits) < 2**31 else "bigint"
        case exp.Case() | exp.If():
            return _type_of_all(result for result in _results(tree) if not isinstance(result, exp.Null))
        case exp.Cast() | exp.TsOrDsToDate() | exp.Concat() | exp.Upper() | exp.Lower() | exp.Substring():
            kind = annotate_types(tree.copy(), dialect=READ).type
            return _PLAIN.get(kind.this.name) if kind is not None else None
    return None


def _results(tree: exp.Case | exp.If) -> Iterator[exp.Expr]:
    """What a CASE or an IF may give."""
    branches = tree.args["ifs"] if isinstance(tree, exp.Case) else [tree]
    default = tree.args.get("default") if isinstance(tree, exp.Case) else tree.args.get("false")
    yield from (branch.args["true"] for branch in branches)
    if default is not None:
        yield default


def _type_of_all(results: Iterable[exp.Expr]) -> str | None:
    """The one type of all results; sqlglot takes 3000000000 for an int and 2.5 for a double, which Spark does not."""
    kinds = {_plain_type(result) for result in results}
    return "bigint" if kinds == {"int", "bigint"} else kinds.pop() if len(kinds) == 1 else None

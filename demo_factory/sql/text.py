"""The author's SQL as text: its tokens and where they stand, so that names are put in and nothing is written anew."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from demo_factory.blueprint.suggestions import parser_says

READ = "databricks"  # sqlglot reads it so; it never writes

_KEPT = 256  # texts of a demo and a few more
_WORD = re.compile(r"[A-Za-z_]\w*")
_OPENS = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSES = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}
_ENDS_OPERAND = {
    TokenType.VAR, TokenType.IDENTIFIER, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.STRING, TokenType.NUMBER,
}  # fmt: skip
# Words before a parenthesis that call nothing.
_NO_CALLS = frozenset(
    "all and any as between both by case cross cube distinct else except exclude following from full group having"
    " ilike in inner interval intersect is join lateral leading left like limit minus natural not offset on or order"
    " outer over partition pivot preceding qualify recursive regexp right rlike rollup row rows select sets some struct"
    " table tablesample then trailing union unpivot using values view when where window with within".split()
)
_ALSO_CALLS = frozenset(("left", "right", "any", "some", "struct"))  # functions by these names take arguments too
_OF_QUERIES = frozenset(("exists", "any", "some"))  # before a query in parentheses they are no functions
_STEPS = frozenset(("extend", "set", "drop", "aggregate"))  # of a pipe: `|> EXTEND (a + b) AS c`
_STARTS = frozenset(("select", "with", "from", "values", "table"))
_SIZED = frozenset(("decimal", "dec", "numeric", "varchar", "char"))  # types that take numbers in parentheses
_PATTERNS = frozenset(("like", "ilike", "rlike", "regexp"))


class ExpressionError(Exception):
    """An expression or query that cannot be used; what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


@dataclass(frozen=True)
class Limits:
    """How large a text may be: below what the parsers of Python and of Spark can nest."""

    tokens: int
    depth: int


CELL = Limits(tokens=1_000, depth=24)
QUERY = Limits(tokens=6_000, depth=32)


@lru_cache(maxsize=_KEPT)
def tokens_of(sql: str) -> tuple[Token, ...]:
    """The tokens of a text, without comments and hints; `start` and `end` (inclusive) are their places in it.

    Raises:
        ExpressionError: it cannot be taken apart, as with a quote that nobody closes.
    """
    try:
        found = sqlglot.tokenize(sql, dialect=READ)
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"not SQL: {parser_says(error)}", "Close every quote and comment.") from None
    kept, behind = [], -1
    for token in found:
        if token.start < behind:
            continue  # inside a hint
        if token.token_type is TokenType.HINT:
            behind = sql.find("*/", token.end) + 2
            continue
        kept.append(token)
    return tuple(kept)


def check_size(sql: str, limits: Limits, what: str) -> None:
    """Refuse a text that is too long or too deeply nested.

    Raises:
        ExpressionError: see above.
    """
    tokens = tokens_of(sql)
    if len(tokens) > limits.tokens:
        message = f"{what} has {len(tokens):,} words and signs, and {limits.tokens:,} are the most."
        raise ExpressionError(message, "Split it into several columns or views.")
    depth = deepest = signs = 0
    for token in tokens:
        depth += (token.token_type in _OPENS) - (token.token_type in _CLOSES)
        signs = signs + 1 if token.token_type in (TokenType.DASH, TokenType.NOT, TokenType.PLUS, TokenType.TILDE) else 0
        deepest = max(deepest, depth + signs)
    if deepest > limits.depth:
        message = f"{what} is nested {deepest} deep, and {limits.depth} is the most."
        raise ExpressionError(message, "Split it into several columns or views.")


def splice(sql: str, pieces: Mapping[tuple[int, int], str]) -> str:
    """The text with some places, [start, end), given another text; everything else stays as it was written."""
    found, at = [], 0
    for (start, end), text in sorted(pieces.items()):
        found += [sql[at:start], text]
        at = end
    return "".join([*found, sql[at:]])


@dataclass(frozen=True)
class Call:
    """A function that a text calls: its name in small letters, its token and how many arguments it is given."""

    name: str
    index: int
    arguments: int


def calls_in(tokens: tuple[Token, ...]) -> Iterator[Call]:
    """Every name before a parenthesis that may be a function: what follows an alias or a type is left out."""
    types = _in_types(tokens)
    for index, (token, after) in enumerate(itertools.pairwise(tokens)):
        if after.token_type is not TokenType.L_PAREN or not is_name(token):
            continue
        name = token.text.lower()
        if name in _STEPS and index and tokens[index - 1].text == "|>":
            continue
        quoted = token.token_type is TokenType.IDENTIFIER
        arguments = count_arguments(tokens, index + 1)
        if not quoted and name in _NO_CALLS and not (name in _ALSO_CALLS and _is_operand_place(tokens, index)):
            continue
        if name in _OF_QUERIES and _opens_query(tokens, index + 1):
            continue
        if (index in types and name in _SIZED) or _names_columns(tokens, index):
            continue
        yield Call(name, index, arguments)


def is_name(token: Token) -> bool:
    """Whether a token is a word or a quoted name."""
    return token.token_type is TokenType.IDENTIFIER or (
        token.token_type is not TokenType.STRING and _WORD.fullmatch(token.text) is not None
    )


def closing(tokens: tuple[Token, ...], opening: int) -> int:
    """The index of the parenthesis that closes the one at `opening`; the end when nothing does."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].token_type is TokenType.L_PAREN) - (tokens[index].token_type is TokenType.R_PAREN)
        if depth == 0:
            return index
    return len(tokens)


def count_arguments(tokens: tuple[Token, ...], opening: int) -> int:
    """How many arguments stand in the parenthesis at `opening`."""
    depth, commas, some, types = 0, 0, False, _in_types(tokens)
    for index in range(opening, closing(tokens, opening)):
        token = tokens[index]
        if depth == 1 and index not in types and token.token_type is TokenType.COMMA:
            commas += 1
        some = some or depth >= 1
        depth += (token.token_type in _OPENS - {TokenType.CASE}) - (token.token_type in _CLOSES - {TokenType.END})
    return commas + 1 if some else 0


@lru_cache(maxsize=_KEPT)
def _in_types(tokens: tuple[Token, ...]) -> frozenset[int]:
    """The indices of what stands in the angles of types, as in MAP<STRING, INT>: its commas part no arguments.

    A column may be called `map` too, and compared: so a call in there is looked at, unless it has a type's own name.
    """
    found, angles = set(), 0
    for index, token in enumerate(tokens):
        if token.text == "<" and index and tokens[index - 1].text.lower() in ("array", "map", "struct"):
            angles += 1
        elif angles and set(token.text) == {">"}:
            angles = max(angles - len(token.text), 0)
        if angles:
            found.add(index)
    return frozenset(found)


def _opens_query(tokens: tuple[Token, ...], opening: int) -> bool:
    """Whether a query stands in the parenthesis at `opening`, in however many more."""
    while opening < len(tokens) and tokens[opening].token_type is TokenType.L_PAREN:
        opening += 1
    return opening < len(tokens) and tokens[opening].text.lower() in _STARTS


def _is_operand_place(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether a value may stand here: `left(a, 2)` after SELECT, but not in `a LEFT (JOIN)` or `a LIKE ANY (b)`."""
    before = tokens[index - 1] if index else None
    return before is None or (before.token_type not in _ENDS_OPERAND and before.text.lower() not in _PATTERNS)


def _names_columns(tokens: tuple[Token, ...], index: int) -> bool:
    """`t(a, b)` after a relation, AS or WITH gives names to columns, `decimal(5, 1)` a type, and neither calls."""
    before = tokens[index - 1] if index else None
    if before is not None and before.token_type in (TokenType.ALIAS, TokenType.DCOLON, *_ENDS_OPERAND):
        return True
    after = closing(tokens, index + 1) + 1
    if [token.text.lower() for token in tokens[after : after + 3]] == ["max", "recursion", "level"]:
        return True
    return after < len(tokens) - 1 and (
        tokens[after].token_type is TokenType.ALIAS and tokens[after + 1].token_type is TokenType.L_PAREN
    )


def markers_in(tokens: tuple[Token, ...]) -> Iterator[tuple[str, int, int]]:
    """Every `:name` as (name, start, end): not the colon of `column:path`, which follows a value at once."""
    for index, (token, after) in enumerate(itertools.pairwise(tokens)):
        if token.token_type is not TokenType.COLON or after.start != token.end + 1 or not is_name(after):
            continue
        before = tokens[index - 1] if index else None
        if before is not None and before.end + 1 == token.start and before.token_type in _ENDS_OPERAND:
            continue
        yield after.text, token.start, after.end + 1


def words_in(tokens: Iterable[Token]) -> Iterator[str]:
    """The bare words of a text, in small letters."""
    return (token.text.lower() for token in tokens if token.token_type is not TokenType.STRING and is_name(token))

"""Several statements in one text, each behind the semicolon of the one before, as scripts and prompts hold them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from demo_factory.sql.text import ExpressionError, tokens_of


@dataclass(frozen=True)
class Statement:
    """One statement as it was written, from its first word to its semicolon, and the line where that word stands."""

    text: str
    line: int


def statements_of(text: str) -> list[Statement]:
    """The statements of a text, in order; what holds comments alone is none.

    Raises:
        ExpressionError: a quote or comment is not closed.
    """
    found, first = [], None
    for token in tokens_of(text):
        if token.token_type is not TokenType.SEMICOLON:
            first = token.start if first is None else first
        elif first is not None:
            found.append(_statement(text, first, token.start))
            first = None
    return found if first is None else [*found, _statement(text, first, len(text))]


def _statement(text: str, start: int, end: int) -> Statement:
    return Statement(text[start:end].strip(), text.count("\n", 0, start) + 1)


def is_ended(text: str) -> bool:
    """Whether the last thing that a text says is a semicolon; not in the middle of a quote or comment."""
    try:
        tokens = tokens_of(text)
    except ExpressionError:
        return False
    return bool(tokens) and tokens[-1].token_type is TokenType.SEMICOLON

"""A statement as words, names and texts: enough of SQL to read governance statements to their end."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/
    |(?P<quoted>`(?:[^`]|``)*`)
    |(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>\d+)
    |(?P<sign>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


class NotUnderstood(Exception):
    """This is not a statement that the double knows."""


class SqlError(Exception):
    """A statement that fails, in Databricks' words."""


@dataclass(frozen=True)
class Token:
    kind: str
    value: str
    start: int
    end: int


def tokens_of(statement: str) -> list[Token]:
    """The tokens of a statement.

    Raises:
        SqlError: it is empty, or more than one.
    """
    found, place = [], 0
    while place < len(statement):
        match = _TOKEN.match(statement, place)
        if match is None:
            raise SqlError(f"[PARSE_SYNTAX_ERROR] Syntax error at or near {statement[place : place + 20]!r}.")
        if match.lastgroup:
            found.append(Token(match.lastgroup, _value(match.lastgroup, match.group()), place, match.end()))
        place = match.end()
    while found and found[-1].value == ";" and found[-1].kind == "sign":
        found.pop()
    if not found:
        raise SqlError("[PARSE_EMPTY_STATEMENT] Syntax error, unexpected empty statement.")
    if any(token.kind == "sign" and token.value == ";" for token in found):
        raise SqlError("[PARSE_SYNTAX_ERROR] Syntax error at or near ';': one statement at a time.")
    return found


def _value(kind: str, text: str) -> str:
    if kind == "quoted":
        return text[1:-1].replace("``", "`")
    if kind == "text":
        body = text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
        return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), body, flags=re.DOTALL)
    return text


class Reader:
    """Reads a statement from its start; what it does not expect is NotUnderstood."""

    def __init__(self, statement: str) -> None:
        self.statement = statement
        self.tokens = tokens_of(statement)
        self.at = 0

    def _here(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def accept(self, *words: str) -> bool:
        """Take these words or signs if they come next, all of them."""
        for place, word in enumerate(words):
            index = self.at + place
            if index >= len(self.tokens) or self.tokens[index].kind in ("text", "quoted", "number"):
                return False
            if self.tokens[index].value.upper() != word:
                return False
        self.at += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise NotUnderstood(f"expected {' '.join(words)}")

    def one_of(self, *words: str) -> str:
        for word in words:
            if self.accept(word):
                return word
        raise NotUnderstood(f"expected one of {', '.join(words)}")

    def identifier(self) -> str:
        token = self._here()
        if token is None or token.kind not in ("word", "quoted"):
            raise NotUnderstood("expected a name")
        self.at += 1
        return token.value

    def name(self) -> str:
        """A name of one to four parts, in lower case."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return ".".join(parts).lower()

    def text(self) -> str:
        token = self._here()
        if token is None or token.kind != "text":
            raise NotUnderstood("expected a text in quotes")
        self.at += 1
        return token.value

    def names(self) -> list[str]:
        """Names in parentheses."""
        self.expect("(")
        found = [] if self.accept(")") else [self.identifier()]
        while found and not self.accept(")"):
            self.expect(",")
            found.append(self.identifier())
        return found

    def between(self) -> str:
        """The text between parentheses, which may hold others."""
        self.expect("(")
        start, depth = self.tokens[self.at - 1].end, 1
        while depth:
            token = self._here()
            if token is None:
                raise SqlError("[PARSE_SYNTAX_ERROR] Syntax error: a parenthesis is not closed.")
            depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind == "sign" else 0
            self.at += 1
        return self.statement[start : self.tokens[self.at - 1].start].strip()

    def until(self, *words: str) -> str:
        """The text up to one of these words outside parentheses, or to the end."""
        first, depth = self._here(), 0
        while (token := self._here()) is not None:
            if depth == 0 and token.kind == "word" and token.value.upper() in words:
                break
            depth += {"(": 1, ")": -1}.get(token.value, 0) if token.kind == "sign" else 0
            self.at += 1
        return self.statement[first.start : self.tokens[self.at - 1].end] if first and self.at else ""

    def type_until(self, *words: str) -> str:
        """The text of a type: up to a comma or a closing parenthesis that is not its own, or to one of these words."""
        first, depth = self.at, 0
        while (token := self._here()) is not None:
            if depth == 0 and (token.value in (",", ")") or token.value.upper() in words):
                break
            depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(token.value, 0) if token.kind == "sign" else 0
            self.at += 1
        if self.at == first:
            raise NotUnderstood("expected a type")
        return self.statement[self.tokens[first].start : self.tokens[self.at - 1].end]

    def rest(self) -> None:
        """Take all that comes."""
        self.at = len(self.tokens)

    def at_end(self) -> bool:
        return self._here() is None

    def end(self) -> None:
        if self._here() is not None:
            raise NotUnderstood(f"did not expect {self.tokens[self.at].value!r}")

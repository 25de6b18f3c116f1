"""A template's text: {column} and {parent.column} stand for cells, {{ and }} for braces."""

from __future__ import annotations

import re
from typing import NamedTuple

REFERENCE = re.compile(r"([a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*")  # `column` or `parent.column`
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Piece(NamedTuple):
    """A piece of a template: text as it is, what stands in braces, or a brace without its other half."""

    text: str
    kind: str  # text, reference or brace


def pieces(template: str) -> list[Piece]:
    """The pieces of a template in order; neighbouring texts are one piece, and none is empty text."""
    found: list[Piece] = []
    end = 0
    for token in _TOKEN.finditer(template):
        _text(found, template[end : token.start()])
        end = token.end()
        if token[1] is not None:
            found.append(Piece(token[1], "reference"))
        elif len(token[0]) == 2:
            _text(found, token[0][0])
        else:
            found.append(Piece(token[0], "brace"))
    _text(found, template[end:])
    return found


def _text(found: list[Piece], text: str) -> None:
    if found and found[-1].kind == "text":
        text = found.pop().text + text
    if text:
        found.append(Piece(text, "text"))


def with_braces(template: str) -> str:
    """The template with every brace doubled that is around no name: what its writer most likely meant."""

    def doubled(token: re.Match[str]) -> str:
        if token[0] in ("{{", "}}") or (token[1] is not None and REFERENCE.fullmatch(token[1])):
            return token[0]
        return re.sub(r"[{}]", lambda brace: brace[0] * 2, token[0])

    return _TOKEN.sub(doubled, template)

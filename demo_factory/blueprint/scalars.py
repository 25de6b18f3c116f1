"""Plain YAML words to values, as YAML 1.2 reads them: `NO`, `on` and `11:30` are text, only true/false booleans."""

from __future__ import annotations

import math
import re

_INT = re.compile(r"[-+]?[0-9]+(_[0-9]+)*")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(_[0-9]+)*(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9][0-9_]*")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
}
_MOST_DIGITS = 40

Plain = str | int | float | bool | None


class ScalarError(ValueError):
    """A plain word that would not mean what its writer thinks: what it is, and how to write it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def read_plain(text: str) -> Plain:
    """The value of an unquoted word.

    Raises:
        ScalarError: for numbers that are not finite, too long, or start with a zero.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_FINITE.fullmatch(text):
        raise ScalarError(f"{text} is not a finite number", "write a finite number, or put the text in quotes")
    if not _FLOAT.fullmatch(text):
        return text
    if _LEADING_ZERO.fullmatch(text):
        plain = text.lstrip("+-").lstrip("0") or "0"
        raise ScalarError(
            f"{text} starts with a zero and could mean several numbers",
            f"write '{text}' in quotes for text, or {plain} for the number",
        )
    if len(text) > _MOST_DIGITS:
        raise ScalarError(f"{text[:20]}... is a number of {len(text)} characters", f"use at most {_MOST_DIGITS}")
    if _INT.fullmatch(text):
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ScalarError(f"{text} is too large for a number", "write a finite number, or put the text in quotes")
    return number

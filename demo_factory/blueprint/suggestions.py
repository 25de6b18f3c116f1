"""How messages speak: a value shown short, a list of choices, the nearest right word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from decimal import Decimal

from demo_factory.blueprint.errors import WrongUsage

LONGEST_SHOWN = 60
_MOST_COMPARED = 60  # comparing letter by letter is slow: of more words only those that begin alike are tried


def show(value: object) -> str:
    """The value as the user wrote it, cut when it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def number(value: float | Decimal) -> str:
    """A number with all of its digits, in groups of three; nothing is rounded away."""
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    return f"{int(value) if value == int(value) else value:,}"


def parser_says(error: Exception) -> str:
    """The first line of what a parser of SQL says: without colours, and without the names of its own classes."""
    first = (re.sub(r"\x1b\[[0-9;]*m", "", str(error)) or type(error).__name__).splitlines()[0].split(". Line")[0]
    if "Required keyword" in first or isinstance(error, RecursionError):
        first = "a part is missing" if "Required keyword" in first else "it is nested too deeply"
    return first if first.endswith(".") else f"{first}."


def one_of(words: Iterable[object]) -> str:
    """`a, b or c`; long lists are cut."""
    items = [str(word) for word in words]
    if len(items) > 30:
        items = [*items[:30], f"{len(items) - 30} others"]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}" if items else "nothing"


def nearest(word: str, allowed: Iterable[object]) -> str | None:
    """The allowed word that looks most like the given one, if any does."""
    by_case = {str(option).casefold(): str(option) for option in allowed}
    word = word[:200].casefold()
    candidates = list(by_case)
    if len(candidates) > _MOST_COMPARED:
        candidates.sort(key=lambda other: (-_shared(word, other), abs(len(word) - len(other))))
    found = difflib.get_close_matches(word, candidates[:_MOST_COMPARED], n=1, cutoff=0.6)
    return by_case[found[0]] if found else None


def _shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def did_you_mean(word: str, allowed: Iterable[object], kind: str = "") -> str:
    """The remedy for an unknown word: the nearest right one, or all there are.

    Args:
        kind: what such a word names, said when there is none at all.
    """
    options = [str(one) for one in allowed]
    found = nearest(word, options)
    if found is not None:
        return f"did you mean {found!r}?"
    if not options:
        return f"there is no {kind}" if kind else ""
    return f"use {one_of(options)}"


def instead_of(word: str, known: Iterable[object], none: str = "") -> str:
    """`did_you_mean` as a sentence.

    Args:
        none: the sentence when nothing is known: a list of nothing helps nobody.
    """
    said = did_you_mean(word, known)
    return f"{said[0].upper()}{said[1:]}{'' if said.endswith('?') else '.'}" if said else none


def no_such(message: str, name: str, known: Iterable[object], none: str = "") -> WrongUsage:
    """The error for a name that somebody typed and that does not exist, with the nearest one that does."""
    return WrongUsage(message, instead_of(name, known, none))

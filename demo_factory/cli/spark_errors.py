"""Spark's errors in one clear line: what is unknown, what is near, no Java."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.wording import instead_of

_CLASS = re.compile(r"^\[[A-Z0-9_.]+\]\s*")
_MISSING_TABLE = re.compile(r"table or view (`[^ ]+`) cannot be found", re.IGNORECASE)
_NO_WORDS = ("SQLSTATE:", "== SQL", "\n'", "\n+-", "To tolerate the error", "If you did not qualify", "Use `try_")


def plain(error: Any, known: Iterable[str] = ()) -> WrongUsage:
    """A PySpark exception as one sentence.

    Args:
        known: names of tables and views, to suggest the nearest one that Spark does not.
    """
    text = _CLASS.sub("", str(error).strip())
    place = re.search(r"line (\d+),? pos (\d+)", text)
    for mark in _NO_WORDS:
        text = text.split(mark)[0]
    message = " ".join(text.split()).rstrip(" ;(") or type(error).__name__
    missing = _MISSING_TABLE.search(message)
    if missing:
        return _missing(missing[1], list(known))
    if not message.endswith((".", "?")):
        message += "."
    where = f" (line {place[1]}, position {int(place[2]) + 1})" if place else ""
    return WrongUsage(f"{message[:-1]}{where}{message[-1]}")


def _missing(quoted: str, known: list[str]) -> WrongUsage:
    name = quoted.replace("`", "")
    remedy = instead_of(name.rsplit(".", 1)[-1], sorted(known), "The demo has no table yet: build it first.")
    return WrongUsage(f"There is no table or view {name}.", remedy)

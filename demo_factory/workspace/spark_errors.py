"""Spark's errors in one sentence: no class, no plan, no Java."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLASS = re.compile(r"^\[[A-Z0-9_.]+\]\s*")
_JAVA = re.compile(r"^An error occurred while calling \S+\s*:\s*(?:[\w$]+\.)+[\w$]+:\s*")  # as py4j begins
_MISSING_TABLE = re.compile(r"table or view (`[^ ]+`) cannot be found", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z'\"`<])")
_SETTING = re.compile(r"spark\.[a-z]\w*\.\w")
_SUGGESTS = re.compile(r"\s*Did you mean one of the following\?.*", re.DOTALL)
_NO_WORDS = (
    "SQLSTATE:",
    "== SQL",
    "\n'",
    "\n+-",
    "To tolerate the error",
    "If you did not qualify",
    "Use `try_",
    "Use 'try_",
    "\tat ",
)


@dataclass(frozen=True)
class SparkSays:
    """What Spark says, for people.

    Attributes:
        message: one sentence with the place in the text, where Spark names one.
        table: the table or view that cannot be found, if that is it.
    """

    message: str
    table: str | None = None


def plain_words(error: BaseException) -> str:
    """What any error says, in a line; Spark's as a sentence, without the plan and the advice that come with it."""
    if isinstance(error, Exception) and type(error).__module__.startswith(("pyspark.", "py4j.")):
        return spark_says(error).message
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__


def spark_says(error: Exception, suggestions: bool = True, place: bool = True) -> SparkSays:
    """A PySpark exception as one sentence.

    Args:
        suggestions: keep Spark's list of names that are near, which are names of columns.
        place: say where in the text; not of use where the text is not the author's own.
    """
    whole = str(error).strip()
    text = _CLASS.sub("", _JAVA.sub("", whole))
    found = re.search(r"line (\d+),? pos (\d+)", text)
    for mark in _NO_WORDS:
        text = text.split(mark)[0]
    if not suggestions:
        text = _SUGGESTS.sub("", text)
    message = _without_settings(" ".join(text.split())).rstrip(" ;(") or type(error).__name__
    missing = _MISSING_TABLE.search(message)
    if not message.endswith((".", "?")):
        message += "."
    where = f" (line {found[1]}, position {int(found[2]) + 1})" if found and place else ""
    return SparkSays(f"{message[:-1]}{where}{message[-1]}", missing[1].replace("`", "") if missing else None)


def _without_settings(message: str) -> str:
    """Without advice to change a setting of Spark: a demo has none, so that its SQL means the same everywhere."""
    first, *more = _SENTENCES.split(message)
    return " ".join([first, *(sentence for sentence in more if not _SETTING.search(sentence))])

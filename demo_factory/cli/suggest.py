"""What may be typed next in a statement that is not finished: tables where tables stand, columns where columns do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

KEYWORDS = tuple(
    "SELECT FROM WHERE GROUP BY HAVING ORDER BY LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS ON USING WITH AS DISTINCT"
    " UNION ALL INTERSECT EXCEPT CASE WHEN THEN ELSE END AND OR NOT IN EXISTS BETWEEN LIKE IS NULL ASC DESC OVER"
    " PARTITION ROWS RANGE VALUES SHOW TABLES VIEWS SCHEMAS COLUMNS DESCRIBE EXPLAIN TRUE FALSE DATE TIMESTAMP INTERVAL"
    " CAST count sum avg min max round coalesce date_trunc concat lower upper".split()
)  # fmt: skip
COMMANDS = ("\\d", "\\q", "\\?")
_NAMES_FOLLOW = re.compile(
    r"(?:\b(?:FROM|JOIN|TABLE|DESC|DESCRIBE|COLUMNS\s+IN)|^\s*\\d)\s+(?:[\w`.]+\s*,\s*)*\w*$", re.I
)
_OF_ONE = re.compile(r"(\w+)\.\w*$")


def suggestions(before: str, text: str, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """The words that fit, whatever of the last one is typed already.

    Args:
        before: the statement up to the cursor.
        text: the whole statement, which may name its tables after the cursor.
        columns: columns by their table or view.
    """
    if before.lstrip().startswith("\\") and " " not in before.strip():
        return list(COMMANDS)
    if (found := _OF_ONE.search(before)) is not None:
        return list(columns.get(_table(found[1], text, columns), ()))
    if _NAMES_FOLLOW.search(before):
        return list(columns)
    words = set(re.findall(r"\w+", text.lower()))
    named = [name for name in columns if name.lower() in words] or list(columns)
    fitting = dict.fromkeys(column for name in named for column in columns[name])
    return [*fitting, *(name for name in columns if name not in fitting), *dict.fromkeys(KEYWORDS)]


def _table(owner: str, text: str, columns: Mapping[str, Sequence[str]]) -> str:
    """The table that a word before a dot means: itself, or the one that has it as its alias."""
    if owner in columns:
        return owner

    def is_alias(name: str) -> bool:
        return bool(re.search(rf"\b{re.escape(name)}`?\s+(?:AS\s+)?{owner}\b", text, re.IGNORECASE))

    return next((name for name in columns if is_alias(name)), owner)

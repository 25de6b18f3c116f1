"""A Delta table's log read without Spark: whether the table is whole, and the properties that it was made with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Commit = list[dict[str, Any]]
_MOST = 3  # files that are named


def properties(table: Path) -> Mapping[str, str]:
    """The table properties by the newest commit that sets any; none when the log cannot be read."""
    for file in reversed(_commits(table)):
        for action in reversed(_read(file) or []):
            if isinstance(action.get("metaData"), dict):
                return dict(action["metaData"].get("configuration") or {})
    return {}


def trouble(table: Path) -> str:
    """What is wrong with a table's files, in words; nothing when its log is whole and every file of it is there.

    Of a log whose beginning has gone into a checkpoint only what came later is looked at.
    """
    commits = _commits(table)
    versions = [int(file.stem) for file in commits]
    if versions and versions[0] > 0 and not any(_log(table).glob("*.checkpoint*.parquet")):
        return f"its log begins with version {versions[0]}"
    missing = sorted(set(range(versions[0], versions[-1] + 1)) - set(versions)) if versions else []
    if missing:
        return f"its log lacks version {missing[0]}"
    sizes: dict[str, int] = {}
    for file in commits:
        actions = _read(file)
        if actions is None:
            return f"{file.name} of its log cannot be read"
        for action in actions:
            if "add" in action:
                sizes[str(action["add"]["path"])] = int(action["add"].get("size", -1))
            elif "remove" in action:
                sizes.pop(str(action["remove"]["path"]), None)
    wrong = [path for path, size in sizes.items() if not _is_whole(table, path, size)]
    if not wrong:
        return ""
    more = f" and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
    return f"gone or not as written, of its {len(sizes)} files: {', '.join(wrong[:_MOST])}{more}"


def _is_whole(table: Path, path: str, size: int) -> bool:
    if urlsplit(path).scheme:
        return True  # a file of another table, as a shallow clone has them: not ours to judge
    try:
        there = (table / unquote(path)).stat().st_size
    except OSError:
        return False
    return size < 0 or there == size


def _log(table: Path) -> Path:
    return table / "_delta_log"


def _commits(table: Path) -> list[Path]:
    return sorted(file for file in _log(table).glob("*.json") if file.stem.isdigit())


def _read(file: Path) -> Commit | None:
    """The actions of a commit; None when it is damaged."""
    try:
        actions = list(_lines(file))
    except (OSError, ValueError):
        return None
    return actions if actions and all(isinstance(one, dict) for one in actions) else None


def _lines(file: Path) -> Iterator[Any]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)

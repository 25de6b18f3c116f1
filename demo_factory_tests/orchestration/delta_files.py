"""What a Delta table holds, read from its log and Parquet files without Spark, which wrote them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl


def live_files(table: Path) -> dict[str, dict[str, str | None]]:
    """The table's files now, with the values of their partitions.

    By Delta's protocol: actions of the commits in order. A log that was checkpointed still has all of its commits as
    long as nobody cleans it, which takes Delta 30 days.
    """
    found: dict[str, dict[str, str | None]] = {}
    for number, commit in enumerate(sorted((table / "_delta_log").glob("*.json"))):
        assert int(commit.stem) == number, f"{table.name} has no commit {number}"
        for line in commit.read_text(encoding="utf-8").splitlines():
            (kind, said), *_ = json.loads(line).items()
            if kind == "protocol":
                assert said["minReaderVersion"] == 1, "columns may go by other names, or rows be deleted by vectors"
            elif kind == "add":
                found[said["path"]] = said["partitionValues"]
            elif kind == "remove":
                found.pop(said["path"], None)
    return found


def content(table: Path) -> tuple[int, str]:
    """(rows, hash of every cell) whatever the order of the rows and however they lie in files."""
    frames = [
        pl.read_parquet(table / path).with_columns(**{name: pl.lit(value) for name, value in values.items()})
        for path, values in live_files(table).items()
    ]
    if not frames:
        return 0, ""
    whole = pl.concat([frame.select(sorted(frame.columns)) for frame in frames])
    rows = sorted(map(repr, whole.rows()))
    return len(rows), hashlib.sha256("\n".join([*whole.columns, *rows]).encode()).hexdigest()


def contents(lakehouse: Path) -> dict[str, tuple[int, str]]:
    """What every table and view under a lakehouse folder holds; of a view its statement."""
    found = {}
    for log in sorted(lakehouse.rglob("_delta_log")):
        if any(log.glob("*.json")):
            found[log.parent.name] = content(log.parent)
    for view in sorted(lakehouse.rglob("_views/*.sql")):
        found[view.stem] = (1, hashlib.sha256(view.read_bytes()).hexdigest())
    return found

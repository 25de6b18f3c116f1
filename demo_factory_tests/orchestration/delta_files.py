"""What a Delta table holds by another reader than Spark, which wrote it: delta-rs for the log, polars for the files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
from deltalake import DeltaTable


def content(table: Path) -> tuple[int, str]:
    """(rows, hash of every cell) whatever the order of the rows and however they lie in files.

    Raises:
        AssertionError: columns may go by other names, which delta-rs would give as NULL.
    """
    opened = DeltaTable(table)
    assert opened.protocol().min_reader_version == 1, f"{table.name} may have columns of other names or deleted rows"
    partitions, files = opened.metadata().partition_columns, opened.get_add_actions(flatten=True)
    frames = []
    for action in pl.DataFrame(files).iter_rows(named=True):
        values = {name: pl.lit(str(action[f"partition.{name}"])) for name in partitions}
        frames.append(pl.read_parquet(table / action["path"]).with_columns(**values))
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

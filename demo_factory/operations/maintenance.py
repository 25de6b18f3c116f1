"""How a table's files lie: by the order of columns, by clustering, or by the target itself. No Dagster here."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from demo_factory.moments import reached
from demo_factory.resources.graph import OptimizePlan
from demo_factory.resources.guards import Guarded
from demo_factory.sql.names import literal, quote
from demo_factory.workspace.ports import Workspace

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SKIPPED = "skipped: "
_NULL = "__HIVE_DEFAULT_PARTITION__"
# What a table's history holds without a file being added.
_NO_FILES = ("VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "CHANGE COLUMN", "CHANGE COLUMNS")


def optimize_table(
    optimize: OptimizePlan, workspace: Workspace, spark: SparkSession, guarded: Guarded | None = None
) -> dict[str, Any]:
    """Do what the blueprint asks and the target has.

    Args:
        guarded: the guards of its table, if it has any: nobody looks into its files then.

    Returns: what was done, what is off and why, and what it brought: files and bytes of the table, and of a query.
    """
    name = optimize.full_name.quoted
    detail: dict[str, Any] = {}
    if optimize.zorder:
        key = _some_key(spark, name, optimize.zorder[0]) if guarded is None else None
        detail["before"] = _evidence(spark, name, key)
        detail["layout"] = _lay_out(optimize, workspace, spark, guarded)
        if not detail["layout"].startswith(SKIPPED):
            detail["after"] = _evidence(spark, name, key)
    reached(f"{optimize.name} laid out")
    if optimize.vacuum_hours:
        detail["vacuum"] = _vacuum(optimize, workspace, spark, guarded)
        if "after" not in detail:
            detail["after"] = _files(spark, name)
    if optimize.cache:
        off = workspace.why_no_cache()
        if not off:
            spark.sql(f"CACHE LAZY TABLE {name}")
        detail["cache"] = f"off: {off}" if off else "on, for as long as this Spark session lives"
    return detail


def _lay_out(optimize: OptimizePlan, workspace: Workspace, spark: SparkSession, guarded: Guarded | None) -> str:
    """ZORDER, or clustering where the target keeps clustered tables in order by itself. Gives what was done."""
    from demo_factory.generate.tables import runner

    name, columns = optimize.full_name.quoted, ", ".join(map(quote, optimize.zorder))
    run = runner(spark, guarded)
    about = spark.sql(f"DESCRIBE DETAIL {name}").collect()[0].asDict()
    clustered, partitioned = about.get("clusteringColumns") or [], about["partitionColumns"]
    own = workspace.keeps_its_own_layout(optimize.full_name)
    if own and not partitioned and list(clustered) != list(optimize.zorder):
        run(f"ALTER TABLE {name} CLUSTER BY ({columns})")
        clustered = list(optimize.zorder)
    where, reason = _room(spark, name, partitioned) if guarded is None else ("", "")
    if clustered:
        kept = "; predictive optimization keeps it so" if own else ""
        said = f"clustered by {', '.join(clustered)}, which leaves no room for ZORDER{kept}"
        if reason:
            return f"{SKIPPED}{reason} ({said})"
        run(f"OPTIMIZE {name}")
        return said
    reason = reason or ("" if guarded is not None else _in_order_already(spark, name, optimize.zorder))
    if reason:
        return SKIPPED + reason
    run(f"OPTIMIZE {name}{where} ZORDER BY ({columns})")
    return f"ZORDER BY {', '.join(optimize.zorder)}"


def _room(spark: SparkSession, name: str, partitioned: list[str]) -> tuple[str, str]:
    """Where a partition has several files, as a WHERE of OPTIMIZE; else why there is nothing to bring together.

    OPTIMIZE writes a lone file anew as it is: it sorts rows into files, and not within one.
    """
    folders = Counter(path.rpartition("/")[0].rpartition("/")[2] for path in spark.table(name).inputFiles())
    if not partitioned:
        return "", "one file holds the whole table" if sum(folders.values()) < 2 else ""
    column = partitioned[0]
    plain = all(folder.startswith(f"{column}=") and "%" not in folder for folder in folders)
    if len(partitioned) > 1 or not plain:  # who names the folders otherwise knows why
        return "", ""
    several = [folder.removeprefix(f"{column}=") for folder, files in sorted(folders.items()) if files > 1]
    if not several:
        return "", f"one file in each of {len(folders)} partitions"
    if len(several) == len(folders) or _NULL in several:
        return "", ""
    return f" WHERE {quote(column)} IN ({', '.join(map(literal, several))})", ""


def _in_order_already(spark: SparkSession, name: str, columns: tuple[str, ...]) -> str:
    """Since which version, when nothing has been written since the files were last put in this order; else nothing."""
    for row in spark.sql(f"DESCRIBE HISTORY {name}").orderBy("version", ascending=False).toLocalIterator():
        said = row["operationParameters"] or {}
        if row["operation"] == "OPTIMIZE" and json.loads(said.get("predicate") or "[]") == []:
            same = json.loads(said.get("zOrderBy") or "[]") == list(columns)
            return f"in order since version {row['version']}, and no file was written after it" if same else ""
        if row["operation"] not in _NO_FILES:
            return ""
    return ""


def _vacuum(optimize: OptimizePlan, workspace: Workspace, spark: SparkSession, guarded: Guarded | None) -> str:
    from demo_factory.generate.tables import keep_deleted_files, runner

    assert optimize.vacuum_hours is not None
    keep_deleted_files(spark, optimize.full_name, optimize.vacuum_hours, guarded)
    if workspace.keeps_its_own_layout(optimize.full_name):
        return f"off: predictive optimization does it, and keeps deleted files {optimize.vacuum_hours} hours"
    runner(spark, guarded)(f"VACUUM {optimize.full_name.quoted} RETAIN {optimize.vacuum_hours} HOURS")
    return f"done, deleted files are kept {optimize.vacuum_hours} hours"


def _evidence(spark: SparkSession, name: str, condition: str | None) -> dict[str, Any]:
    """The table's files, and how many of them a query for one key has to read."""
    found = _files(spark, name)
    if condition is None or found["files"] < 2:  # every query reads it all
        return {**found, "query_files": found["files"], "query_bytes": found["bytes"]}
    query = spark.table(name).where(condition)
    read = {_plain(path) for path in query.inputFiles()}  # Delta skips files by their statistics before this answers
    size = found["bytes"] if len(read) == found["files"] else _bytes_of(spark, name, read)
    return {**found, "query": condition, "query_files": len(read), "query_bytes": size}


def _bytes_of(spark: SparkSession, name: str, files: set[str]) -> int:
    columns = ["_metadata.file_path AS path", "_metadata.file_size AS size"]
    rows = spark.table(name).selectExpr(*columns).distinct().collect()
    return sum(int(row.size) for row in rows if _plain(row.path) in files)


def _some_key(spark: SparkSession, name: str, column: str) -> str | None:
    """A condition for one key that is there; None for an empty table."""
    rows = spark.table(name).select(quote(column)).where(f"{quote(column)} IS NOT NULL").limit(1).collect()
    return f"{quote(column)} = {literal(rows[0][0])}" if rows else None


def _plain(path: str) -> str:
    return path.rpartition("/")[2]


def _files(spark: SparkSession, name: str) -> dict[str, Any]:
    row = spark.sql(f"DESCRIBE DETAIL {name}").collect()[0]
    return {"files": int(row["numFiles"]), "bytes": int(row["sizeInBytes"])}

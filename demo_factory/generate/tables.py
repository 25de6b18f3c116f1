"""Tables to Delta: a whole table in one commit, or the missing days alone; a guarded one never without its guards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from demo_factory.generate.carriers import Carrier, frame_of
from demo_factory.resources.graph import TablePlan
from demo_factory.resources.guards import Guarded
from demo_factory.sql.names import FullName, literal, pairs, quote

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ROWS_A_TASK = 1_000_000
DELETED_FILES, LOG = "delta.deletedFileRetentionDuration", "delta.logRetentionDuration"
DELETED_FILES_HOURS, LOG_HOURS = 168, 720  # what Delta keeps where a table says nothing
SERVERLESS_TASKS = 8
ROWS_WORTH_A_TASK = 40_000  # below this a second task costs more than it brings


def partitions_for(rows: int, cores: int) -> int:
    """How many Spark tasks make so many rows: few files, yet every core busy on large tables."""
    if rows <= ROWS_WORTH_A_TASK:
        return 1
    return max(min(cores, rows // ROWS_WORTH_A_TASK), -(-rows // ROWS_A_TASK))


def write_table(
    spark: SparkSession,
    table: TablePlan,
    properties: Mapping[str, str],
    carrier: Carrier = "dbldatagen",
    guarded: Guarded | None = None,
) -> int:
    """Create or replace a whole table, in one Delta commit where nothing guards it; gives its number of rows.

    Args:
        properties: table properties, such as the mark that the table is ours.
        guarded: its guards, when it has any: it is made with these and empty, and then filled.
    """
    frame = _frame(spark, table, 0, table.rows, carrier)
    _make(frame, table.full_name, table.comment, properties, table.partition_by or "", guarded)
    return table.rows


def _make(
    frame: DataFrame,
    name: FullName,
    comment: str,
    properties: Mapping[str, str],
    partition_by: str,
    guarded: Guarded | None,
) -> None:
    if guarded is not None:
        fields = [(one.name, one.dataType.simpleString(), one.metadata.get("comment", "")) for one in frame.schema]
        guarded.make_empty(fields, comment, properties, partition_by)
        _append(frame, name)
        return
    writer = frame.writeTo(name.quoted).using("delta")
    for key, value in {**({"comment": comment} if comment else {}), **properties}.items():
        writer = writer.tableProperty(key, value)
    if partition_by:
        writer = writer.partitionedBy(frame[quote(partition_by)])
    writer.createOrReplace()


def _append(frame: DataFrame, name: FullName) -> None:
    frame.write.format("delta").mode("append").saveAsTable(name.quoted)


def append_days(
    spark: SparkSession,
    table: TablePlan,
    since: dt.date,
    properties: Mapping[str, str],
    carrier: Carrier = "dbldatagen",
    guarded: Guarded | None = None,
) -> int:
    """Add the days after `since` and nothing else; gives the number of new rows.

    The days are overwritten, not only appended: after a kill between commit and ledger the same call gives the same
    table.
    """
    assert table.calendar is not None
    assert table.arrival is not None
    first = table.calendar.rows_through(since)
    if first < table.rows:
        frame = _frame(spark, table, first, table.rows, carrier)
        if guarded is None or guarded.overwrites:
            from pyspark.sql import functions as F  # noqa: N812

            frame.writeTo(table.full_name.quoted).overwrite(F.expr(_after(table, since)))
        else:
            _take_away(spark, table, since)
            _append(frame, table.full_name)
    if properties:
        _set_properties(spark, table.full_name, properties, guarded)
    return table.rows - first


def version_of(spark: SparkSession, name: FullName) -> int:
    """The table's newest Delta version."""
    return int(spark.sql(f"DESCRIBE HISTORY {name.quoted} LIMIT 1").collect()[0]["version"])


def take_back(
    spark: SparkSession, table: TablePlan, since: dt.date, version: int, guarded: Guarded | None = None
) -> None:
    """Make a table what it was before the days after `since` came, in one Delta commit.

    Args:
        version: what it was then. A guarded table has no earlier versions that can be read: its new days go.
    """
    if guarded is None:
        spark.sql(f"RESTORE TABLE {table.full_name.quoted} TO VERSION AS OF {version}").collect()
    else:
        _take_away(spark, table, since)


def _take_away(spark: SparkSession, table: TablePlan, since: dt.date) -> None:
    """Delete the days after one by the statement that guarded tables take from every compute."""
    spark.sql(
        f"MERGE INTO {table.full_name.quoted} USING (SELECT 1 AS nothing WHERE false) ON false "
        f"WHEN NOT MATCHED BY SOURCE AND {_after(table, since)} THEN DELETE"
    ).collect()


def _says(spark: SparkSession, name: FullName) -> tuple[list[tuple[str, str]], str]:
    described = spark.sql(f"DESCRIBE DETAIL {name.quoted}").collect()[0]["description"]
    return spark.table(name.quoted).dtypes, described or ""


def keep_deleted_files(spark: SparkSession, name: FullName, hours: int, guarded: Guarded | None = None) -> None:
    """Let a table say how long VACUUM leaves its deleted files: newer Delta heeds that alone, not RETAIN."""
    there = spark.sql(f"DESCRIBE DETAIL {name.quoted}").collect()[0]["properties"]
    wanted = f"interval {hours} hours"
    if there.get(DELETED_FILES, f"interval {DELETED_FILES_HOURS} hours") != wanted:
        log = {LOG: wanted} if hours > LOG_HOURS else {}  # Delta wants the log to reach back as far
        _set_properties(spark, name, {**log, DELETED_FILES: wanted}, guarded)


def _set_properties(
    spark: SparkSession, name: FullName, properties: Mapping[str, str], guarded: Guarded | None
) -> None:
    runner(spark, guarded)(f"ALTER TABLE {name.quoted} SET TBLPROPERTIES ({pairs(properties)})")


def runner(spark: SparkSession, guarded: Guarded | None) -> Callable[[str], object]:
    """Who runs a statement that changes no row of a table, to its end."""
    return guarded.run if guarded is not None else lambda statement: spark.sql(statement).collect()


def _after(table: TablePlan, day: dt.date) -> str:
    assert table.arrival is not None
    following = literal(day + dt.timedelta(days=1))
    return f"{quote(table.arrival)} >= CAST({following} AS TIMESTAMP)"


def _frame(spark: SparkSession, table: TablePlan, first: int, last: int, carrier: Carrier) -> DataFrame:
    partitions = partitions_for(last - first, _cores(spark))
    return frame_of(spark, table, first, last, partitions, carrier)


def _cores(spark: SparkSession) -> int:
    """How many tasks run at once; serverless compute has no SparkContext that would tell."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except (AttributeError, NotImplementedError):
        return SERVERLESS_TASKS


def redescribe(spark: SparkSession, table: TablePlan, guarded: Guarded | None = None) -> None:
    """Bring comments up to date without touching a row."""
    name, run = table.full_name.quoted, runner(spark, guarded)
    run(f"COMMENT ON TABLE {name} IS {literal(table.comment)}")
    there = {field.name: field.metadata.get("comment", "") for field in spark.table(name).schema.fields}
    for column in table.visible:
        if there.get(column.name, "") != column.comment:
            run(f"ALTER TABLE {name} ALTER COLUMN {quote(column.name)} COMMENT {literal(column.comment)}")


def write_frame(
    frame: DataFrame, name: FullName, comment: str, properties: Mapping[str, str], guarded: Guarded | None = None
) -> None:
    """Create or replace a table from a frame that somebody else made, such as predictions.

    One that is there with the same columns gets new rows and nothing else, where the compute may do that.
    """
    spark = frame.sparkSession
    may = guarded is None or guarded.overwrites
    if may and spark.catalog.tableExists(name.quoted) and _says(spark, name) == (frame.dtypes, comment):
        from pyspark.sql import functions as F  # noqa: N812

        frame.writeTo(name.quoted).overwrite(F.lit(True))
        return
    _make(frame, name, comment, properties, "", guarded)

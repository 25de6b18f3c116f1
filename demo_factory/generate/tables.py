"""Tables to Delta: a whole table in one commit, or the missing days alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from demo_factory.generate.carriers import Carrier, frame_of
from demo_factory.resources.graph import TablePlan
from demo_factory.sql.names import FullName, literal, quote

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
    spark: SparkSession, table: TablePlan, properties: Mapping[str, str], carrier: Carrier = "dbldatagen"
) -> int:
    """Create or replace a whole table in one Delta commit; gives its number of rows.

    Args:
        properties: table properties, such as the mark that the table is ours.
    """
    frame = _frame(spark, table, 0, table.rows, carrier)
    writer = frame.writeTo(table.full_name.quoted).using("delta")
    if table.comment:
        writer = writer.tableProperty("comment", table.comment)
    for name, value in properties.items():
        writer = writer.tableProperty(name, value)
    if table.partition_by:
        writer = writer.partitionedBy(frame[quote(table.partition_by)])
    writer.createOrReplace()
    return table.rows


def append_days(
    spark: SparkSession,
    table: TablePlan,
    since: dt.date,
    properties: Mapping[str, str],
    carrier: Carrier = "dbldatagen",
) -> int:
    """Add the days after `since` and nothing else; gives the number of new rows.

    The days are overwritten, not appended: after a kill between commit and ledger the same call gives the same table.
    """
    assert table.calendar is not None
    assert table.arrival is not None
    first = table.calendar.rows_through(since)
    if first < table.rows:
        frame = _frame(spark, table, first, table.rows, carrier)
        frame.writeTo(table.full_name.quoted).overwrite(_after(table, since))
    if properties:
        _set_properties(spark, table.full_name, properties)
    return table.rows - first


def version_of(spark: SparkSession, name: FullName) -> int:
    """The table's newest Delta version."""
    return int(spark.sql(f"DESCRIBE HISTORY {name.quoted} LIMIT 1").collect()[0]["version"])


def restore(spark: SparkSession, name: FullName, version: int) -> None:
    """Make a table what it was at a version, in one Delta commit."""
    spark.sql(f"RESTORE TABLE {name.quoted} TO VERSION AS OF {version}").collect()


def _says(spark: SparkSession, name: FullName) -> tuple[list[tuple[str, str]], str]:
    described = spark.sql(f"DESCRIBE DETAIL {name.quoted}").collect()[0]["description"]
    return spark.table(name.quoted).dtypes, described or ""


def keep_deleted_files(spark: SparkSession, name: FullName, hours: int) -> None:
    """Let a table say how long VACUUM leaves its deleted files: newer Delta heeds that alone, not RETAIN."""
    there = spark.sql(f"DESCRIBE DETAIL {name.quoted}").collect()[0]["properties"]
    wanted = f"interval {hours} hours"
    if there.get(DELETED_FILES, f"interval {DELETED_FILES_HOURS} hours") != wanted:
        log = {LOG: wanted} if hours > LOG_HOURS else {}  # Delta wants the log to reach back as far
        _set_properties(spark, name, {**log, DELETED_FILES: wanted})


def _set_properties(spark: SparkSession, name: FullName, properties: Mapping[str, str]) -> None:
    pairs = ", ".join(f"{literal(key)} = {literal(value)}" for key, value in properties.items())
    spark.sql(f"ALTER TABLE {name.quoted} SET TBLPROPERTIES ({pairs})")


def _after(table: TablePlan, day: dt.date):  # type: ignore[no-untyped-def]
    from pyspark.sql import functions as F  # noqa: N812

    assert table.arrival is not None
    following = literal(day + dt.timedelta(days=1))
    return F.expr(f"{quote(table.arrival)} >= CAST({following} AS TIMESTAMP)")


def _frame(spark: SparkSession, table: TablePlan, first: int, last: int, carrier: Carrier) -> DataFrame:
    partitions = partitions_for(last - first, _cores(spark))
    return frame_of(spark, table, first, last, partitions, carrier)


def _cores(spark: SparkSession) -> int:
    """How many tasks run at once; serverless compute has no SparkContext that would tell."""
    try:
        return int(spark.sparkContext.defaultParallelism)
    except (AttributeError, NotImplementedError):
        return SERVERLESS_TASKS


def redescribe(spark: SparkSession, table: TablePlan) -> None:
    """Bring comments up to date without touching a row."""
    name = table.full_name.quoted
    spark.sql(f"COMMENT ON TABLE {name} IS {literal(table.comment)}")
    there = {field.name: field.metadata.get("comment", "") for field in spark.table(name).schema.fields}
    for column in table.visible:
        if there.get(column.name, "") != column.comment:
            spark.sql(f"ALTER TABLE {name} ALTER COLUMN {quote(column.name)} COMMENT {literal(column.comment)}")


def write_frame(frame: DataFrame, name: FullName, comment: str, properties: Mapping[str, str]) -> None:
    """Create or replace a table from a frame that somebody else made, such as predictions.

    One that is there with the same columns gets new rows and nothing else: masks and filters stay on it all the time.
    """
    spark = frame.sparkSession
    if spark.catalog.tableExists(name.quoted) and _says(spark, name) == (frame.dtypes, comment):
        from pyspark.sql import functions as F  # noqa: N812

        frame.writeTo(name.quoted).overwrite(F.lit(True))
        return
    writer = frame.writeTo(name.quoted).using("delta")
    for key, value in {**({"comment": comment} if comment else {}), **properties}.items():
        writer = writer.tableProperty(key, value)
    writer.createOrReplace()

"""Files laid out by what the table and the target have, with evidence that can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demo_factory.operations.maintenance import optimize_table
from demo_factory.resources.graph import OptimizePlan
from demo_factory.sql.names import FullName

pytestmark = pytest.mark.spark
TABLE = FullName("test_demo", "layout", "visits")


@dataclass
class Place:
    """A target that keeps files in order by itself, or does not."""

    own: bool = False
    off: str | None = None

    def why_no_cache(self) -> str | None:
        return self.off

    def keeps_its_own_layout(self, name: FullName) -> bool:
        return self.own


@pytest.fixture
def table(spark) -> Iterator[str]:
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.layout")
    many = spark.range(0, 4000, 1, 4).selectExpr("CAST(id % 50 AS INT) AS visitor", "id AS visit")
    many.writeTo(TABLE.quoted).using("delta").createOrReplace()
    yield TABLE.quoted
    spark.sql(f"DROP TABLE {TABLE.quoted}")


def plan(**wants: object) -> OptimizePlan:
    return OptimizePlan("optimize_visits", "visits", TABLE, **wants)


def test_zorder_brings_files_together_and_says_what_a_query_reads(spark, table):
    detail = optimize_table(plan(zorder=("visitor",)), Place(), spark)
    assert detail["layout"] == "ZORDER BY visitor"
    assert (detail["before"]["files"], detail["before"]["query_files"]) == (4, 4)
    assert (detail["after"]["files"], detail["after"]["query_files"]) == (1, 1)
    assert 0 < detail["after"]["query_bytes"] == detail["after"]["bytes"] < detail["before"]["query_bytes"]


def versions(spark, table: str) -> list[str]:
    """The operations of a table as Delta notes them, oldest first."""
    return [row.operation for row in spark.sql(f"DESCRIBE HISTORY {table}").orderBy("version").collect()]


def test_zorder_is_skipped_while_there_is_nothing_to_gain_and_done_again_when_there_is(spark, table):
    """OPTIMIZE of 1,000,000 rows in one file a partition wrote files of the very same bytes, for half of a build."""
    wanted = plan(zorder=("visitor",))
    assert optimize_table(wanted, Place(), spark)["layout"] == "ZORDER BY visitor"
    before = versions(spark, table)
    again = optimize_table(wanted, Place(), spark)
    assert again["layout"] == "skipped: one file holds the whole table"
    assert "after" not in again
    assert versions(spark, table) == before
    spark.range(4000, 5000).selectExpr("CAST(id % 50 AS INT) AS visitor", "id AS visit").writeTo(table).append()
    assert optimize_table(wanted, Place(), spark)["layout"] == "ZORDER BY visitor"
    assert versions(spark, table) == [*before, "WRITE", "OPTIMIZE"]


def test_several_files_that_are_in_order_stay_until_something_is_written(spark, table):
    spark.conf.set("spark.databricks.delta.optimize.maxFileSize", "6000")  # bytes: several files remain
    try:
        wanted = plan(zorder=("visitor",), vacuum_hours=168)
        assert optimize_table(wanted, Place(), spark)["layout"] == "ZORDER BY visitor"
        assert spark.sql(f"DESCRIBE DETAIL {table}").collect()[0].numFiles > 1
        assert optimize_table(wanted, Place(), spark)["layout"].startswith("skipped: in order since version 1, and no")
        assert optimize_table(plan(zorder=("visit",)), Place(), spark)["layout"] == "ZORDER BY visit"
        spark.sql(f"DELETE FROM {table} WHERE visit = 7")
        assert optimize_table(plan(zorder=("visit",)), Place(), spark)["layout"] == "ZORDER BY visit"
    finally:
        spark.conf.unset("spark.databricks.delta.optimize.maxFileSize")


def test_of_a_partitioned_table_only_the_parts_with_several_files_are_written_anew(spark, table):
    def files() -> set[str]:
        return set(spark.table(table).inputFiles())

    days = spark.range(0, 400, 1, 1).selectExpr("id AS visit", "DATE'2026-01-01' + CAST(id % 4 AS INT) AS day")
    days.writeTo(table).using("delta").partitionedBy(days.day).createOrReplace()
    wanted = plan(zorder=("visit",))
    first = files()
    assert len(first) == 4
    assert optimize_table(wanted, Place(), spark)["layout"] == "skipped: one file in each of 4 partitions"
    assert files() == first
    days.where("day = DATE'2026-01-03'").writeTo(table).append()
    assert optimize_table(wanted, Place(), spark)["layout"] == "ZORDER BY visit"
    assert len(files()) == 4
    assert len(files() & first) == 3


def test_where_the_target_keeps_order_the_table_is_clustered_and_vacuum_is_left_to_it(spark, table):
    detail = optimize_table(plan(zorder=("visit",), vacuum_hours=168), Place(own=True), spark)
    assert "clustered by visit" in detail["layout"]
    assert (detail["before"]["files"], detail["before"]["query_files"]) == (4, 1)
    assert 0 < detail["before"]["query_bytes"] < detail["before"]["bytes"] / 2
    assert "predictive optimization" in detail["layout"]
    assert detail["vacuum"].startswith("off: predictive optimization does it")
    assert list(spark.sql(f"DESCRIBE DETAIL {table}").collect()[0].clusteringColumns) == ["visit"]


def test_caching_that_is_not_there_is_listed_as_off(spark, table):
    assert optimize_table(plan(cache=True), Place(off="no memory"), spark) == {"cache": "off: no memory"}

"""Files laid out by what the table and the target have, with evidence that can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demo_factory.orchestration.layout import optimize_table
from demo_factory.plan.names import FullName
from demo_factory.plan.steps import OptimizePlan

TABLE = FullName("test_demo", "layout", "visits")


@dataclass
class Place:
    """A target that keeps files in order by itself, or does not."""

    own: bool = False
    off: str | None = None

    def missing(self, capability: str) -> str | None:
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

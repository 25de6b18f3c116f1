"""Small plans and frames for the tests of quality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from demo_factory.formulas.columns import ColumnPlan
from demo_factory.quality.check import judge
from demo_factory.quality.results import RuleResult
from demo_factory.resources.graph import Rule, TablePlan
from demo_factory.sql.names import FullName

AS_OF = dt.date(2024, 6, 30)


def table_with(*rules: Rule, columns: Sequence[str] = (), key: str | None = None, name: str = "orders") -> TablePlan:
    named = columns or sorted({column for rule in rules for column in rule.columns})
    return TablePlan(
        name=name,
        full_name=FullName("test_demo", "quality", name),
        columns=tuple(ColumnPlan(column, "id") for column in named),
        order=tuple(named),
        rows=0,
        rules=rules,
        key=key,
    )


def verdict(frame: DataFrame, rule: Rule, key: str | None = None) -> RuleResult:
    """The one verdict on one rule."""
    (result,) = judge(frame, table_with(rule, key=key), AS_OF)
    return result


def column_of(spark: SparkSession, kind: str, *values: Any) -> DataFrame:
    """A frame of one column `x`, whose values are SQL expressions."""
    rows = ", ".join(f"(CAST({value} AS {kind}))" for value in values)
    return spark.sql(f"SELECT x FROM VALUES {rows} AS t(x)")


class Jobs:
    """How many Spark jobs ran inside a `counted` block."""

    number = -1


@contextmanager
def counted(spark: SparkSession, name: str) -> Iterator[Jobs]:
    # Adaptive execution submits every stage as a job of its own, so it is off while jobs are counted.
    context, jobs = spark.sparkContext, Jobs()
    adaptive = spark.conf.get("spark.sql.adaptive.enabled")
    spark.conf.set("spark.sql.adaptive.enabled", "false")
    context.setJobGroup(name, name)
    try:
        yield jobs
        jobs.number = len(context.statusTracker().getJobIdsForGroup(name))
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
        spark.conf.set("spark.sql.adaptive.enabled", adaptive)

"""Queries whose meaning a parser once changed: each view gives what Spark gives for the author's own words, or what
arithmetic says."""

from __future__ import annotations

import datetime as dt

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.generate.tables import write_table
from demo_factory.operations.analysis import problems_of
from demo_factory.plan.compile import compile_demo
from demo_factory.workspace.local.catalog import create_view, ensure_schema
from demo_factory.workspace.open import trial_session

AS_OF = dt.date(2026, 1, 31)
BLUEPRINT = r"""
demo: cases
catalog: test_demo
schema: sql_cases
history: 30 days
tables:
  shops: {rows: 9, columns: {id: {key: S-000}, kind: {choice: [big, small]}, fee: {choice: ['pay ${amount}', 'plain']}}}
  sales:
    rows: 60
    arrives: {}
    columns:
      id: {key: integer}
      shop_id: {ref: shops}
      sold_at: {arrival: timestamp}
      price: {lognormal: {median: 20, sigma: 0.6}, type: "decimal(10,2)"}
views:
  ages: {sql: "SELECT id, sold_at, datediff(:as_of, sold_at) AS days_ago FROM sales"}
  middle:
    sql: SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS mid, median(price) AS right_mid FROM sales
  quoted: {sql: "SELECT id, 'shop''s' AS label FROM shops"}
  last_ones: {sql: "SELECT * FROM sales QUALIFY row_number() OVER (PARTITION BY shop_id ORDER BY sold_at DESC) = 1"}
  parsed: {sql: "SELECT id, variant_get(parse_json('{\"a\": \"b\"}'), '$.a', 'string') AS a FROM shops"}
  hinted: {sql: "SELECT /*+ BROADCAST(s) */ x.id FROM sales x JOIN shops s ON s.id = x.shop_id"}
  shadowed: {sql: "WITH shops AS (SELECT * FROM shops WHERE kind = 'big') SELECT id, kind FROM shops"}
  upper_case: {sql: "SELECT id FROM Shops"}
  counted: {sql: "SELECT r.id AS n, s.id AS sid FROM range(3) r CROSS JOIN shops s"}
  listed: {sql: "SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(n, letter)"}
  alone: {sql: "SELECT 1 AS one"}
  dollars: {sql: "SELECT fee, 'pay ${amount}' AS text FROM shops"}
  formatted: {sql: "SELECT to_char(1234.5, '999,999.99') AS shown"}
  piped: {sql: "FROM sales |> WHERE price > 10 |> AGGREGATE count(*) AS n GROUP BY shop_id"}
  whole: {sql: "TABLE shops"}
"""


@pytest.fixture(scope="module")
def plan():
    return compile_demo(loads(BLUEPRINT), as_of=AS_OF)


@pytest.fixture(scope="module")
def rows(spark, state, plan):
    ensure_schema(spark, state, plan.catalog, plan.schema)
    for step in plan.of_kind("table"):
        write_table(spark, step.plan, {}, "spark")
    for step in plan.of_kind("view"):
        create_view(spark, state, str(step.plan.full_name), step.plan.sql)
    return lambda name: [row.asDict() for row in spark.sql(f"SELECT * FROM test_demo.sql_cases.{name}").collect()]


def test_days_between_are_counted_from_the_calendar(rows):
    found = rows("ages")
    assert len(found) == 60
    assert all(row["days_ago"] == (AS_OF - row["sold_at"].date()).days for row in found)


def test_an_exact_median_stays_exact(rows, spark):
    prices = sorted(row[0] for row in spark.sql("SELECT price FROM test_demo.sql_cases.sales").collect())
    (row,) = rows("middle")
    assert row["mid"] == row["right_mid"]
    assert float(row["mid"]) == pytest.approx(float(prices[29] + prices[30]) / 2)


def test_texts_are_as_they_are_written(rows):
    assert {row["label"] for row in rows("quoted")} == {"shop's"}
    assert {row["fee"] for row in rows("dollars")} == {"pay ${amount}", "plain"}
    assert {row["text"] for row in rows("dollars")} == {"pay ${amount}"}
    assert rows("formatted") == [{"shown": "  1,234.50"}]


def test_no_column_is_added_and_none_lost(rows, plan):
    assert all(list(row) == ["id", "shop_id", "sold_at", "price"] for row in rows("last_ones"))
    assert len(rows("last_ones")) == len({row["shop_id"] for row in rows("last_ones")})
    assert plan.steps["last_ones"].plan.columns == ("id", "shop_id", "sold_at", "price")
    assert {row["a"] for row in rows("parsed")} == {"b"}


def test_names_mean_what_they_mean_in_sql(rows):
    assert {row["kind"] for row in rows("shadowed")} == {"big"}
    assert len(rows("upper_case")) == len(rows("whole")) == 9
    assert len(rows("counted")) == 27
    assert rows("listed") == [{"n": 1, "letter": "a"}, {"n": 2, "letter": "b"}]
    assert rows("alone") == [{"one": 1}]
    assert len(rows("hinted")) == 60
    assert sum(row["n"] for row in rows("piped")) <= 60


def test_the_columns_that_are_read_are_those_that_spark_gives(rows, plan):
    for step in plan.of_kind("view"):
        found = rows(step.name)
        assert step.plan.columns in ((), tuple(found[0])), step.name
    assert [step.name for step in plan.of_kind("view") if not step.plan.columns] == ["listed", "whole"]


def test_spark_takes_all_of_it_before_anything_is_written(spark, state, plan):
    assert problems_of(plan, trial_session(state.root, plan)) == ()


def test_a_view_that_runs_a_command_never_gets_so_far():
    text = BLUEPRINT.replace("SELECT 1 AS one", "SELECT TRANSFORM(id) USING 'tee -a /tmp/file' AS (x) FROM shops")
    with pytest.raises(BlueprintError, match="a view runs no script"):
        compile_demo(loads(text), as_of=AS_OF)

"""Rules across tables: orphans and rows before their parent, counted exactly, one job a join."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from demo_factory.quality.check import check_across, judge_across
from demo_factory.resources.graph import Rule
from demo_factory.sql.names import FullName
from demo_factory_tests.quality.tables import counted, table_with

pytestmark = pytest.mark.spark
CUSTOMERS = FullName("test_demo", "quality_across", "customers")
PRODUCTS = FullName("test_demo", "quality_across", "products")
KNOWN = Rule("customer_orphans", "orphans", ("customer",), None, True, CUSTOMERS, "id", ("customer", "id"))
LATER = Rule("day_not_before", "not_before", ("day",), None, True, CUSTOMERS, "since", ("customer", "id"))
PRODUCT = Rule("product_orphans", "orphans", ("product",), None, True, PRODUCTS, "id")
ORDERS = table_with(columns=("customer", "product", "day"), name="orders")


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    # The key B repeats: its children must still be counted once.
    return spark.sql(
        "SELECT id, DATE(since) AS since FROM VALUES ('A', '2024-01-01'), ('B', '2024-02-01'), ('B', '2024-01-15'), "
        "('C', NULL) AS t(id, since)"
    )


@pytest.fixture(scope="module")
def products(spark: SparkSession) -> DataFrame:
    return spark.sql("SELECT * FROM VALUES (1), (2) AS t(id)")


def _orders(spark: SparkSession, rows: str) -> DataFrame:
    return spark.sql(f"SELECT customer, product, DATE(day) AS day FROM VALUES {rows} AS t(customer, product, day)")


def test_children_with_parents_keep_the_rules(spark: SparkSession, customers: DataFrame, products: DataFrame):
    orders = _orders(
        spark, "('A', 1, '2024-01-01'), ('B', 2, '2024-02-01'), ('C', NULL, '2000-01-01'), (NULL, 1, NULL)"
    )
    parents = {CUSTOMERS: customers, PRODUCTS: products}
    results = judge_across(orders, ORDERS, (KNOWN, PRODUCT, LATER), parents)
    assert [(result.passed, result.failing_rows, result.examples) for result in results] == [(True, 0, ())] * 3
    assert results[0].message == "orders: customer must exist in customers.id: all 4 rows keep it"


def test_orphans_and_early_rows_are_counted_once_each(spark: SparkSession, customers: DataFrame, products: DataFrame):
    orders = _orders(
        spark, "('A', 1, '2023-12-31'), ('B', 9, '2024-01-20'), ('X', 8, '2024-01-01'), ('Z', 9, NULL), ('X', 1, NULL)"
    )
    results = judge_across(orders, ORDERS, (LATER, KNOWN, PRODUCT), {CUSTOMERS: customers, PRODUCTS: products})
    assert [(result.rule.name, result.failing_rows, result.examples) for result in results] == [
        ("day_not_before", 2, ("2023-12-31", "2024-01-20")),
        ("customer_orphans", 3, ("X", "Z")),
        ("product_orphans", 3, ("8", "9")),
    ]
    assert results[1].message == ("orders: customer must exist in customers.id: 3 of 5 rows break it, for example X, Z")


def test_a_date_and_a_moment_are_compared_by_day(spark: SparkSession):
    parents = {CUSTOMERS: spark.sql("SELECT 'A' AS id, TIMESTAMP'2024-03-01T18:00:00' AS since")}
    orders = _orders(spark, "('A', 1, '2024-03-01'), ('A', 1, '2024-02-29')")
    (result,) = judge_across(orders, ORDERS, (LATER,), parents)
    assert (result.failing_rows, result.examples) == (1, ("2024-02-29",))


def test_an_empty_child_and_an_empty_parent(spark: SparkSession, customers: DataFrame):
    orders = _orders(spark, "('A', 1, '2024-03-01')")
    (empty,) = judge_across(orders.limit(0), ORDERS, (KNOWN,), {CUSTOMERS: customers})
    assert (empty.passed, empty.observed) == (True, "the table is empty")
    (orphaned,) = judge_across(orders, ORDERS, (KNOWN,), {CUSTOMERS: customers.limit(0)})
    assert (orphaned.passed, orphaned.failing_rows) == (False, 1)


@pytest.mark.parametrize(
    ("parent", "reason"),
    [
        ("SELECT 'A' AS name, DATE'2024-01-01' AS since", "has no column id"),
        ("SELECT 1 AS id, DATE'2024-01-01' AS since", "customer is string, customers.id is int"),
        ("SELECT 'A' AS id, '2024-01-01' AS since", "day is date, customers.since is string"),
    ],
)
def test_what_cannot_be_compared_fails_with_its_reason(spark: SparkSession, parent: str, reason: str):
    (result,) = judge_across(_orders(spark, "('A', 1, NULL)"), ORDERS, (LATER,), {CUSTOMERS: spark.sql(parent)})
    assert not result.passed
    assert reason in result.message


def test_a_rule_without_a_parent_is_refused(spark: SparkSession, customers: DataFrame):
    with pytest.raises(ValueError, match="names no parent"):
        judge_across(customers, ORDERS, (Rule("m", "min", ("id",), 0),), {})


def test_written_tables_are_read_by_name_and_one_join_is_one_query(
    spark: SparkSession, customers: DataFrame, products: DataFrame
):
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.quality_across")
    customers.write.mode("overwrite").saveAsTable(str(CUSTOMERS))
    rule = Rule("me", "orphans", ("id",), None, True, CUSTOMERS, "id")
    table = table_with(columns=("id", "since"), name="customers")
    own = type(table)(**{**vars(table), "full_name": CUSTOMERS})
    (result,) = check_across(spark, own, (rule,))
    assert result.passed
    spark.sql("DROP SCHEMA test_demo.quality_across CASCADE")


def test_rules_over_one_join_share_its_job(spark: SparkSession, customers: DataFrame):
    orders = _orders(spark, "('A', 1, '2023-12-31')")
    parents = {CUSTOMERS: customers}
    broadcast = spark.conf.get("spark.sql.autoBroadcastJoinThreshold")
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")  # sending a small parent to the tasks is a job too
    try:
        with counted(spark, "across") as jobs:
            judge_across(orders, ORDERS, (KNOWN, LATER), parents)
    finally:
        spark.conf.set("spark.sql.autoBroadcastJoinThreshold", broadcast)
    assert jobs.number == 1

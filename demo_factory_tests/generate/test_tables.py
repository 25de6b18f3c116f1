"""Tables on Delta: one commit a table, days appended once, comments and partitions in place."""

import datetime as dt

import pytest

from demo_factory.generate.tables import append_days, partitions_for, redescribe, take_back, version_of, write_table
from demo_factory_tests.generate.test_cells import table_hash
from demo_factory_tests.plan.demos import AS_OF, shop_plan

pytestmark = pytest.mark.spark
EPOCH = AS_OF - dt.timedelta(days=200)


@pytest.fixture
def schema(spark, request):
    name = f"gen_{abs(hash(request.node.name)) % 10_000}"
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS test_demo.{name}")
    return name


def test_an_appended_table_is_the_table_made_in_one_go(spark, schema):
    later_day = AS_OF + dt.timedelta(days=9)
    now, later = shop_plan(schema, epoch=EPOCH), shop_plan(schema, as_of=later_day, epoch=EPOCH)
    for name in ("customers", "orders"):
        before, after = now.steps[name].plan, later.steps[name].plan
        write_table(spark, before, {"mark": "ours"})
        added = append_days(spark, after, AS_OF, {"mark": "still ours"})
        assert added == after.rows - before.rows > 0
        once = table_hash(spark.table(after.full_name.quoted))
        append_days(spark, after, AS_OF, {})  # a kill between commit and ledger makes the same call again
        assert table_hash(spark.table(after.full_name.quoted)) == once
        write_table(spark, after, {})
        assert table_hash(spark.table(after.full_name.quoted)) == once


class Dedicated:
    """A guarded table where the compute may only append and merge: what is made there is noted."""

    overwrites = False

    def __init__(self, spark, name):
        self.spark, self.name, self.made = spark, name, []

    def make_empty(self, columns, comment, properties, partition_by):
        self.made.append((columns, comment, properties, partition_by))
        shape = ", ".join(f"`{name}` {kind}" for name, kind, _ in columns)
        by = f" PARTITIONED BY (`{partition_by}`)" if partition_by else ""
        self.spark.sql(f"CREATE OR REPLACE TABLE {self.name.quoted} ({shape}) USING DELTA{by}")

    def run(self, statement):
        self.spark.sql(statement)


def test_a_guarded_table_is_the_same_table_by_appends_and_merges_alone(spark, schema):
    """Made, moved on, moved on again as after a kill, taken back; never by a statement that dedicated compute lacks."""
    later_day = AS_OF + dt.timedelta(days=9)
    now, later = shop_plan(schema, epoch=EPOCH), shop_plan(schema, as_of=later_day, epoch=EPOCH)
    before, after = now.steps["orders"].plan, later.steps["orders"].plan
    name = before.full_name.quoted
    write_table(spark, before, {})
    one, all_rows = table_hash(spark.table(name)), None
    write_table(spark, after, {})
    all_rows = table_hash(spark.table(name))
    spark.sql(f"DROP TABLE {name}")

    guarded = Dedicated(spark, before.full_name)
    assert write_table(spark, before, {"a": "b"}, guarded=guarded) == before.rows
    assert [said[1:] for said in guarded.made] == [(before.comment, {"a": "b"}, before.partition_by or "")]
    assert table_hash(spark.table(name)) == one
    version = version_of(spark, before.full_name)
    for _ in range(2):
        append_days(spark, after, AS_OF, {"a": "c"}, guarded=guarded)
        assert table_hash(spark.table(name)) == all_rows
    take_back(spark, after, AS_OF, version, guarded)
    assert table_hash(spark.table(name)) == one
    done = {row["operation"] for row in spark.sql(f"DESCRIBE HISTORY {name}").collect()}
    modes = {row["operationParameters"].get("mode") for row in spark.sql(f"DESCRIBE HISTORY {name}").collect()}
    assert done <= {"CREATE TABLE", "CREATE OR REPLACE TABLE", "WRITE", "MERGE", "SET TBLPROPERTIES"}
    assert modes <= {"Append", None}


def test_one_commit_with_comments_and_properties(spark, schema):
    table = shop_plan(schema).steps["customers"].plan
    write_table(spark, table, {"demo_factory.demo": "shop"})
    assert spark.sql(f"DESCRIBE HISTORY {table.full_name.quoted}").count() == 1
    detail = spark.sql(f"DESCRIBE DETAIL {table.full_name.quoted}").first()
    assert detail["properties"]["demo_factory.demo"] == "shop"
    schema_there = spark.table(table.full_name.quoted).schema
    assert schema_there.names == list(table.order)
    assert schema_there["customer_id"].metadata["comment"] == "Who"


def test_comments_change_without_a_row_being_written(spark, schema):
    from dataclasses import replace

    table = shop_plan(schema).steps["customers"].plan
    write_table(spark, table, {})
    said = replace(table, comment="It's new", columns=tuple(replace(c, comment=f"{c.comment}!") for c in table.columns))
    redescribe(spark, said)
    assert spark.table(table.full_name.quoted).schema["customer_id"].metadata["comment"] == "Who!"
    history = spark.sql(f"DESCRIBE HISTORY {table.full_name.quoted}").collect()
    assert all("WRITE" not in row["operation"] for row in history[:-1])


@pytest.mark.parametrize(("rows", "cores", "tasks"), [(10, 2, 1), (60_000, 2, 1), (500_000, 2, 2), (10_000_000, 2, 10)])
def test_tasks_follow_the_rows(rows, cores, tasks):
    assert partitions_for(rows, cores) == tasks

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local import catalog
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.session import open_session
from demo_factory_tests.workspace.local.processes import run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OTHER_PROCESS = """
    import json, sys
    from pathlib import Path
    from demo_factory.workspace.local import catalog
    from demo_factory.workspace.local.session import open_session
    from demo_factory.workspace.local.layout import StateFolder
    state = StateFolder(Path(sys.argv[1]))
    spark = open_session(state, "test_shared", rows=1)
    said = {
        "rows": spark.sql("SELECT count(*) FROM test_shared.s.orders").first()[0],
        "view": [row.total for row in spark.sql("SELECT * FROM test_shared.s.totals").collect()],
        "columns": [tuple(row)[::2] for row in spark.sql("DESCRIBE test_shared.s.orders").collect()],
        "view_columns": [tuple(row)[::2] for row in spark.sql("DESCRIBE test_shared.s.totals").collect()],
        "detail": spark.sql("DESCRIBE DETAIL test_shared.s.orders").first().asDict(),
        "extended": {r[0]: r[1] for r in spark.sql("DESCRIBE TABLE EXTENDED test_shared.s.orders").collect()},
    }
    spark.sql("INSERT INTO test_shared.s.orders VALUES (3, 30)")
    spark.range(7).write.format("delta").saveAsTable("test_shared.fresh.made_by_b")
    catalog.create_view(spark, state, "test_shared.fresh.view_of_b", "SELECT id FROM test_shared.fresh.made_by_b")
    catalog.create_view(spark, state, "test_shared.s.totals", "SELECT 5 AS five")
    catalog.drop_table(spark, state, "test_shared.s.dropped")
    catalog.drop_table(spark, state, "test_shared.s.replaced")
    spark.sql("CREATE TABLE test_shared.s.replaced USING delta AS SELECT 'new' AS word")
    spark.sql("DROP TABLE test_shared.s.dropped_by_sql")
    print(json.dumps(said, default=str))
"""


@pytest.fixture
def shared(spark: SparkSession, state: StateFolder) -> SparkSession:
    return open_session(state, "test_shared", ["s", "fresh"])


def test_another_process_sees_and_changes_what_we_made(
    shared: SparkSession, state: StateFolder, tmp_path: Path
) -> None:
    shared.sql(
        "CREATE TABLE test_shared.s.orders (id INT COMMENT 'the key', amount INT) USING delta "
        "COMMENT 'one row an order' TBLPROPERTIES ('demo.owner' = 'sales')"
    )
    shared.sql("INSERT INTO test_shared.s.orders VALUES (1, 10), (2, 20)")
    for name in ("dropped", "dropped_by_sql", "replaced"):
        shared.range(2).write.format("delta").saveAsTable(f"test_shared.s.{name}")
    catalog.create_view(
        shared,
        state,
        "test_shared.s.totals",
        "SELECT sum(amount) AS total, count(*) AS n FROM test_shared.s.orders",
        comment="it's all we sold",
        column_comments={"total": "in cents"},
    )
    said = json.loads(run(OTHER_PROCESS, state.root, cwd=tmp_path).splitlines()[-1])

    assert said["rows"] == 2
    assert said["view"] == [30]
    assert said["columns"] == [["id", "the key"], ["amount", None]]
    assert said["view_columns"] == [["total", "in cents"], ["n", None]]
    assert said["detail"]["description"] == "one row an order"
    assert said["detail"]["properties"] == {"demo.owner": "sales"}
    assert (said["extended"]["Comment"], said["extended"]["Type"]) == ("one row an order", "MANAGED")
    assert list(tmp_path.iterdir()) == []  # no warehouse, no metastore, no log in the working directory

    # A new commit needs no refresh, new and replaced objects do.
    assert shared.sql("SELECT count(*) FROM test_shared.s.orders").first()[0] == 3
    changed = catalog.refresh(shared, state, "test_shared")
    assert set(changed.registered) == {
        "test_shared.fresh.made_by_b",
        "test_shared.fresh.view_of_b",
        "test_shared.s.totals",
    }
    assert changed.forgotten == ("test_shared.s.dropped", "test_shared.s.dropped_by_sql")
    assert shared.sql("SELECT count(*) FROM test_shared.fresh.view_of_b").first()[0] == 7
    assert shared.sql("SELECT word FROM test_shared.s.replaced").first()[0] == "new"
    assert shared.sql("SELECT five FROM test_shared.s.totals").first()[0] == 5
    assert not shared.catalog.tableExists("test_shared.s.dropped")
    assert catalog.refresh(shared, state, "test_shared") == catalog.Refreshed(broken={})


def test_two_catalogs_do_not_share_schemas(spark: SparkSession, state: StateFolder) -> None:
    first = open_session(state, "test_a", ["s"])
    second = open_session(state, "test_b", ["s"])
    first.range(1).write.format("delta").saveAsTable("test_a.s.t")
    catalog.create_view(first, state, "test_a.s.v", "SELECT * FROM test_a.s.t")
    assert second.sql("SHOW TABLES IN test_b.s").collect() == []
    second.range(5).write.format("delta").saveAsTable("test_b.s.t")
    assert first.sql("SELECT count(*) FROM test_a.s.v").first()[0] == 1
    assert second.sql("SELECT count(*) FROM test_b.s.t").first()[0] == 5
    assert second.sql("DESCRIBE DETAIL test_b.s.t").first().location.endswith("/lakehouse/test_b/s/t")
    first.sql("DROP TABLE test_a.s.t")
    assert second.sql("SELECT count(*) FROM test_b.s.t").first()[0] == 5
    with pytest.raises(Exception, match="test_b"):
        first.sql("SELECT * FROM test_b.s.t")


def test_drops_leave_nothing(spark: SparkSession, state: StateFolder) -> None:
    session = open_session(state, "test_drops", ["s"])
    session.range(1).write.format("delta").saveAsTable("test_drops.s.t")
    catalog.create_view(session, state, "test_drops.s.v", "SELECT * FROM test_drops.s.t")
    with pytest.raises(DemoError, match=r"still holds test_drops\.s\.t, test_drops\.s\.v"):
        catalog.drop_schema(session, state, "test_drops", "s")
    assert [str(one) for one in catalog.list_objects(state, "test_drops")] == ["test_drops.s.t", "test_drops.s.v"]
    assert catalog.drop_view(session, state, "test_drops.s.v")
    assert catalog.drop_table(session, state, "test_drops.s.t")
    assert not catalog.drop_table(session, state, "test_drops.s.t")
    assert not catalog.drop_view(session, state, "test_drops.s.v")
    assert session.sql("SHOW TABLES IN test_drops.s").collect() == []
    session.range(3).write.format("delta").saveAsTable("test_drops.s.t")  # the name is free again
    assert session.sql("SELECT count(*) FROM test_drops.s.t").first()[0] == 3
    catalog.drop_table(None, state, "test_drops.s.t")
    catalog.refresh(session, state, "test_drops")
    catalog.drop_schema(session, state, "test_drops", "s")
    assert not state.catalog("test_drops").exists()
    assert "s" not in [row[0] for row in session.sql("SHOW SCHEMAS IN test_drops").collect()]


def test_forgetting_never_deletes_what_another_process_made_meanwhile(spark: SparkSession, state: StateFolder) -> None:
    from demo_factory.compat import spark_catalog

    session = open_session(state, "test_race", ["s"])
    session.range(2).write.format("delta").saveAsTable("test_race.s.t")
    spark_catalog.forget(session, "s", "t", state.own_scratch / "nowhere")
    assert catalog.exists(state, "test_race.s.t") == "table"
    assert catalog.refresh(session, state, "test_race").registered == ("test_race.s.t",)
    assert session.sql("SELECT count(*) FROM test_race.s.t").first()[0] == 2
    session.sql("DROP TABLE test_race.s.t")  # a registered table is a managed one: its files go
    assert catalog.exists(state, "test_race.s.t") is None
    assert not state.table("test_race", "s", "t").exists()


def test_views_on_views_and_a_broken_one(
    spark: SparkSession, state: StateFolder, caplog: pytest.LogCaptureFixture
) -> None:
    session = open_session(state, "test_views", ["s"])
    catalog.create_view(session, state, "test_views.s.z_base", "SELECT 1 AS one")
    catalog.create_view(session, state, "test_views.s.a_top", "SELECT one + 1 AS two FROM test_views.s.z_base")
    state.view("test_views", "s", "b_bad").write_text("CREATE OR REPLACE VIEW test_views.s.b_bad AS SELECT * FROM gone")
    for name in ("a_top", "z_base"):
        session.sql(f"DROP VIEW test_views.s.{name}")
        state.view("test_views", "s", name).touch()
    with caplog.at_level(logging.WARNING):
        changed = catalog.refresh(session, state, "test_views")
    assert changed.broken is not None
    assert list(changed.broken) == ["test_views.s.b_bad"]
    assert "b_bad is left out" in caplog.text
    assert session.sql("SELECT two FROM test_views.s.a_top").first()[0] == 2


def test_a_view_that_fails_is_not_kept(spark: SparkSession, state: StateFolder) -> None:
    with pytest.raises(Exception, match="nowhere"):
        catalog.create_view(spark, state, "test_demo.views.v", "SELECT * FROM test_demo.views.nowhere")
    with pytest.raises(DemoError, match=r"has no column b to comment\. Its columns are a\."):
        catalog.create_view(spark, state, "test_demo.views.v", "SELECT 1 AS a", column_comments={"b": "x"})
    assert catalog.exists(state, "test_demo.views.v") is None


def test_the_default_schema_is_kept_too(spark: SparkSession, state: StateFolder) -> None:
    spark.range(1).write.format("delta").saveAsTable("test_demo.default.t")
    assert catalog.exists(state, "test_demo.default.t") == "table"
    catalog.drop_table(spark, state, "test_demo.default.t")


@pytest.mark.parametrize("text", ["a.b", "a.b.c.d", "a..c", "a.b._views", "a.../etc.c", ""])
def test_what_is_no_full_name(text: str) -> None:
    with pytest.raises(DemoError, match=r"is not a full name\. Write it as"):
        lakehouse.parse_name(text)


def test_a_write_that_never_committed_is_no_table(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    (state.table("c", "s", "half") / "_delta_log").mkdir(parents=True)
    assert lakehouse.list_objects(state) == []
    assert lakehouse.list_schemas(state, "c") == ["s"]
    assert lakehouse.exists(state, "c.s.half") is None

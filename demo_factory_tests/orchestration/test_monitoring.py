"""What watches a demo, materialised without Spark: a table of slow queries, an audit, or why there is none."""

from __future__ import annotations

from dataclasses import fields, replace

import dagster as dg
import pytest

from demo_factory.operations.demos import plan_demo
from demo_factory.orchestration.monitoring import monitoring_assets
from demo_factory.plan.monitoring import Event, Query
from demo_factory.targets.load import parse_targets
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.query_log import noting
from demo_factory_tests.orchestration.small import blueprint, settings_of
from demo_factory_tests.workspace.databricks.double import Double

pytestmark = pytest.mark.double


@pytest.fixture
def watch(tmp_path):
    """Materialise what watches the small demo; gives the metadata of each asset by its name."""

    def run(**changes):
        settings = replace(settings_of(tmp_path / "state", tmp_path / "demos"), **changes)
        file = blueprint(tmp_path / "demos", governance={"audit": "7 days"})
        assets = monitoring_assets(plan_demo(file, settings), settings)
        with dg.DagsterInstance.ephemeral() as instance:
            result = dg.materialize(assets, instance=instance)
        made = [event.materialization for event in result.get_asset_materialization_events()]
        return {one.asset_key.path[-1]: {key: value.value for key, value in one.metadata.items()} for one in made}

    return run


def test_on_a_laptop_slow_queries_are_a_table_and_the_audit_is_off_with_its_reason(watch, tmp_path):
    for who in ("analysts", None):
        with noting(StateFolder(tmp_path / "state"), "tiny", who, "SELECT 1", print) as running:
            running.rows = 1
    found = watch()
    assert found["slow_queries"]["dagster/row_count"] == 2
    rows = [record.data for record in found["slow_queries"]["slow_queries"].records]
    assert {row["text"] for row in rows} == {"SELECT 1"}
    assert "analysts" in {row["who"] for row in rows}
    assert "nobody keeps an audit on this machine" in found["audit"]["off"]


def test_watching_writes_nothing_and_needs_nothing_built(watch, tmp_path):
    assert watch()["slow_queries"]["dagster/row_count"] == 0
    assert not (tmp_path / "state").exists()


def test_on_a_workspace_both_come_from_system_tables(watch, monkeypatch):
    with Double() as double:
        monkeypatch.setenv("DATABRICKS_TOKEN", double.token)
        slow = ["2026-11-25T07:00:00.000Z", "ann", 9000, 3, "FINISHED", "SELECT 1", 0, 10, "s"]
        double.set_rows("system.query.history", [field.name for field in fields(Query)], [slow])
        read = ["2026-11-25T07:00:00.000Z", "ann", "getTable", "dev_tiny_demo.sales.orders", 403, None, None]
        double.set_rows("system.access.audit", [field.name for field in fields(Event)], [read])
        text = f"targets: {{dev: {{host: '{double.url}', compute: {{serverless: {{}}}}, warehouse: demo-warehouse}}}}"
        on_dev = {"target": "dev", "targets": parse_targets(text)}
        found = watch(**on_dev)
        assert found["slow_queries"]["slow_queries"].records[0].data["milliseconds"] == 9000
        assert found["audit"]["audit"].records[0].data["status"] == 403
        double.set_rows("system.access.audit", ["not for you"], [["x"]])
        assert "grant USE CATALOG ON system" in watch(**on_dev)["audit"]["off"]
        assert double.writes() == []
        assert double.violations == []

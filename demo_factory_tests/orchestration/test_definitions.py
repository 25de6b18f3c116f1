"""What Dagster sees of a demo, without a run: keys, lineage, checks, versions, alerts, schedule."""

import datetime as dt
from collections import Counter

import dagster as dg
import pytest
import yaml
from dagster._core.storage.tags import TagType, get_tag_type

from demo_factory.compat.dagster_settings import settings as instance_settings
from demo_factory.operations.settings import SHIPPED, Settings
from demo_factory.orchestration import alerts
from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.instance import _PROCESS, DEMO
from demo_factory.orchestration.resources import AS_OF, FOLLOWS, SCALE, WAIT
from demo_factory_tests.house.test_readme import ROOT

pytestmark = pytest.mark.e2e
MODEL = dg.AssetKey(["customer_analytics", "customer_segmentation"])
KEY = dg.AssetKey(["customer_analytics", "transactions"])


def settings(tmp_path, as_of=dt.date(2026, 11, 24)) -> Settings:
    return Settings(tmp_path / "state", (SHIPPED,), "local", "dev", as_of, None)


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    return all_definitions(settings(tmp_path_factory.mktemp("defs")))


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_every_step_is_an_asset_of_its_group(graph):
    keys = graph.get_all_asset_keys()
    assert len(keys) == 24
    groups = Counter(graph.get(key).group_name for key in keys)
    assert groups == {"retail": 16, "retail_access": 6, "retail_monitoring": 2}
    assert graph.get(KEY).owners == ["team:sales_data_team"]
    assert graph.get(KEY).kinds == {"delta", "table"}
    assert {key.path[-1] for key in graph.get(KEY).parent_keys} == {"customers", "products", "stores"}


def test_everything_says_what_it_is_and_whose(definitions, graph):
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assert [node.key for node in nodes if not (node.owners and node.kinds and (node.description or "").strip())] == []
    assert [key for key in graph.asset_check_keys if not graph.get(key).description] == []
    for one in (definitions.resolve_job_def("retail"), *definitions.schedules, *definitions.sensors):
        assert one.description
        owners = getattr(one, "owners", None) or [one.metadata["owner"].value]
        assert list(owners) == ["team:retail_data_team"]


def test_a_description_holds_the_query_as_it_was_written(graph):
    said = graph.get(dg.AssetKey(["customer_analytics", "sales_trends"])).description
    assert said.startswith("Sales by month, department and channel\n\n```sql\nSELECT CAST(date_trunc(")
    assert "Learns `segment` of each `customer_id`: random forest." in graph.get(MODEL).description


def test_tags_that_are_for_us_alone_are_hidden(graph, definitions):
    """By Dagster's own rule: what its page hides."""
    kinds = {tag: get_tag_type(tag) for tag in (FOLLOWS, DEMO, _PROCESS, AS_OF, SCALE, WAIT)}
    assert [kinds[tag] for tag in (FOLLOWS, DEMO, _PROCESS)] == [TagType.HIDDEN] * 3
    assert [kinds[tag] for tag in (AS_OF, SCALE, WAIT)] == [TagType.USER_PROVIDED] * 3  # people write these


def test_the_demos_job_builds_and_does_not_watch(definitions, graph):
    made = definitions.resolve_job_def("retail").asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in graph.get_all_asset_keys() - made} == {
        "customer_analytics/monitoring/slow_queries",
        "customer_analytics/monitoring/audit",
    }


def test_metadata_tells_name_schema_and_column_lineage(graph):
    metadata = graph.get(KEY).metadata
    assert metadata["dagster/table_name"] == "dev_retail_demo.customer_analytics.transactions"
    columns = {column.name: column for column in metadata["dagster/column_schema"].columns}
    assert columns["amount"].type == "decimal(12,2)"
    assert columns["amount"].description == "What was paid in EUR"
    lineage = metadata["dagster/column_lineage"].deps_by_column
    price = lineage["unit_price"][0]
    assert (price.asset_key.path[-1], price.column_name) == ("products", "list_price")
    view = graph.get(dg.AssetKey(["customer_analytics", "sales_trends"])).metadata
    made_of = {dep.column_name for dep in view["dagster/column_lineage"].deps_by_column["margin"]}
    assert made_of == {"amount", "quantity", "unit_cost"}


def test_checks_block_where_the_blueprint_says_so(graph):
    checks = {key: graph.get(key) for key in graph.asset_check_keys}
    by_name = {(key.asset_key.path[-1], key.name): node.blocking for key, node in checks.items()}
    assert by_name["transactions", "amount_min"] is True
    assert by_name["transactions", "customer_id_orphans"] is True
    assert by_name["support_tickets", "topic_allowed"] is False


def test_code_versions_stay_when_the_day_moves(graph, tmp_path):
    """The first build freezes the epoch; before it, the epoch moves with the day and so do the versions."""
    from demo_factory.operations.demos import plan_demo
    from demo_factory.operations.targets import open_local

    today = settings(tmp_path)
    workspace = open_local(today)
    workspace.records.freeze(plan_demo(SHIPPED / "retail.yaml", today, workspace))
    later = all_definitions(settings(tmp_path, dt.date(2026, 12, 24))).resolve_asset_graph()
    now = all_definitions(today).resolve_asset_graph()
    assert all(now.get(key).code_version == later.get(key).code_version for key in now.get_all_asset_keys())


def test_freshness_is_promised_by_what_arrives(graph):
    promising = {key.path[-1] for key in graph.get_all_asset_keys() if graph.get(key).freshness_policy}
    assert promising == {"customers", "transactions", "support_tickets"}


def test_loading_writes_nothing(tmp_path):
    all_definitions(settings(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_committed_settings_are_those_of_builds():
    committed = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    assert committed == instance_settings({"env": "DEMO_FACTORY_DAGSTER"})
    assert committed["freshness"] == {"enabled": True}
    assert committed["telemetry"] == {"enabled": False}


def test_a_bad_target_is_named_by_its_number_and_never_shown():
    secret = "nosuchservice://token-canary-123@host"
    failures = alerts.send(["a is stale"], f"{secret} jsonx://canary")
    assert len(failures) == 2
    assert "Target 1" in failures[0]
    assert "canary" not in " ".join(failures)


def test_the_schedule_leaves_a_demo_alone_that_was_never_built(definitions):
    schedule = next(one for one in definitions.schedules if one.name == "retail_daily")
    context = dg.build_schedule_context(scheduled_execution_time=dt.datetime(2026, 11, 25, 5, 15, tzinfo=dt.UTC))
    assert "not built here" in schedule.evaluate_tick(context).skip_message

"""A workspace as a target, from outside and from its own compute, against the double."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.sql.names import FullName
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace
from demo_factory_tests.workspace.databricks.double import Double, connect

pytestmark = pytest.mark.double
NEW = {"spark_version": "17.3.x-scala2.13", "node_type": "m5d.large", "workers": 1}


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as made:
        client = connect(made)
        client.catalogs.create("dev_shop_demo")
        client.schemas.create("sales", "dev_shop_demo")
        made.add_table("dev_shop_demo.sales.orders", {"id": "int"})
        made.add_table("dev_shop_demo.sales.totals", {"id": "int"}, table_type="VIEW")
        yield made
        assert made.violations == []


def workspace(double: Double, inside: bool = False, **compute: object) -> DatabricksWorkspace:
    target = Target.model_validate({"host": double.url, "compute": compute or {"serverless": {}}, "warehouse": "w"})
    return DatabricksWorkspace("dev", target, connect(double), inside=inside)


def name(table: str) -> FullName:
    return FullName("dev_shop_demo", "sales", table)


def test_what_is_there_is_described_and_dropped_once(double):
    there = workspace(double)
    names = [name("orders"), name("totals"), name("nothing")]
    assert list(there.describe_objects(names).values()) == ["table", "view", None]
    assert there.drop("table", name("orders"))
    assert not there.drop("table", name("orders"))
    assert there.drop("view", name("totals"))
    assert set(there.describe_objects(names).values()) == {None}


def test_there_is_no_spark_outside(double):
    with pytest.raises(DemoError, match=r"this process is outside. An apply checks .* --target dev"):
        workspace(double).session(None)


@pytest.mark.parametrize("inside", [True, False])
def test_one_writes_at_a_time_and_a_job_on_its_own_compute_is_one(double, inside):
    """A step that a run has brought there does not ask: see `TargetResource`."""
    with (
        workspace(double, inside=inside).writing("build shop"),
        pytest.raises(DemoError, match="is being written by"),
        workspace(double, inside=not inside).writing("another"),
    ):
        raise AssertionError


@pytest.mark.parametrize(
    ("compute", "reason"),
    [
        ({"serverless": {}}, "serverless compute keeps no tables in memory"),
        ({"cluster": NEW}, "the cluster ends with the run"),
        ({"cluster": {"existing": "1125-1-abc"}}, None),
    ],
)
def test_caching_is_where_memory_stays(double, compute, reason):
    found = workspace(double, **compute).why_no_cache()
    assert (found or "").startswith(reason or "")
    assert (found is None) == (reason is None)


def test_nobody_but_predictive_optimization_lays_files_out_by_itself(double):
    assert not workspace(double).keeps_its_own_layout(name("orders"))
    orders = double.state.get("table", "dev_shop_demo.sales.orders")
    orders.info["effective_predictive_optimization_flag"] = {"value": "ENABLE", "inherited_from_type": "CATALOG"}
    assert workspace(double).keeps_its_own_layout(name("orders"))

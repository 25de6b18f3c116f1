"""Price ranges: they follow the work, the compute and the target's own prices, and say what was assumed."""

import pytest

from demo_factory.access.stages import with_access
from demo_factory.plan.compile import compile_demo
from demo_factory.plan.price import (
    SIZES,
    SKUS,
    Assumptions,
    BilledWarehouse,
    Range,
    estimate,
    estimate_changes,
    keeps_costing,
)
from demo_factory.resources.diff import changes
from demo_factory.resources.registry import governed_resources
from demo_factory.resources.resource import State
from demo_factory.targets.model import Target
from demo_factory_tests.access.governed import governed
from demo_factory_tests.plan.demos import AS_OF, shop

CLUSTER = {
    "cluster": {"spark_version": "17.3.x-scala2.13", "node_type": "i3.xlarge", "autoscale": {"min": 1, "max": 4}}
}
PLAN = compile_demo(shop(), as_of=AS_OF)


def target(**more):
    given = {"host": "https://example.com", "compute": {"serverless": {}}, "warehouse": "w", **more}
    return Target.model_validate(given)


def test_nothing_to_do_costs_nothing():
    found = estimate(PLAN, target(), steps=())
    assert (found.minutes, found.money, found.lines) == (Range(0, 0), Range(0, 0), ())


@pytest.mark.parametrize("compute", [{"serverless": {}}, CLUSTER], ids=["serverless", "cluster"])
def test_more_work_takes_more_and_ranges_are_ranges(compute):
    whole, part = estimate(PLAN, target(compute=compute)), estimate(PLAN, target(compute=compute), steps=["customers"])
    for one in (whole, part):
        assert 0 < one.minutes.low < one.minutes.high
        assert 0 < one.dbus.low < one.dbus.high
        assert 0 < one.money.low < one.money.high
    assert whole.minutes.low > part.minutes.low
    assert whole.money.high > part.money.high


def test_a_target_brings_its_own_prices_and_currency():
    mine = estimate(
        PLAN, target(prices={"JOBS_SERVERLESS_COMPUTE": 1.0, "SERVERLESS_SQL_COMPUTE": 2.0}, currency="EUR")
    )
    assert mine.currency == "EUR"
    assert mine.money.low == pytest.approx(sum(line.dbus.low * line.price for line in mine.lines))
    assert {line.sku: line.price for line in mine.lines}["JOBS_SERVERLESS_COMPUTE"] == 1.0
    assert "JOBS_SERVERLESS_COMPUTE: 1 EUR a DBU" in mine.assumptions
    listed = estimate(PLAN, target())
    assert "JOBS_SERVERLESS_COMPUTE: 0.35 USD a DBU, a rough list price in USD" in listed.assumptions


def test_a_price_that_nothing_is_counted_by_is_named():
    assert estimate(PLAN, target(prices={"JOBS_COMPUT": 1, "JOBS_COMPUTE": 1})).unknown == ("JOBS_COMPUT",)


def test_only_what_will_be_made_is_counted_and_an_append_by_its_new_rows():
    small = Assumptions(step_minutes=Range(0, 0), serverless_start_minutes=Range(0, 0))
    assert estimate(PLAN, target(), ["orders"], small, {"orders": 1_000_000}).minutes == small.minutes_per_million_rows
    [orders] = PLAN.resources_of(PLAN.steps["orders"])
    before = {**orders.desired, "as_of": str(AS_OF.replace(day=1))}
    found = changes(PLAN, {orders.id: State(*orders.id, before, "made", found=before)})
    everything, grown = estimate_changes(PLAN, target(), changes(PLAN, {})), estimate_changes(PLAN, target(), found)
    assert {change.name: change.kind for change in found}["orders"] == "append"
    assert 0 < grown.minutes.high < everything.minutes.high
    kept = [change for change in found if change.kind == "keep"]
    assert estimate_changes(PLAN, target(), kept).lines == ()


@pytest.mark.parametrize(
    ("compute", "sku"),
    [({"serverless": {}}, "JOBS_SERVERLESS_COMPUTE"), (CLUSTER, "ALL_PURPOSE_COMPUTE"),
     ({"cluster": {"existing": "1125-a"}}, "ALL_PURPOSE_COMPUTE")],
)  # fmt: skip
def test_compute_is_priced_by_the_sku_that_it_is_billed_as(compute, sku):
    """docs.databricks.com/aws/en/admin/system-tables/pricing: only a cluster that a job makes is jobs compute."""
    [line] = estimate(PLAN, target(compute=compute)).lines
    assert (line.sku, line.price) == (sku, SKUS[sku].price)
    assert any(text == f"{sku}: {SKUS[sku].counts}" for text in estimate(PLAN, target(compute=compute)).assumptions)


@pytest.mark.parametrize("sku", ["SERVERLESS_SQL_COMPUTE", "SQL_PRO_COMPUTE", "SQL_COMPUTE"])
def test_a_warehouse_that_somebody_has_looked_at_is_counted_as_what_it_is(sku):
    """A Small one takes 12 DBUs an hour by the documentation."""
    plan = with_access(governed(), governed_resources(governed()))
    seen = BilledWarehouse(sku, "Small", 45)
    line = estimate(plan, target(), steps=["access_grants"], warehouse=seen).lines[0]
    things = len(plan.resources_of(plan.steps["access_grants"]))
    minutes = Assumptions().governance_minutes_each.low * things + 45
    assert (line.sku, line.price, SIZES["Small"]) == (sku, SKUS[sku].price, 12)
    assert line.minutes.low == pytest.approx(minutes)
    assert line.dbus.low == pytest.approx(minutes * 12 / 60)
    assert any("45 minutes of it" in one for one in keeps_costing(plan, target(), seen))
    never = keeps_costing(plan, target(), BilledWarehouse(sku, "Small", 0))
    assert any("does not stop by itself" in one for one in never)


def test_what_goes_on_costing_is_named_by_kind():
    plan = with_access(governed(), governed_resources(governed()))
    tables = sum(step.kind in ("table", "predictions") for step in plan.steps.values())
    said = keeps_costing(plan, target())
    assert f"storage of tables: {tables} of them" in said
    assert any("the warehouse w until it stops when idle" in one for one in said)
    assert not any("cluster" in one or "expires" in one for one in said)
    there = keeps_costing(plan, target(compute={"cluster": {"existing": "1125-a"}}))
    assert any("the cluster 1125-a until it ends by itself" in one for one in there)


def test_a_cluster_that_is_there_need_not_start():
    new = estimate(PLAN, target(compute=CLUSTER))
    there = estimate(PLAN, target(compute={"cluster": {"existing": "1125-a"}}))
    assert new.minutes.low - there.minutes.low == pytest.approx(Assumptions().cluster_start_minutes.low)


def test_governed_things_take_a_warehouse():
    plan = with_access(governed(), governed_resources(governed()))
    assert [line.sku for line in estimate(plan, target()).lines] == [
        "JOBS_SERVERLESS_COMPUTE",
        "SERVERLESS_SQL_COMPUTE",
    ]
    grants = estimate(plan, target(), steps=["access_grants"])
    assert [line.sku for line in grants.lines] == ["SERVERLESS_SQL_COMPUTE"]
    assert 0 < grants.minutes.low < grants.minutes.high


def test_every_assumption_is_named():
    said = estimate(PLAN, target()).assumptions
    assert "cluster start minutes: 4 to 8" in said
    assert len([text for text in said if " to " in text]) == 10

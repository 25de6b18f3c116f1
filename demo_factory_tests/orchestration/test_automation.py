"""What follows from new data by itself, asked of Dagster's own evaluation; the work of its runs is pretended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
import pytest

from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import SHIPPED
from demo_factory.orchestration import metadata
from demo_factory.orchestration.automation import follows
from demo_factory.orchestration.demo import demo_definitions
from demo_factory.orchestration.execution import STEPS
from demo_factory.orchestration.launcher import LAUNCHER
from demo_factory.orchestration.resources import AS_OF
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e

VISITS = {"rows": 50, "columns": {"visit_id": {"key": "integer"}, "customer_id": {"ref": "customers"}}}
RECENT = {"sql": "SELECT count(*) AS n FROM orders WHERE day > date_sub(:as_of, 7)"}
ALL = ("customers", "orders", "visits", "spending", "people", "names", "recent", "optimize_orders")
FOLLOWING = {"recent", "optimize_orders"}  # the other views are queries that no day changes


class Pretend:
    """Does no work: every promise holds, but for those that are named."""

    broken: tuple[str, ...] = ()
    at: Mapping[str, Callable[[], object]] = MappingProxyType({})

    def materialize(self, context: dg.AssetExecutionContext, *_: object) -> dg.MaterializeResult[Any]:
        self.at.get(context.asset_key.path[-1], bool)()
        return dg.MaterializeResult(check_results=[self._said(spec) for spec in context.assets_def.check_specs])

    def judge(self, context: dg.AssetCheckExecutionContext, *_: object) -> list[dg.AssetCheckResult]:
        keys = context.selected_asset_check_keys
        return [dg.AssetCheckResult(passed=True, asset_key=key.asset_key, check_name=key.name) for key in keys]

    def _said(self, spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=spec.name not in self.broken, check_name=spec.name)


class Demo:
    """The small demo in a Dagster of its own, whose automation is asked tick after tick."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        settings = settings_of(folder / "state", folder)
        file = blueprint(folder, views__recent=RECENT, tables__visits=VISITS)
        self.plan = plan_demo(file, settings, None, DAY)
        self.work, self._instance, self._cursor = Pretend(), instance, None
        bound = {name: dg.ResourceDefinition.hardcoded_resource(None) for name in ("target", LAUNCHER)}
        bound[STEPS] = dg.ResourceDefinition.hardcoded_resource(self.work)
        self.defs = dg.Definitions.merge(demo_definitions(file, self.plan, settings), dg.Definitions(resources=bound))

    def make(self, *names: str) -> None:
        """One run of the demo's job, for these alone."""
        keys = [metadata.asset_key(self.plan, name) for name in names]
        job = self.defs.resolve_job_def("tiny")
        job.execute_in_process(instance=self._instance, asset_selection=keys, raise_on_error=False)

    def asked(self) -> set[str]:
        """What the next tick asks for."""
        keys = [metadata.asset_key(self.plan, name) for name in self.plan.steps]
        chosen = dg.AssetSelection.assets(*keys)
        said = dg.evaluate_automation_conditions(self.defs, self._instance, chosen, cursor=self._cursor)
        self._cursor = said.cursor
        return {key.path[-1] for key in keys if said.get_num_requested(key)}


@pytest.fixture
def demo(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        yield Demo(tmp_path, instance)


def test_nothing_is_made_that_nobody_asked_for(demo) -> None:
    assert demo.asked() == set()
    demo.make("customers", "orders")
    assert demo.asked() == set()  # what follows was never made: it stays away
    assert demo.asked() == set()


def test_a_build_of_all_leaves_nothing_to_follow(demo) -> None:
    demo.asked()
    for _ in range(2):
        demo.make(*ALL)
        assert demo.asked() == set()


def test_a_new_day_in_a_table_is_followed_once_by_all_that_speaks_of_it(demo) -> None:
    demo.make(*ALL)
    demo.asked()
    demo.make("customers", "orders")
    assert demo.asked() == FOLLOWING
    demo.make(*FOLLOWING)
    assert demo.asked() == set()
    demo.make("customers")  # neither is made of it
    assert demo.asked() == set()


def test_nothing_follows_from_data_that_breaks_a_promise(demo) -> None:
    demo.make(*ALL)
    demo.asked()
    demo.work.broken = ("amount_min",)
    demo.make("orders")
    assert demo.asked() == set()
    demo.work.broken = ()
    demo.make("orders")
    assert demo.asked() == FOLLOWING


def test_what_follows_waits_for_the_end_of_the_run_so_that_one_run_makes_it(demo) -> None:
    demo.make(*ALL)
    demo.asked()
    meanwhile: list[set[str]] = []
    demo.work.at = {"visits": lambda: meanwhile.append(demo.asked())}  # made after orders, in the same run
    demo.make("orders", "visits")
    assert meanwhile == [set()]
    assert demo.asked() == FOLLOWING


def test_the_demos_of_ours_follow_in_predictions_maintenance_and_views_of_a_day(tmp_path) -> None:
    settings = settings_of(tmp_path, SHIPPED)
    plan = plan_demo(find_demo(settings, "retail"), settings, None, DAY)
    assert {name for name, step in plan.steps.items() if follows(step)} == {
        "customer_segments", "kpi_summary", "customer_segment_predictions", "next_purchase_predictions",
        "optimize_transactions", "optimize_customer_segments", "optimize_kpi_summary",
    }  # fmt: skip


def test_a_run_that_follows_keeps_the_day_and_says_whose_it_is_where_nobody_looks(demo) -> None:
    sensor = next(one for one in demo.defs.sensors if one.name == "tiny_automation")
    assert isinstance(sensor, dg.AutomationConditionSensorDefinition)
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    hidden = {key: value for key, value in sensor.run_tags.items() if key.startswith(".dagster/")}
    assert {**sensor.run_tags, **hidden} == {AS_OF: "built", ".dagster/demo_factory.demo": "tiny"}
    assert list(hidden.values()) == ["tiny"]

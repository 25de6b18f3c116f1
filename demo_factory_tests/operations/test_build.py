"""Whole builds of a small demo in this process: what they make, what they leave alone, what stops them."""

import datetime as dt
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.build import BuildReport, build
from demo_factory.operations.destroy import destroy
from demo_factory.operations.progress import Progress
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_local
from demo_factory.orchestration.instance import open_instance
from demo_factory.orchestration.runner import DagsterRunner
from demo_factory.workspace.local.tables_on_disk import list_objects
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e


@pytest.fixture
def settings(tmp_path: Path, warm) -> Settings:
    return settings_of(tmp_path / "home", tmp_path)


def few(folder: Path, **changes: Any) -> Path:
    """The blueprint with a handful of rows and nothing that a test here is not about."""
    small = {"tables__customers__rows": 20, "tables__orders__rows": 60, "tables__orders__contract": {}}
    return blueprint(folder, **{**small, "views__names": None, "optimize": None, **changes})


def content(settings: Settings, table: str, until: dt.date | None = None) -> tuple[int, int]:
    """(rows, hash of every cell) of a table of the demo, up to a day."""
    from demo_factory.workspace.local.session import open_session

    session = open_session(open_local(settings).state, "dev_tiny_demo")
    where = f" WHERE at < DATE'{until}' + INTERVAL 1 DAY" if until else ""
    row = session.sql(
        "SELECT count(*) AS n, coalesce(sum(CAST(xxhash64(*) AS DECIMAL(38, 0))), 0) AS h "
        f"FROM dev_tiny_demo.sales.{table}{where}"
    ).collect()[0]
    return int(row.n), int(row.h)


def outcomes(report: BuildReport) -> dict[str, str]:
    return {outcome.name: outcome.change for outcome in report.outcomes if outcome.kind != "check"}


def test_first_everything_then_nothing_then_the_new_day(tmp_path, settings):
    file = blueprint(tmp_path)
    told: list[Progress] = []
    first = build(file, settings, DagsterRunner(), as_of=DAY, on_progress=told.append)
    assert first.failures == ()
    assert outcomes(first)["orders"] == "create"
    assert first.checks[0] == first.checks[1] > 20
    customers, orders = (p for p in told if p.event == "started" and p.kind == "table")
    assert [(p.name, p.following) for p in (customers, orders)] == [("customers", "orders"), ("orders", "spending")]
    assert customers.number == 1 < orders.number <= 3  # what needs neither may start between them
    assert told[0].of == 6

    again = build(file, settings, DagsterRunner(), as_of=DAY)
    assert (again.outcomes, again.run_id) == ((), "")
    _dagster_remembers(settings, first)

    before = content(settings, "orders")
    later = build(file, settings, DagsterRunner(), as_of=DAY + dt.timedelta(days=2))
    assert outcomes(later) == {"customers": "append", "orders": "append", "optimize_orders": "run"}
    assert content(settings, "orders", DAY) == before
    assert content(settings, "orders")[0] > before[0]


def _dagster_remembers(settings: Settings, report: BuildReport) -> None:
    orders = dg.AssetKey(["sales", "orders"])
    with open_instance(open_local(settings).state) as instance:
        run = instance.get_run_by_id(report.run_id)
        made = instance.get_latest_materialization_event(orders).asset_materialization
        hidden = instance.get_latest_materialization_event(dg.AssetKey(["sales", "names"])).asset_materialization
        check = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(orders, "day_not_before"))
    assert (run.job_name, run.status, run.tags["demo_factory/as_of"]) == ("tiny", dg.DagsterRunStatus.SUCCESS, str(DAY))
    assert made.metadata["dagster/row_count"].value == 1000
    assert made.metadata["change"].value == "create"
    assert made.metadata["dagster/column_lineage"].value.deps_by_column["tier"]
    assert "data:image/svg+xml" in made.metadata["rows_per_week"].value
    assert "•••" in hidden.metadata["preview"].value
    assert check.event.dagster_event.asset_check_evaluation_data.passed
    assert not list(Path.cwd().glob(".tmp_dagster_home_*"))


def test_a_broken_rule_stops_what_is_downstream_and_says_what_is_wrong(tmp_path, settings):
    broken = blueprint(
        tmp_path,
        tables__orders__columns__amount={
            "expr": "round(factor * 10, 2)",
            "type": "decimal(10,2)",
            "check": {"max": 15},
        },
    )
    report = build(broken, settings, DagsterRunner(), as_of=DAY)
    assert not report.ok
    assert len(report.failures) == 1
    assert "orders: amount must be at most 15" in report.failures[0]
    assert "rows" in report.failures[0]
    assert "for example" in report.failures[0]
    assert set(report.skipped) == {"spending", "optimize_orders"}

    mended = build(blueprint(tmp_path), settings, DagsterRunner(), as_of=DAY)
    assert mended.ok
    assert {"orders", "spending", "optimize_orders"} <= set(outcomes(mended))


def test_rules_across_tables_stop_warnings_do_not_and_names_may_change_what_they_are(tmp_path, settings):
    amount = {"expr": "round(factor * 10, 2)", "type": "decimal(10,2)", "check": {"max": 15, "blocking": False}}
    late = {"expr": "date_sub(to_date(at), 300)", "type": "date", "check": {"not_before": "customers.joined"}}
    file = few(tmp_path, tables__orders__columns__day=late, tables__orders__columns__amount=amount)
    for _ in range(2):  # the next build does not forget it
        report = build(file, settings, DagsterRunner(), as_of=DAY)
        assert [failure.partition(":")[0] for failure in report.failures] == ["orders"]
        assert "day must not lie before customers.joined" in report.failures[0]
        assert "spending" in report.skipped

    people = {"rows": 5, "columns": {"person_id": {"key": "P-00"}}}
    mended = few(tmp_path, tables__orders__columns__amount=amount, views__people=None, tables__people=people)
    report = build(mended, settings, DagsterRunner(), as_of=DAY)
    assert report.ok
    assert report.checks[1] - report.checks[0] == 1  # the warning
    assert (outcomes(report)["people"], report.dropped) == ("create", ("dev_tiny_demo.sales.people",))

    smaller = build(
        few(tmp_path, tables__orders__columns__amount=amount, views__people=None), settings, DagsterRunner(), as_of=DAY
    )
    assert smaller.dropped == ("dev_tiny_demo.sales.people",)
    left = {str(one) for one in list_objects(open_local(settings).state)}
    assert left == {f"dev_tiny_demo.sales.{name}" for name in ("customers", "orders", "spending")}


def test_a_build_waits_for_another_and_destroy_takes_one_demo_with_its_history(tmp_path, settings):
    file, workspace = few(tmp_path), open_local(settings)
    held = ExitStack()
    held.enter_context(workspace.writing("somebody's build"))
    with pytest.raises(DemoError, match=r"somebody's build.*--wait"):
        build(file, settings, DagsterRunner(), as_of=DAY)
    told: list[str] = []

    def hear(progress: Progress) -> None:
        if progress.event == "note":
            told.append(progress.message)
            held.close()

    assert build(file, settings, DagsterRunner(), as_of=DAY, select=["customers"], wait=60, on_progress=hear).ok
    assert "somebody's build" in told[0]

    other = blueprint(tmp_path, "other", project="other", tables__customers__rows=20)
    build(other, settings, DagsterRunner(), as_of=DAY, select=["customers"])
    report = destroy("tiny", workspace, DagsterRunner())
    assert ([state.key for state in report.removed], report.left) == (["dev_tiny_demo.sales.customers"], ())
    assert not report.state_removed
    assert not workspace.state.catalog("dev_tiny_demo").exists()
    with open_instance(workspace.state) as instance:
        assert {key.path[0] for key in instance.all_asset_keys()} == {"other"}
        assert {run.job_name for run in instance.get_runs()} == {"other"}
    assert workspace.records.states("other")
    last = destroy("other", workspace, DagsterRunner())
    assert (last.left, last.state_removed) == ((), True)
    assert not settings.home.exists()

"""Whole builds of a small demo in this process: what they make, what they leave alone, what stops them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from demo_factory.orchestration.build import BuildReport, build
from demo_factory.orchestration.instance import open_instance
from demo_factory.orchestration.progress import Progress
from demo_factory.project import Settings, open_local
from demo_factory_tests.conftest import CATALOG
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e


@pytest.fixture
def settings(tmp_path: Path, spark, state) -> Iterator[Settings]:
    yield settings_of(tmp_path / "home", tmp_path)
    from demo_factory.workspace.local.session import open_session

    open_session(state, CATALOG)  # the other tests' session is the current one again


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
    first = build(file, settings, as_of=DAY, on_progress=told.append)
    assert first.failures == ()
    assert outcomes(first)["orders"] == "create"
    assert first.checks[0] == first.checks[1] > 20
    assert [(p.number, p.following) for p in told if p.event == "started" and p.kind == "table"] == [
        (1, "orders"),
        (2, "spending"),
    ]
    assert told[0].of == 6

    again = build(file, settings, as_of=DAY)
    assert (again.outcomes, again.run_id) == ((), "")
    _dagster_remembers(settings, first)

    before = content(settings, "orders")
    later = build(file, settings, as_of=DAY + dt.timedelta(days=2))
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
    assert "data:image/svg+xml" in made.metadata["rows_per_day"].value
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
    report = build(broken, settings, as_of=DAY)
    assert not report.ok
    assert len(report.failures) == 1
    assert "orders: amount must be at most 15" in report.failures[0]
    assert "rows" in report.failures[0]
    assert "for example" in report.failures[0]
    assert set(report.skipped) == {"spending", "optimize_orders"}

    mended = build(blueprint(tmp_path), settings, as_of=DAY)
    assert mended.ok
    assert {"orders", "spending", "optimize_orders"} <= set(outcomes(mended))

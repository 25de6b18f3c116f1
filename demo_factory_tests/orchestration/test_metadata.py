"""Versions, lineage and what is hidden: the laws behind what Dagster shows."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.settings import SHIPPED
from demo_factory.operations.targets import open_local
from demo_factory.orchestration import metadata
from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.instance import begin_run
from demo_factory.orchestration.shown import personal_columns, preview, rows_per_day
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.lineage import Lineage
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def planned(file: Path, day: dt.date = DAY, scale: float | None = None) -> DemoPlan:
    return plan_demo(file, settings_of(Path("unused")), None, day, scale)


@pytest.fixture(scope="module")
def retail() -> DemoPlan:
    return planned(SHIPPED / "retail.yaml")


@pytest.fixture(scope="module")
def lineages(retail: DemoPlan) -> dict[str, dg.TableColumnLineage]:
    known = Lineage(retail)
    return {name: metadata.column_lineage(retail, step, known) for name, step in retail.steps.items()}


def made_of(lineage: dg.TableColumnLineage, column: str) -> set[str]:
    return {f"{dep.asset_key.path[-1]}.{dep.column_name}" for dep in lineage.deps_by_column.get(column, [])}


def test_lineage_reaches_other_assets_through_columns_of_the_same_row(lineages):
    # amount is made from discount_amount and unit_price of its own row, and those from other tables
    assert {"products.list_price", "customers.segment"} <= made_of(lineages["transactions"], "amount")
    assert made_of(lineages["transactions"], "customer_id") == {"customers.customer_id"}


def test_lineage_of_predictions_goes_through_the_model_to_the_tables(lineages):
    assert "next_purchase.days_since_last" in made_of(lineages["next_purchase_predictions"], "probability")
    assert made_of(lineages["next_purchase"], "days_since_last") == {"transactions.transaction_date"}


def test_lineage_names_no_column_that_nobody_can_see(retail, lineages):
    seen = {step.name: set(step.plan.order) for step in retail.of_kind("table")}
    for name, columns in seen.items():
        assert set(lineages[name].deps_by_column) <= columns
        for deps in lineages[name].deps_by_column.values():
            assert all(dep.column_name in seen[dep.asset_key.path[-1]] for dep in deps)


def test_the_code_version_follows_the_formulas_alone(tmp_path):
    def versions(file: Path, day: dt.date = DAY, scale: float = 1) -> dict[str, str]:
        plan = planned(file, day, scale)
        return {name: metadata.code_version(plan, step) for name, step in plan.steps.items()}

    before = versions(blueprint(tmp_path / "a"))
    assert versions(blueprint(tmp_path / "a"), DAY + dt.timedelta(days=40), 3) == before
    assert versions(blueprint(tmp_path / "b", tables__customers__comment="other", tables__orders__owner="x")) == before
    assert versions(blueprint(tmp_path / "c", tables__orders__contract={"rows": {"min": 1}})) == before
    after = versions(blueprint(tmp_path / "d", tables__customers__columns__tier={"choice": {"gold": 1.0}}))
    assert {name for name in before if after[name] != before[name]} == {"customers"}


def test_the_data_version_moves_with_the_day_only_where_the_day_matters(tmp_path):
    def versions(day: dt.date) -> dict[str, str | None]:
        plan = plan_demo(file, settings, workspace, day)
        workspace.records.freeze(plan)
        return {name: metadata.data_version(plan, step).value for name, step in plan.steps.items()}

    file, settings = blueprint(tmp_path), settings_of(tmp_path / "home")
    workspace = open_local(settings)
    before, after = versions(DAY), versions(DAY + dt.timedelta(days=1))
    assert {name for name in before if after[name] != before[name]} == {"customers", "orders", "optimize_orders"}


def test_two_demos_with_one_key_are_refused_with_the_remedy(tmp_path):
    blueprint(tmp_path, "one")
    blueprint(tmp_path, "two")
    with pytest.raises(DemoError, match=r"one and two both have the asset sales/customers.*project: two"):
        all_definitions(settings_of(tmp_path / "home", tmp_path))
    blueprint(tmp_path, "two", project="two")
    assert all_definitions(settings_of(tmp_path / "home", tmp_path)).resolve_job_def("two")


def test_what_is_built_does_not_decide_what_dagster_shows(tmp_path):
    """A demo that was built for a later day than today must not take the code location down."""
    file, settings = blueprint(tmp_path), settings_of(tmp_path / "home", tmp_path)
    open_local(settings).records.freeze(plan_demo(file, settings, None, dt.date.today() + dt.timedelta(days=400)))
    assert all_definitions(settings).resolve_job_def("tiny")


def test_loading_definitions_brings_no_heavy_library():
    script = "import sys, json, demo_factory.definitions; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(json.loads(done.stdout))
    assert "dagster" in loaded
    assert not {"pyspark", "mlflow", "pandera", "matplotlib", "sklearn"} & loaded


def test_personal_data_is_hidden_through_views_of_views(tmp_path):
    plan = planned(blueprint(tmp_path))
    lineage = Lineage(plan)
    hidden = {name: personal_columns(plan, step, lineage, ()) for name, step in plan.steps.items()}
    assert hidden["customers"] == {"first_name", "last_name"}
    assert (hidden["people"], hidden["names"], hidden["spending"]) == ({"who"}, {"name"}, set())


def test_a_preview_hides_and_escapes():
    assert "Ada" not in preview(["id", "name"], [(1, "Ada"), (2, None)], {"name"})
    assert preview(["x"], [("a|b\n<i>",)], set()).endswith("| a\\|b &lt;i&gt; |")


def test_the_plot_of_a_calendar_is_small_and_complete(retail):
    picture = rows_per_day(retail.steps["transactions"].plan)
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert len(picture) < 20_000
    assert "2026-11-24" in picture


def test_a_killed_run_does_not_look_as_if_it_still_ran():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, status = {"demo_factory/process": str(gone.pid)}, dg.DagsterRunStatus
    with dg.DagsterInstance.ephemeral() as instance:
        killed = instance.create_run_for_job(_nothing, tags=dead, status=status.STARTED)
        cancelled = instance.create_run_for_job(_nothing, tags=dead, status=status.CANCELING)
        mine = instance.create_run_for_job(_nothing, status=status.STARTED)
        begin_run(instance, mine.run_id)
        found = [instance.get_run_by_id(run.run_id) for run in (killed, cancelled, mine)]
    assert [run.status for run in found] == [status.FAILURE, status.CANCELED, status.STARTED]
    assert found[2].tags["demo_factory/process"] == str(os.getpid())


@dg.job
def _nothing():
    pass

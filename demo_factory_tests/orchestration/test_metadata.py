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
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.materialize import Outcome
from demo_factory.operations.settings import SHIPPED
from demo_factory.operations.targets import open_local
from demo_factory.orchestration import markdown, messages, metadata
from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.instance import _PROCESS, begin_run
from demo_factory.orchestration.shown import (
    access_metadata,
    figures,
    personal_columns,
    preview,
    rows_per_week,
    told_again,
)
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.lineage import Lineage
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e
METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
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


def test_a_preview_of_many_columns_has_a_line_a_column():
    names = ["id", "a", "b", "c", "d", "e"]
    lines = preview(names, [(1, *"vwxyz"), (2, *"ghijk")], {"c"}).value.split("\n")
    assert lines[0] == "| column | row 1 | row 2 |"
    assert lines[2:] == ["| id | 1 | 2 |", "| a | v | g |", "| b | w | h |", "| c | ••• | ••• |", "| d | y | j |",
                         "| e | z | k |"]  # fmt: skip
    assert preview(names, [], set()).value.startswith("| id | a | b |")


def test_a_preview_hides_and_escapes():
    assert "Ada" not in preview(["id", "name"], [(1, "Ada"), (2, None)], {"name"}).value
    assert preview(["x"], [("a|b\n<i>",)], set()).value.endswith("| a\\|b &lt;i&gt; |")


def test_the_plot_of_a_calendar_is_whole_weeks_up_to_the_newest_day(retail):
    table = retail.steps["transactions"].plan
    drawn = ElementTree.fromstring(rows_per_week(table))
    assert drawn.tag.endswith("svg")
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    by_week = [int(table.calendar.ends[-1 - 7 * n] - table.calendar.ends[-8 - 7 * n]) for n in range(52)]
    assert words == [f"New rows per week, up to {max(by_week):,}", "2025-11-26", "2026-11-24"]


@given(
    st.lists(st.integers(0, 10**12), min_size=0, max_size=53),
    st.dictionaries(st.sampled_from(METRICS), st.floats(0, 1), min_size=1),
)
def test_pictures_are_small_enough_to_be_shown_without_a_button(amounts, scores):
    """1,000 characters: MetadataEntry.tsx of the pinned dagster-webserver."""
    line = markdown.time_line(amounts, f"New rows per week, up to {10**12:,}", "2025-11-26", "2026-11-24")
    bars = markdown.bars(scores, scores)
    for image in (line, bars):
        ElementTree.fromstring(image)
        assert len(markdown.picture(image, "svg+xml").value) < 1_000


@given(st.lists(st.tuples(st.text(), st.integers() | st.none() | st.booleans()), max_size=40))
def test_a_table_is_shown_at_once_whatever_its_length(rows):
    """Markdown below 1,000 characters, and otherwise a table of Dagster's own, which its page always shows."""
    found = markdown.table(["what", "number"], rows)
    if isinstance(found, dg.MarkdownMetadataValue):
        assert len(found.value) < 1_000
        assert len(found.value.split("\n")) == len(rows) + 2
    else:
        assert [record.data["what"] for record in found.records] == [what for what, _ in rows]


def test_what_is_shown_comes_from_elsewhere_as_it_left():
    shown = {"short": markdown.table(["a"], [("x",)]), "long": markdown.table(["a"], [("x" * 80,)] * 40),
             "line": markdown.picture(b"<svg/>", "svg+xml"), "score/f1": 0.5}  # fmt: skip
    said = messages.unpacked(messages.packed(shown, [], None, []))["metadata"]
    assert isinstance(said["long"], dg.TableMetadataValue)
    assert said == {**shown, "score/f1": dg.MetadataValue.float(0.5)}


def test_a_model_shows_its_scores_as_a_table_a_picture_and_numbers_and_they_can_be_told_again():
    detail = {"metric": "f1", "metrics": {"accuracy": 0.75, "f1": 0.5}, "baseline": {"accuracy": 0.5, "f1": 0.25},
              "card": "# A model", "champion_version": 3}  # fmt: skip
    shown = figures(Outcome("m", "model", "run", 1.0, None, (), detail))
    assert shown["scores"].value.split("\n")[2:] == ["| accuracy | 0.750 | 0.500 |", "| f1 | 0.500 | 0.250 |"]
    assert not any(isinstance(value, dict | dg.JsonMetadataValue) for value in shown.values())
    made = dg.AssetMaterialization("m", metadata=shown)
    again = told_again({key: value.value for key, value in made.metadata.items()})
    assert (again["metrics"], again["baseline"]) == (detail["metrics"], {"f1": 0.25})


def test_maintenance_shows_before_and_after_side_by_side():
    before = {"files": 4, "bytes": 9_000, "query": "`id` = 1", "query_files": 4, "query_bytes": 9_000}
    after = {"files": 1, "bytes": 8_000, "query": "`id` = 1", "query_files": 1, "query_bytes": 8_000}
    detail = {"before": before, "layout": "ZORDER BY id", "after": after}
    shown = figures(Outcome("optimize_t", "optimize", "run", 1.0, None, (), detail))
    assert (shown["layout"], shown["query"]) == ("ZORDER BY id", "`id` = 1")
    assert shown["files"].value.split("\n")[2:] == [
        "| files | 4 | 1 |", "| bytes | 9,000 | 8,000 |", "| query files | 4 | 1 |", "| query bytes | 9,000 | 8,000 |",
    ]  # fmt: skip


def test_governance_shows_what_was_done_as_a_table(retail):
    grant = f"grant table {retail.full_name('orders')} analysts"
    changed = {"group analysts": "it does not exist", grant: "MODIFY is missing"}
    done = Outcome("access_grants", "access", "run", 1.0, None, (), {"actions": {"create": 2}, "changed": changed})
    shown = access_metadata(retail, done)
    assert shown["actions"] == "2 create"
    assert shown["changed"].value.split("\n")[2:] == [
        "| group | analysts | it does not exist |", "| grant | table orders analysts | MODIFY is missing |",
    ]  # fmt: skip


def test_a_killed_run_does_not_look_as_if_it_still_ran():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, status = {_PROCESS: str(gone.pid)}, dg.DagsterRunStatus
    with dg.DagsterInstance.ephemeral() as instance:
        killed = instance.create_run_for_job(_nothing, tags=dead, status=status.STARTED)
        cancelled = instance.create_run_for_job(_nothing, tags=dead, status=status.CANCELING)
        mine = instance.create_run_for_job(_nothing, status=status.STARTED)
        begin_run(instance, mine.run_id)
        found = [instance.get_run_by_id(run.run_id) for run in (killed, cancelled, mine)]
    assert [run.status for run in found] == [status.FAILURE, status.CANCELED, status.STARTED]
    assert found[2].tags[_PROCESS] == str(os.getpid())


@dg.job
def _nothing():
    pass

"""plan, status and a build that is refused, on a workspace double: what is missing, the price, drift, zero writes."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import fields

import pytest

from demo_factory.cli import main
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.materialize import make
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.plan.monitoring import Query
from demo_factory.resources.graph import TablePlan
from demo_factory.resources.resource import Resource
from demo_factory_tests.access.governed import GOVERNED, PLACE
from demo_factory_tests.workspace.databricks.double import Double

pytestmark = pytest.mark.double
FILE = """
targets:
  dev:
    host: '{url}'
    compute: {{serverless: {{}}}}
    warehouse: demo-warehouse
    prices: {{JOBS_SERVERLESS_COMPUTE: {price}, JOBS_COMPUT: 1}}
    currency: EUR
"""


@pytest.fixture
def double(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("GOV_PASSWORD", "canary-5d21")
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "gov.yaml").write_text(GOVERNED)
    with Double() as made:
        (tmp_path / "targets.yaml").write_text(FILE.format(url=made.url, price=1))
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        yield made
        assert made.violations == []


@pytest.fixture
def run(double, capsys):
    def call(*words: str, code: int = 0) -> str:
        """What a command on the target says; it may write nothing."""
        written = len(double.writes())
        assert main([*words, "--target", "dev"]) == code
        assert len(double.writes()) == written
        said = "".join(capsys.readouterr())
        assert "canary" not in said
        return said

    return call


def build(double: Double) -> None:
    """Leave on the double what a build would: governed things, tables, views, and the ledger of all."""
    for name in ("ann", "gerd", "eve", "stan", "noa"):
        double.add_user(f"{name}@example.com")
    settings = Settings.read({"DEMO_FACTORY_TARGET": "dev"})
    workspace = open_workspace(settings)
    plan = plan_demo(find_demo(settings, "gov"), settings, workspace)
    workspace.records.freeze(plan)
    for step in plan.steps.values():
        if step.kind == "access":
            make(plan, step, workspace)
            continue
        columns = {column.name: column.type for column in getattr(step.plan, "visible", ())} or {"a": "int"}
        [thing] = plan.resources_of(step)
        workspace.records.announce("gov", thing)
        double.add_table(str(step.plan.full_name), columns, table_type="VIEW" if step.kind == "view" else "MANAGED")
        rows = step.plan.rows if isinstance(step.plan, TablePlan) else None
        workspace.records.made("gov", thing, {}, rows, 1.0)


def test_a_plan_says_price_minutes_and_what_is_off(run, double, tmp_path):
    out = run("plan", "gov")
    assert f"gov on dev as admin@example.com: {PLACE}" in out
    assert "11 to make" in out
    assert "EUR" in out
    assert "The target has a price for JOBS_COMPUT, which nothing is counted by" in out
    assert "system.query.history is not there, or admin@example.com may not see it" in out
    assert "Missing" not in out
    assert "Next: demo-factory apply gov --target dev" in out
    found = json.loads(run("plan", "gov", "--json"))
    assert (found["target"], found["missing"]) == ("dev", [])
    assert {one["name"]: one["ok"] for one in found["requirements"]}["catalog"] is True
    assert 0 < found["estimate"]["minutes"]["low"] < found["estimate"]["minutes"]["high"]
    assert "cluster start minutes: 4 to 8" in found["estimate"]["assumptions"]
    money = {line["sku"]: line["money"]["high"] for line in found["estimate"]["lines"]}
    (tmp_path / "targets.yaml").write_text(FILE.format(url=double.url, price=3))
    dearer = json.loads(run("plan", "gov", "--json"))["estimate"]
    assert dearer["lines"][0]["money"]["high"] == pytest.approx(3 * money["JOBS_SERVERLESS_COMPUTE"])


def test_a_demo_that_expires_says_so_everywhere_and_only_then_goes(run, double, tmp_path, monkeypatch):
    (tmp_path / "demos" / "gov.yaml").write_text(GOVERNED.replace("demo: gov\n", "demo: gov\nexpires: 14 days\n"))
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)
    assert f"gov expires on {day}, in 14 days: demo-factory destroy gov --target dev" in run("plan", "gov")
    assert "all of it until the demo expires: 14 days after its first build" in run("plan", "gov")
    assert "Nothing of gov is here" in run("destroy", "gov", "--yes", "--expired")
    build(double)
    assert f"gov expires on {day}, in 14 days." in run("status", "gov")
    assert f"gov expires on {day}, in 14 days, so it stands." in run("destroy", "demos/gov.yaml", "--yes", "--expired")
    found = json.loads(run("status", "gov", "--json"))["gov"]
    assert (found["expires"], found["expired"]) == (str(day), False)

    class Later(dt.date):
        @classmethod
        def today(cls):
            return day

    monkeypatch.setattr("datetime.date", Later)
    said = run("status", "gov")
    assert f"gov expired on {day}, which is today: demo-factory destroy gov --target dev" in said
    assert json.loads(run("status", "gov", "--json"))["gov"]["expired"] is True
    assert main(["destroy", "gov", "--yes", "--expired", "--target", "dev"]) == 0
    assert double.objects().get("catalogs", 0) == 0


def test_what_is_missing_is_said_and_a_build_refuses_before_it_writes(run, double, monkeypatch):
    monkeypatch.setenv("DATABRICKS_TOKEN", double.add_user("ann@example.com"))
    monkeypatch.delenv("GOV_PASSWORD")
    out = run("plan", "gov", code=1)
    assert "Missing on dev, so that a build would refuse to begin:" in out
    assert "GRANT CREATE CATALOG ON METASTORE TO `ann@example.com`" in out
    assert "service principal robot, group germans" in out
    assert "GOV_PASSWORD is not set" in out
    assert set(json.loads(run("plan", "gov", "--json", code=1))["missing"]) >= {"catalog", "principals"}
    refused = run("apply", "gov", code=1)
    assert "dev is not ready for gov, nothing was made:" in refused
    assert "GRANT CREATE CATALOG ON METASTORE TO `ann@example.com`" in refused
    assert "GOV_PASSWORD is not set" in refused
    assert double.writes() == []


def test_what_stands_there_is_fresh_until_somebody_changes_it(run, double, monkeypatch):
    assert "Nothing is built here yet. Next: demo-factory list, demo-factory apply retail --target dev" in run("status")
    build(double)
    out = run("status", "gov")
    assert "gov on dev: 11 fresh" in out
    assert "Next" not in out
    assert "Nothing to do." in run("plan", "gov")
    assert json.loads(run("plan", "gov", "--json"))["estimate"]["lines"] == []
    double.state.grants["table", f"{PLACE}.customers"]["analysts"] = {"SELECT", "MODIFY"}
    double.state.securables.pop(("table", f"{PLACE}.spending"))
    found = json.loads(run("status", "--json"))["gov"]
    differing = {one["name"]: (one["status"], one["reason"]) for one in found["objects"] if one["status"] != "fresh"}
    assert differing["spending"] == ("never built", "somebody removed it")
    assert differing["access_grants"][0] == "stale"
    assert "changed by hand: privileges SELECT -> MODIFY, SELECT" in differing["access_grants"][1]
    assert found["target"] == "dev"


def test_what_people_gave_by_hand_is_a_note_and_no_drift(run, double, tmp_path, monkeypatch):
    text = GOVERNED.replace("nobody: {members: [noa@example.com]}", "nobody: {}")
    (tmp_path / "demos" / "gov.yaml").write_text(text)
    build(double)
    assert "by hand" not in run("plan", "gov") + run("access", "gov")
    double.add_user("bob@example.com")
    [nobody] = [group for group in double.state.groups.values() if group.name == "nobody"]
    nobody.members.append(double.state.principals["noa@example.com"].id)
    for kind, name, privilege in (
        ("catalog", PLACE.partition(".")[0], "USE_CATALOG"),
        ("schema", PLACE, "USE_SCHEMA"),
        ("table", f"{PLACE}.orders", "SELECT"),
    ):
        double.state.grants.setdefault((kind, name), {})["bob@example.com"] = {privilege}
    double.state.securables["table", f"{PLACE}.orders"].tags["team"] = "theirs"
    given = f"iven by hand: SELECT to bob@example.com on table {PLACE}.orders; not ours, left alone"
    plan = run("plan", "gov")
    assert f"G{given}" in plan
    assert f"Tagged by hand: team=theirs on table {PLACE}.orders; not ours, left alone" in plan
    assert "Added by hand: noa@example.com to the group nobody; not ours, left alone" in plan
    assert "11 kept" in plan
    assert f"g{given}" in json.loads(run("plan", "gov", "--json"))["by_hand"]
    access = run("access", "gov")
    assert "clear (by hand)" in access
    assert f"G{given}" in access
    assert "In effect as declared, but for what was given by hand." in access
    cells = json.loads(run("access", "gov", "--as", "bob@example.com", "--json"))["access"]
    orders = next(cell for cell in cells if cell["object"] == "orders")
    assert (orders["declared"]["sees"], orders["effective"]["sees"]) == ("none", "clear")
    assert (orders["difference"], orders["by_hand"]) == ("", True)
    monkeypatch.setattr("typer.confirm", lambda text: False)
    assert "group nobody goes with those whom people added to it: noa@example.com" in run("destroy", "gov", code=1)


def test_status_goes_on_without_a_warehouse_and_names_who_writes(run, double, tmp_path):
    build(double)
    (tmp_path / "targets.yaml").write_text(FILE.format(url=double.url, price=1).replace("demo-warehouse", "gone"))
    workspace = open_workspace(Settings.read({"DEMO_FACTORY_TARGET": "dev"}))
    with workspace.writing("build gov"):
        out = run("status", "gov")
    assert "whether access was changed by hand is not known" in out
    assert "There is no SQL warehouse gone" in out
    assert "11 fresh" in out
    assert "Being written by admin@example.com on " in out
    assert "Being written" not in run("status", "gov")


def test_the_volume_of_a_run_that_goes_on_makes_nothing_stale(run, double):
    build(double)
    workspace = open_workspace(Settings.read({"DEMO_FACTORY_TARGET": "dev"}))
    with workspace.writing("build gov"):
        workspace.records.announce("gov", Resource("volume", f"{PLACE}.demo_factory_staging"), True)
        assert "11 fresh" in run("status", "gov")
    assert "1 stale" in run("status", "gov")  # a killed run left it behind


def test_slow_queries_of_a_workspace(run, double):
    slow = ["2026-11-25T07:00:00.000Z", "ann", 9000, 3, "FINISHED", f"SELECT *\nFROM {PLACE}.orders", 0, 10, "s"]
    double.set_rows("system.query.history", [field.name for field in fields(Query)], [slow])
    out = run("status", "gov", "--queries")
    assert f"2026-11-25 07:00:00  ann  9,000     3  finished  SELECT * FROM {PLACE}.orders" in out
    assert "about an hour behind" in out
    assert json.loads(run("status", "gov", "--queries", "--json"))["gov"][0]["milliseconds"] == 9000
    double.set_rows("system.query.history", ["other"], [["x"]])
    assert "Have an account admin enable system.query" in run("status", "gov", "--queries", code=1)

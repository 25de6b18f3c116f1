"""A governed demo on a workspace by the command line: its whole life, a killed run and changes by hand included."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk.service.catalog import PermissionsChange, Privilege

from demo_factory.cli import main
from demo_factory.orchestration import cluster
from demo_factory_tests.orchestration.cluster_spark import give_spark, lake_of, operations_of, unguarded
from demo_factory_tests.workspace.databricks.double import ADMIN, Double, connect

pytestmark = pytest.mark.e2e
CANARY = "canary-41d8f00b"
DEMO = """
demo: tiny
catalog: "{env}_tiny_demo"
schema: sales
history: 30 days
tables:
  customers:
    rows: 40
    people: {US: 1}
    columns:
      customer_id: {key: C-000}
      first_name: {person: first_name}
      last_name: {person: last_name}
      email: {email: example.org, classification: pii}
views:
  letters: {sql: 'SELECT email AS address FROM customers'}
governance:
  groups: {analysts: {members: [ann@example.com]}}
  grants: [{to: [analysts], privileges: [SELECT], on: [letters]}]
  masks: [{classification: pii, show: hash}]
  secrets: {keys: {password: {env: TINY_PASSWORD}}, readers: [analysts]}
"""
STEPS = 8


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A workspace, and a folder with a demo and a target for it; the command line runs there."""
    monkeypatch.setattr(cluster, "POLL_SECONDS", 0.5)
    monkeypatch.setenv("TINY_PASSWORD", "")
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "tiny.yaml").write_text(DEMO)
    with Double() as made:
        made.add_user("ann@example.com")
        give_spark(made, "dev_tiny_demo", "sales")
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        compute = f"{{spark_version: 17.3.x-scala2.13, node_type: m5d.large, workers: 1, single_user: {ADMIN}}}"
        (tmp_path / "targets.yaml").write_text(
            f"targets: {{dev: {{host: '{made.url}', compute: {{cluster: {compute}}}, warehouse: demo-warehouse}}}}"
        )
        yield made


class Commands:
    """The command line on the target; everything it says is kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys, self.said = capsys, ""

    def __call__(self, *words: str, code: int = 0) -> str:
        found = main([*words, "--target", "dev"])
        out, err = self._capsys.readouterr()
        self.said += out + err
        assert found == code, out + err
        return out if "--json" in words else out + err


def kill_the_first_run(double: Double) -> None:
    """Its process ends by signal 9, as when the machine under it is lost."""

    def watch() -> None:
        while not ended.wait(0.05):
            for run in list(double.state.kept["runs"].values()):
                if run.tasks[0].process is not None:
                    os.killpg(run.tasks[0].process.pid, signal.SIGKILL)
                    return

    ended = threading.Event()
    threading.Thread(target=watch, daemon=True).start()


class Watch:
    """Looks, at every call that reaches the workspace, whether rows stand there without what is to guard them."""

    def __init__(self, double: Double, going: bool = False) -> None:
        self.double, self.looks, self.open, self.going = double, 0, set[str](), going
        double.on_call = self.look

    def look(self, number: int, method: str, path: str) -> None:
        self.looks += 1
        self.open |= {f"before call {number}, {method} {path}: {one}" for one in self._unguarded()}

    def _unguarded(self) -> list[str]:
        with self.double.state.lock:
            return unguarded(self.double, "dev_tiny_demo", {"customers": {"email"}}, self.going)


def elsewhere(paths: set[str]) -> list[str]:
    """Those of some paths that are neither in the folder of who applies nor on the demo's own volume for staging.

    Anybody may write under /Shared, on DBFS and in /FileStore: what lies there could be somebody else's code.
    """
    own = (f"/Users/{ADMIN}/.demo_factory", "/Volumes/dev_tiny_demo/sales/demo_factory_staging")
    return sorted(path for path in paths if not path.removeprefix("/Workspace").startswith(own))


def change_by_hand(double: Double) -> None:
    """Somebody takes a mask and a right away."""
    client = connect(double)
    client.statement_execution.execute_statement(
        "ALTER TABLE `dev_tiny_demo`.`sales`.`customers` ALTER COLUMN `email` DROP MASK", double.warehouse_id
    )
    less = [PermissionsChange(principal="analysts", remove=[Privilege.SELECT])]
    client.grants.update("table", "dev_tiny_demo.sales.letters", changes=less)


def test_a_governed_demo_lives_on_a_workspace_and_leaves_nothing(tmp_path, double, capsys, monkeypatch):
    before, run, watch = double.objects(), Commands(capsys), Watch(double)

    def writes(*words: str) -> int:
        already = len(double.writes())
        run(*words)
        return len(double.writes()) - already

    assert len(json.loads(run("plan", "tiny", "--json", code=1))["objects"]) == STEPS
    assert double.writes() == []

    assert "environment variable TINY_PASSWORD is not set" in run("apply", "tiny", code=1)
    assert double.writes() == []

    asked: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text, **how: asked.append(text) or (CANARY if how["hide_input"] else ""))
    kill_the_first_run(double)
    killed = run("apply", "tiny", code=1)
    assert "Could not reach driver of the cluster" in killed
    assert "go on where this stopped: demo-factory apply tiny --target dev" in killed

    assert asked == ["Value of the secret dev_tiny_demo/password (unseen; TINY_PASSWORD is not set)"]
    resumed = run("apply", "tiny")
    assert "access_principals" not in resumed  # it was made before the kill
    assert "customers" in resumed
    assert "Running dagster job" not in resumed
    assert f"{STEPS} kept" in run("plan", "tiny")
    assert writes("apply", "tiny") == 0

    double.settings.sql_backend = lambda statement: (["address"], [[f"{name}@example.org"] for name in "abc"])
    told = run("sql", "SELECT address FROM letters", "--demo", "tiny", "--limit", "2")
    assert "a@example.org" in told
    assert "There are more rows" in told
    assert "Unity Catalog shows everybody their own" in run("sql", "SELECT 1", "--as", "analysts", code=2)

    demo = tmp_path / "demos" / "tiny.yaml"
    demo.write_text(DEMO.replace("      email:", "      nickname: {person: first_name}\n      email:"))
    assert "customers" in run("apply", "tiny")  # remade
    table = lake_of(double).table("dev_tiny_demo", "sales", "customers")
    assert operations_of(table) == ["CREATE TABLE", "WRITE", "CREATE OR REPLACE TABLE", "WRITE"]
    assert (watch.looks > 100, watch.open) == (True, set())

    double.on_call = None
    change_by_hand(double)
    drift = run("plan", "tiny")
    assert "mask dev_tiny_demo.sales.customers.email: somebody removed it" in drift
    assert "grant table dev_tiny_demo.sales.letters analysts: somebody removed it" in drift
    assert "missing: SELECT on table dev_tiny_demo.sales.letters" in run("access", "tiny")
    assert "2 to run again" in run("apply", "tiny")
    assert "not as declared" not in run("access", "tiny")

    watch = Watch(double, going=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
    assert "looked again: 0 left" in run("destroy", "tiny", "--yes")
    assert double.objects() == before
    assert (watch.looks > 20, watch.open) == (True, set())
    assert elsewhere(double.written()) == []
    assert len(double.written()) > 20
    assert double.violations == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demos", "targets.yaml"]
    assert CANARY not in run.said


CLASS = """
demo: visits
tables: {days: {rows: 10, columns: {day_id: {key: integer}}}}
views: {all_days: {sql: SELECT day_id FROM days}}
"""


@pytest.mark.nightly
def test_a_class_of_two_has_a_schema_each_and_one_destroy(tmp_path, double, capsys):
    double.add_user("bob@example.com")
    before, run = double.objects(), Commands(capsys)
    (tmp_path / "demos" / "visits.yaml").write_text(CLASS)
    (tmp_path / "students.csv").write_text("email\nann@example.com\nbob@example.com\n")
    targets = tmp_path / "targets.yaml"
    targets.write_text(targets.read_text().replace("{host:", '{catalog: training, schema: "{demo}_{user}", host:'))
    give_spark(double, "training", "visits_ann", "visits_bob")
    students = ("--for", str(tmp_path / "students.csv"))
    made = json.loads(run("apply", "visits", *students, "--json"))
    assert [one["place"] for one in made] == ["training.visits_ann", "training.visits_bob"]
    assert [one["made"][-1]["name"] for one in made] == ["access_grants", "access_grants"]
    already = len(double.writes())
    assert run("apply", "visits", *students).count("nothing changed") == 2
    assert len(double.writes()) == already
    assert run("destroy", "visits", *students, "--yes").count("looked again: 0 left") == 2
    assert double.objects() == before

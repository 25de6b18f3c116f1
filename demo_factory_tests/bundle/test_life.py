"""The whole life of a bundle on a workspace: deployed, its jobs run as whom it names, a new day, all taken away."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.jobs import RunResultState

import demo_factory
from demo_factory.cli import main
from demo_factory.orchestration import serverless
from demo_factory_tests.bundle.deployment import Deployment
from demo_factory_tests.orchestration.cluster_spark import give_spark, lake_of
from demo_factory_tests.orchestration.delta_files import content
from demo_factory_tests.workspace.databricks.double import ADMIN, Double, connect

pytestmark = pytest.mark.e2e
REPOSITORY = Path(demo_factory.__file__).parent.parent
CANARY = "canary-7be20c11"
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
  orders:
    rows: 300
    arrives: {}
    columns:
      order_id: {key: O-00000}
      customer_id: {ref: customers}
      ordered: {arrival: date}
views:
  letters: {sql: 'SELECT email AS address FROM customers'}
governance:
  groups: {analysts: {members: [ann@example.com]}, engineers: {members: [runner]}}
  service_principals: {runner: {comment: Runs the jobs}}
  runs_as: runner
  grants: [{to: [analysts], privileges: [SELECT], on: [letters]}]
  masks: [{classification: pii, show: hash, except: [engineers]}]
  secrets: {keys: {password: {env: TINY_PASSWORD}}, readers: [analysts]}
"""
STEPS = 9
# date.today() asks this function; what is written down elsewhere, as the beat of a lock, goes on as before
TOMORROW = "\nimport time\ntime.time = lambda now=time.time: now() + 86_400\n"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's own files, from which a deployment makes its wheel."""
    folder = tmp_path_factory.mktemp("source")
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "demo_factory", folder / "demo_factory", ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(REPOSITORY / name, folder / name)
    return folder


class Life:
    """A workspace, a folder with a demo, and whoever works there: the command line, a deployment, its jobs."""

    def __init__(self, double: Double, folder: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.double, self.folder, self.said = double, folder, ""
        self._package, self._capsys = package, capsys
        self._spark = ""

    def command(self, *words: str, code: int = 0) -> str:
        """A person's command."""
        found = main([*words, "--target", "dev"])
        out, err = self._capsys.readouterr()
        self.said += out + err
        assert found == code, out + err
        return out + err

    def render(self) -> Deployment:
        """The bundle as `demo-factory bundle` writes it."""
        assert main(["bundle", "tiny", "--package", str(self._package)]) == 0
        return Deployment(self.folder / "tiny_bundle", "dev", connect(self.double))

    def job(self, deployment: Deployment, key: str, spark: bool = True) -> tuple[int, str]:
        """A run of a job to its good end; gives how much it wrote, and its log.

        Args:
            spark: whether there is any; without it a run has to do without.
        """
        settings, before = self.double.settings, len(self.double.writes())
        bootstrap, settings.spark_bootstrap = settings.spark_bootstrap, settings.spark_bootstrap if spark else ""
        run = deployment.run(key)
        self.double.wait(run, 300)
        settings.spark_bootstrap = bootstrap
        found = deployment.client.jobs.get_run(run)
        ended = [deployment.client.jobs.get_run_output(one.run_id) for one in found.tasks or ()]
        logs = "\n".join(str(one.logs) for one in ended)
        self.said += logs
        assert found.state is not None
        assert found.state.result_state is RunResultState.SUCCESS, f"{found.state.state_message}\n{logs}"
        # the call that starts the run is ours
        return len(self.double.writes()) - before - 1, logs


@pytest.fixture
def life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Life]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "tiny.yaml").write_text(DEMO)
    with Double() as made:
        made.add_user("ann@example.com")
        give_spark(made, "dev_tiny_demo", "sales", at_once=True)
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        (tmp_path / "targets.yaml").write_text(
            f"targets: {{dev: {{host: '{made.url}', compute: {{serverless: {{}}}}, warehouse: demo-warehouse}}}}"
        )
        yield Life(made, tmp_path, package, capsys)
        assert made.violations == []


def test_a_bundle_is_deployed_its_jobs_make_the_demo_and_take_it_away(life, monkeypatch):
    double, before = life.double, life.double.objects()
    bundle = deployed(life)
    runner = may_make_catalogs(double)
    wrote, logs = life.job(bundle, "materialize")
    assert wrote > 0
    assert "left to a person: demo-factory secrets put tiny --target dev" in logs
    put_secrets(life, monkeypatch)
    assert {one.owner for one in double.state.securables.values()} - {"System user"} == {runner}
    assert f"{STEPS} kept" in life.command("plan", "tiny")
    assert life.job(bundle, "materialize", spark=False)[0] == 0, "a second run finds everything as it should be"

    _, logs = life.job(bundle, "destroy", spark=False)
    assert "looked again: 0 left" in logs
    assert "Left to a person, who made them once: service_principal runner, group analysts, group engineers" in logs
    assert not {"catalogs", "schemas", "tables", "tags", "masks"} & set(double.objects())
    may_make_catalogs(double, no_more=True)
    bundle.destroy()
    life.command("destroy", "tiny", "--yes")
    left = double.objects()
    left.pop("workspace_folders")  # above the bundle's own
    assert left == before
    assert CANARY not in life.said


@pytest.mark.nightly
def test_a_bundle_goes_with_the_days(life, monkeypatch):
    double = life.double
    bundle = deployed(life)
    with pytest.raises(AssertionError, match=r"GRANT CREATE CATALOG ON METASTORE TO `[0-9a-f-]{36}`"):
        life.job(bundle, "materialize", spark=False)
    may_make_catalogs(double)
    put_secrets(life, monkeypatch)
    life.job(bundle, "materialize")
    bundle.deploy()
    assert life.job(bundle, "materialize", spark=False)[0] == 0, "a second deployment changes nothing of it"

    asked: list[str] = []
    double.settings.sql_backend = lambda statement: (["address"], [[asked.append(statement)]])
    assert life.job(bundle, "test_dashboard") == (0, "")
    assert asked == ["SELECT * FROM `letters` LIMIT 1000"]

    orders = rows(double, "orders")
    double.settings.spark_bootstrap += TOMORROW
    life.job(bundle, "advance_daily")  # its second task is that of test_data_quality
    assert rows(double, "orders") > orders
    assert rows(double, "customers") == 40
    assert "looked again: 0 left" in life.job(bundle, "destroy", spark=False)[1]


@pytest.mark.nightly
def test_what_a_person_has_applied_is_kept_by_the_jobs_of_a_bundle(life, monkeypatch):
    """The runner owns none of it: it holds what `apply` has granted it, and no more."""
    double, before = life.double, life.double.objects()
    monkeypatch.setattr(serverless, "POLL_SECONDS", 0.5)
    life.command("apply", "tiny", "--select", "access_principals")
    put_secrets(life, monkeypatch)
    life.command("apply", "tiny")
    assert f"{STEPS} kept" in life.command("plan", "tiny")

    bundle = life.render()
    bundle.deploy()
    assert life.job(bundle, "materialize", spark=False)[0] == 0
    orders = rows(double, "orders")
    double.settings.spark_bootstrap += TOMORROW
    life.job(bundle, "advance_daily")
    assert rows(double, "orders") > orders
    assert {one.owner for one in double.state.securables.values()} == {ADMIN, "System user"}

    client = connect(double)
    [runner] = client.service_principals.list(filter='displayName eq "runner"')
    less = PermissionsChange(principal=runner.application_id, remove=[Privilege.MANAGE])
    client.grants.update("schema", "dev_tiny_demo.sales", changes=[less])
    needed = "GRANT MANAGE ON SCHEMA `dev_tiny_demo`.`sales` TO"
    with pytest.raises(AssertionError, match=needed):
        life.job(bundle, "materialize", spark=False)
    bundle.destroy()
    life.command("destroy", "tiny", "--yes")
    left = double.objects()
    left.pop("workspace_folders")
    assert left == before
    assert CANARY not in life.said


def deployed(life: Life) -> Deployment:
    """The bundle, where a person has made the principals."""
    life.command("apply", "tiny", "--select", "access_principals")
    bundle = life.render()
    bundle.deploy()
    return bundle


def put_secrets(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person does once."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{CANARY}\n"))
    assert "Put 1 secret into the scope dev_tiny_demo." in life.command("secrets", "put", "tiny")


def may_make_catalogs(double: Double, no_more: bool = False) -> str:
    """What an admin does once: the runner may make the demo's catalog. Gives who that is."""
    client = connect(double)
    [runner] = client.service_principals.list(filter='displayName eq "runner"')
    which = {"remove" if no_more else "add": [Privilege.CREATE_CATALOG]}
    allowed = PermissionsChange(principal=runner.application_id, **which)
    client.grants.update("metastore", double.state.metastore_id, changes=[allowed])
    return str(runner.application_id)


def rows(double: Double, table: str) -> int:
    """How many stand there, read without Spark."""
    return content(lake_of(double).table("dev_tiny_demo", "sales", table))[0]

"""Which launcher a target gets, and its configuration against Dagster's own schema: no network, no Spark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
import dagster_databricks.pipes
import pytest
from dagster._config import validate_config
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_databricks import databricks_pyspark_step_launcher
from dagster_databricks.databricks_pyspark_step_launcher import DatabricksPySparkStepLauncher
from databricks.sdk.errors import ResourceExhausted
from databricks.sdk.service.jobs import Run

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.dagster_databricks import Client, growing, step_launcher
from demo_factory.operations.settings import Settings
from demo_factory.orchestration import launcher
from demo_factory.orchestration.cluster import step_launcher_config
from demo_factory.orchestration.execution import STEPS, Here
from demo_factory.orchestration.launcher import LAUNCHER, launcher_resources
from demo_factory.orchestration.package import libraries
from demo_factory.targets.load import parse_targets
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.compute import DatabricksCompute, new_cluster
from demo_factory.workspace.databricks.staging import LauncherFiles
from demo_factory.workspace.open import open_target
from demo_factory_tests.orchestration.small import settings_of

pytestmark = pytest.mark.e2e
TARGETS = """
targets:
  cluster:
    host: https://dev.example.com
    auth: {service_principal: {client_id: abc, secret_env: CANARY_SECRET}}
    compute:
      cluster: {spark_version: 17.3.x-scala2.13, node_type: i3.xlarge, autoscale: {min: 1, max: 2}, single_user: abc}
    warehouse: demo
  serverless: {host: https://two.example.com, compute: {serverless: {}}, warehouse: demo, budget_tag: sales}
"""
CANARY = "dapi-canary-of-the-launcher"


def target(name: str) -> Target:
    return parse_targets(TARGETS)[name]


def compute(name: str, client: object = None) -> DatabricksCompute:
    return DatabricksCompute(client, target(name), None)


def settings(tmp_path: Path, name: str) -> Settings:
    return replace(settings_of(tmp_path), target=name, targets=parse_targets(TARGETS))


def config(tmp_path: Path) -> dict:
    return step_launcher_config(target("cluster"), "1125-1-abc", tmp_path, {"DEMO_FACTORY_TARGET": "cluster"})


def test_the_configuration_fits_dagsters_own_schema(tmp_path):
    found = validate_config(databricks_pyspark_step_launcher.config_schema.config_type, config(tmp_path))
    assert found.success, found.errors


def test_an_unknown_field_would_be_seen(tmp_path):
    wrong = {**config(tmp_path), "serverless": True}
    assert not validate_config(databricks_pyspark_step_launcher.config_schema.config_type, wrong).success


def test_the_step_launcher_can_be_made_of_it(tmp_path):
    files = LauncherFiles(None, "/Workspace/Users/a/runs", "/Volumes/a/b/c")
    made = step_launcher({**config(tmp_path), "databricks_token": CANARY}, files)
    assert isinstance(made, DatabricksPySparkStepLauncher)
    assert (made.permissions, made.secrets, made.storage) == ({}, [], {})
    assert made.databricks_host == "https://dev.example.com"
    assert made.run_config["cluster"] == {"existing": "1125-1-abc"}
    names = [one["pypi"]["package"].split("==")[0] for one in made.run_config["libraries"]]
    assert {"mlflow", "dagster", "databricks-sdk"} <= set(names)
    assert not {"dagster-databricks", "dagster-pyspark", "pyspark"} & set(names)
    assert made.run_config["install_default_libraries"] is False
    task = made._get_databricks_task("run", "shop[1]")["spark_python_task"]
    assert task["python_file"] == "/Workspace/Users/a/runs/run_shop__1___databricks_step_main.py"
    assert {one.rpartition("/")[0] for one in task["parameters"]} == {"/Volumes/a/b/c/run/shop__1__"}


@pytest.mark.parametrize("name", ["cluster", "serverless"])
def test_without_the_extra_a_launcher_is_refused_in_words(tmp_path, name, monkeypatch):
    monkeypatch.setattr(launcher, "find_spec", lambda package: None)
    with pytest.raises(DemoError, match=f"to {name}, is not.*demo-factory\\[local\\]"):
        launcher_resources(settings(tmp_path, name))
    assert launcher_resources(settings(tmp_path, "local"))


def test_a_service_principals_secret_comes_from_its_variable_and_stays_out_of_definitions(tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_SECRET", CANARY)
    assert compute("cluster").login({"CANARY_SECRET": CANARY}) == {
        "oauth_credentials": {"client_id": "abc", "client_secret": CANARY}
    }
    resource = launcher_resources(settings(tmp_path, "cluster"))[LAUNCHER]
    assert CANARY not in repr(resource) + repr(vars(resource)) + repr(config(tmp_path))


def test_a_missing_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CANARY_SECRET", raising=False)
    with pytest.raises(DemoError, match="CANARY_SECRET is not set"):
        open_target("cluster", target("cluster"), tmp_path, "spark")


def test_the_environment_needs_nothing():
    assert compute("serverless").login({}) == {}


def test_a_new_cluster_is_dedicated_tagged_and_ends_when_idle():
    made = new_cluster(target("cluster").compute.cluster, "demo_factory 1234", {"budget": "sales"})
    assert made["data_security_mode"].value == "SINGLE_USER"
    assert made["single_user_name"] == "abc"
    assert made["custom_tags"] == {"budget": "sales"}
    assert made["autoscale"].as_dict() == {"min_workers": 1, "max_workers": 2}
    assert "num_workers" not in made
    assert made["autotermination_minutes"] > 0


def test_a_serverless_task_names_the_environment_that_comes_with_it():
    script, code = "/Workspace/run.py", ["/Volumes/a/b/c/code.zip"]
    made, arguments = compute("serverless").serverless_run("demo_factory orders", script, code, libraries())
    task, spec = made.as_dict(), arguments["environments"][0].as_dict()
    assert task["environment_key"] == spec["environment_key"]
    assert spec["spec"]["environment_version"] == "4"
    assert all("==" in one for one in spec["spec"]["dependencies"])
    assert "new_cluster" not in task


@pytest.mark.parametrize("name", ["local", "cluster", "serverless"])
def test_each_target_has_both_resources(tmp_path, name):
    found = launcher_resources(settings(tmp_path, name), "budget")
    assert set(found) == {LAUNCHER, STEPS}


def test_on_the_cluster_itself_no_launcher_takes_part(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", "17.3")
    found = launcher_resources(settings(tmp_path, "cluster"))
    with dg.build_resources(dict(found)) as made:
        assert getattr(made, LAUNCHER) is None
        assert isinstance(getattr(made, STEPS), Here)


def test_an_event_file_that_is_read_while_it_is_written_makes_no_event_come_twice():
    answers = iter([[], ["start"], [], ["start", "made"], ["start", "made"], []])
    read = growing(lambda run, step, attempt: next(answers))
    seen = [read("run", "orders", 0) for _ in range(6)]
    assert [len(events) for events in seen] == [0, 1, 1, 2, 2, 2]


class Interrupted:
    """A workspace whose run goes on until it is cancelled; asking for its state is interrupted, once."""

    def __init__(self) -> None:
        self.jobs, self.cancelled = self, []

    def get_run(self, run_id: int) -> object:
        if not self.cancelled:
            raise DagsterExecutionInterruptedError
        return Run.from_dict({"state": {"life_cycle_state": "TERMINATED", "result_state": "CANCELED"}})

    def cancel_run(self, run_id: int) -> None:
        self.cancelled.append(run_id)


def test_an_interrupted_step_cancels_its_run_and_does_not_end_as_a_success(monkeypatch):
    there = Interrupted()
    client = Client(there, "/Volumes/a/b/c", poll_interval_seconds=0.01)

    def swallow(self, **arguments):  # what Dagster's own client does between submit and its result
        try:
            self._poll_til_success(dg.build_op_context(), 7)
        except DagsterExecutionInterruptedError:
            self.client.jobs.cancel_run(7)
        return "a result"

    monkeypatch.setattr(dagster_databricks.pipes.PipesDatabricksServerlessClient, "run", swallow)
    with pytest.raises(DagsterExecutionInterruptedError):
        client.run()
    assert there.cancelled == [7]


class Refusing:
    """A workspace without room for clusters."""

    def __init__(self) -> None:
        self.clusters = self

    def create(self, **spec: object) -> None:
        raise ResourceExhausted("The quota of vCPUs is exceeded.")


def test_a_cluster_that_does_not_start_says_why():
    refused = pytest.raises(DemoError, match="does not start: The quota of vCPUs is exceeded")
    with refused, compute("cluster", Refusing()).cluster("demo_factory 1", {}):
        pass


def test_a_cluster_that_is_there_is_used_and_left_alone():
    there = Target.model_validate({"host": "https://a.b", "compute": {"cluster": {"existing": "x"}}, "warehouse": "w"})
    with DatabricksCompute(Refusing(), there, None).cluster("demo_factory 1", {}) as found:
        assert found == "x"

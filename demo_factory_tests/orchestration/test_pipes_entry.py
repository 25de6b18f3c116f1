"""Steps on the compute of a workspace double, by both launchers: what comes back, what stands there, what is left."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from demo_factory.compat.pyspark import make_current
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.progress import Progress
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration import cluster, serverless
from demo_factory.orchestration.instance import open_instance
from demo_factory.orchestration.run import RunResult, run_steps
from demo_factory.resources.graph import DemoPlan
from demo_factory.targets.load import parse_targets
from demo_factory.workspace.local.layout import StateFolder
from demo_factory_tests.orchestration.cluster_spark import give_spark, lake_of
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of
from demo_factory_tests.workspace.databricks.double import ADMIN, Double, connect

pytestmark = pytest.mark.e2e
STEPS = ("customers", "spending")
CLUSTER = f"spark_version: 17.3.x-scala2.13, node_type: m5d.large, workers: 1, single_user: {ADMIN}"
TOLD = (
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_SUCCESS,
)
COMPUTE = {"cluster": f"{{cluster: {{{CLUSTER}}}}}", "serverless": "{serverless: {}}"}


@dataclass
class Made:
    """What a run left: its result, what was told, and what Dagster noted."""

    result: RunResult
    told: list[Progress]
    seconds: float
    metadata: dict[str, dict[str, Any]]
    checks: dict[str, tuple[bool, str]]
    events: list[tuple[str, str | None]]


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with Double() as made:
        client = connect(made)
        client.catalogs.create("dev_tiny_demo")
        client.schemas.create("sales", "dev_tiny_demo")
        give_spark(made, "dev_tiny_demo", "sales")
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        monkeypatch.setattr(cluster, "POLL_SECONDS", 0.5)
        monkeypatch.setattr(serverless, "POLL_SECONDS", 0.5)
        yield made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sql = "SELECT tier, count(*) AS many FROM customers GROUP BY tier"
    gone = {f"views__{name}": None for name in ("people", "names")}
    folder = tmp_path_factory.mktemp("file") / "demos"
    return blueprint(folder, tables__orders=None, optimize=None, views__spending__sql=sql, **gone)


def on(double: Double, home: Path, compute: str) -> Settings:
    text = f"targets: {{dev: {{host: '{double.url}', compute: {COMPUTE[compute]}, warehouse: demo-warehouse}}}}"
    return replace(settings_of(home), target="dev", targets=parse_targets(text), as_of=DAY)


def run(file: Path, settings: Settings, names: tuple[str, ...] = STEPS) -> Made:
    told: list[Progress] = []
    plan = plan_demo(file, settings)
    started = time.monotonic()
    workspace = open_workspace(settings)
    with workspace.writing(f"build {plan.demo}", 0, [plan.demo]):
        result = run_steps(file, plan, settings, workspace, dict.fromkeys(names), told.append)
    seconds = time.monotonic() - started
    return Made(result, told, seconds, *noted(settings, plan, result.run_id))


def noted(settings: Settings, plan: DemoPlan, run_id: str) -> tuple[Any, Any, Any]:
    metadata, checks, events = {}, {}, []
    with open_instance(StateFolder(settings.home).of_target(settings.target)) as instance:
        for record in instance.all_logs(run_id):
            event = record.dagster_event
            if event and event.event_type in TOLD:
                events.append((event.event_type_value, event.step_key))
            if event and event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
                made = event.step_materialization_data.materialization
                metadata[made.asset_key.path[-1]] = {name: value.value for name, value in made.metadata.items()}
            if event and event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                said = event.asset_check_evaluation_data
                checks[said.check_name] = (said.passed, said.description)
    return metadata, checks, sorted(events)


def content(spark, state: StateFolder) -> tuple[int, int]:
    folder = state.table("dev_tiny_demo", "sales", "customers")
    frame = spark.read.format("delta").load(str(folder))
    row = frame.selectExpr("count(*) AS n", "sum(CAST(xxhash64(*) AS DECIMAL(38, 0))) AS h").collect()[0]
    return int(row.n), int(row.h)


@pytest.fixture(scope="module")
def here(file: Path, spark) -> Made:
    """The same demo, built in this process, in the folder `here` beside its own."""
    made = run(file, replace(settings_of(file.parent / "here", file.parent), as_of=DAY))
    make_current(spark)
    return made


# by the cluster's launcher a whole demo lives in cli/test_target_life.py
@pytest.mark.parametrize("compute", [pytest.param("cluster", marks=pytest.mark.nightly), "serverless"])
def test_a_run_there_tells_and_leaves_what_a_run_here_does(tmp_path, double, file, here, spark, compute):
    there = run(file, on(double, tmp_path / "there", compute))
    assert there.result.success, there.result.reason
    assert there.events == here.events  # each of them once
    assert there.checks == here.checks
    assert len(there.checks) > 3
    for name in STEPS:
        ours, theirs = here.metadata[name], there.metadata[name]
        changing = {"seconds", *(key for key in theirs if key.startswith("Databricks Job Run"))}
        assert set(theirs) - changing == set(ours) - changing
        assert {key: theirs[key] for key in set(ours) - changing} == {key: ours[key] for key in set(ours) - changing}
    assert [(p.event, p.name) for p in there.told if p.event != "note"] == [
        (p.event, p.name) for p in here.told if p.event != "note"
    ]
    assert content(spark, lake_of(double)) == content(spark, StateFolder(file.parent / "here"))

    assert double.violations == []
    left = double.objects()
    assert left.get("dbfs_files", 0) == left.get("volumes", 0) == left.get("volume_files", 0) == 0
    assert not [path for path in double.state.kept["workspace"] if "/runs" in path or "lock" in path]
    assert all(one["state"] == "TERMINATED" for one in double.state.kept["clusters"].values())


@pytest.mark.nightly  # a killed run of a cluster is part of cli/test_target_life.py
def test_a_serverless_run_that_is_killed_ends_as_a_clear_failure(tmp_path, double, file):
    with when_it_runs(double, lambda process: os.killpg(process.pid, signal.SIGKILL)):
        there = run(file, on(double, tmp_path / "there", "serverless"))  # on a cluster: cli/test_target_life.py
    assert not there.result.success
    assert "killed" in there.result.reason
    assert [p.event for p in there.told if p.event != "note"][-1] == "failed"
    assert there.metadata == {}
    assert double.objects().get("dbfs_files", 0) == 0


class when_it_runs:
    """Do something to the first process that the double starts."""

    def __init__(self, double: Double, act: Callable[[Any], None]) -> None:
        self._double, self._act = double, act
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.05):
            for one in list(self._double.state.kept["runs"].values()):
                process = one.tasks[0].process
                if process is not None:
                    self._act(process)
                    return

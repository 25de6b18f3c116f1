"""Models on `databricks` and `databricks-uc`: MLflow's real client and our learning, against the double."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import mlflow
import pytest
from databricks.sdk import WorkspaceClient, errors

from demo_factory.blueprint.errors import DemoError
from demo_factory.learn.predict import predict_one, write_predictions
from demo_factory.learn.registry import Registry
from demo_factory.learn.train import TrainResult, train
from demo_factory.resources.resource import Resource, ResourceId
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace
from demo_factory_tests.learn.planted import AS_OF, NOISY, PREDICTIONS, QUIET, ROWS, model_plan

from .asking import give
from .double import Double, Killed, connect
from .small import target

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, *QUIET]
BOOSTED, WEAKER = model_plan(), model_plan(label_sql=NOISY)
NAME, FOLDER = str(BOOSTED.full_name), "/Users/admin@example.com/.demo_factory/experiments"


@pytest.fixture(autouse=True)
def mlflow_too(double: Double) -> None:
    double.know_mlflow()


@pytest.fixture
def workspace(
    double: Double, client: WorkspaceClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DatabricksWorkspace]:
    """The double as a step on its compute sees it, with the model's schema."""
    monkeypatch.setenv("DATABRICKS_HOST", double.url)
    monkeypatch.setenv("DATABRICKS_TOKEN", double.token)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.delenv(name, raising=False)  # which MLflow sets by itself; the old ones come back
    client.catalogs.create("test_demo")
    client.schemas.create("learn", "test_demo")
    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    yield DatabricksWorkspace("dev", target(double), client, inside=True)
    mlflow.set_tracking_uri(before[0])
    mlflow.set_registry_uri(before[1])


def registry(workspace: DatabricksWorkspace) -> Registry:
    store = workspace.models("planted")
    return Registry(store.tracking_uri, store.registry_uri, f"{store.experiments}planted", store.artifact_root)


def trained(spark: SparkSession, workspace: DatabricksWorkspace, model=BOOSTED) -> TrainResult:
    return train(spark, model, registry(workspace), {"demo": "planted"}, as_of=AS_OF)


def test_the_better_model_is_champion_and_predicts_and_all_of_it_goes(spark, workspace, client, double):
    before = double.objects()
    found = [trained(spark, workspace, model) for model in (WEAKER, BOOSTED)]
    assert [(one.version, one.champion_version) for one in found] == [(1, 1), (2, 2)]
    assert found[1].reason.startswith("Version 2 beats champion version 1")
    registered = client.registered_models.get(NAME, include_aliases=True)
    assert [(one.alias_name, one.version_num) for one in registered.aliases] == [("champion", 2)]
    versions = [(one.version, one.status.value, one.run_id) for one in client.model_versions.list(NAME)]
    assert versions == [(number, "READY", found[number - 1].run_id) for number in (2, 1)]
    _holds_figures_and_files(client, found[1])
    one = predict_one(spark, BOOSTED, registry(workspace), "C-7")
    assert (one["model"], one["model_version"]) == (NAME, 2)
    rows = []
    write = lambda frame, name: rows.extend(frame.toArrow().to_pylist())  # noqa: E731
    assert write_predictions(spark, PREDICTIONS, BOOSTED, registry(workspace), write, as_of=AS_OF) == ROWS
    assert {row["prediction"] for row in rows if row["customer"] == "C-7"} == {one["prediction"]}
    assert {row["model_version"] for row in rows} == {2}
    _announce(workspace)
    assert _drop(workspace)
    assert double.objects() == before | {"workspace_folders": 1}  # .demo_factory, which the lock tidies


@pytest.mark.parametrize("at", ["/models/", "/experiments/delete$", "/workspace/delete$", "/workspace/import$"])
def test_a_model_that_is_dropped_half_goes_when_asked_again(double, workspace, at):
    before = double.objects()
    registry(workspace).prepare()
    _registered(workspace)
    _announce(workspace)
    method = "DELETE" if at == "/models/" else "POST"
    double.faults.at((method, at, 1), "kill-after")
    with pytest.raises(Killed):
        _drop(workspace)
    assert double.objects() != before
    double.faults.clear()
    again = DatabricksWorkspace("dev", target(double), connect(double), inside=True)
    for entry in again.records.states("planted"):
        again.drop(entry.kind, BOOSTED.full_name)
        again.records.forget("planted", entry.id)
    again.records.thaw("planted")  # as a destroy does at its end
    assert double.objects() == before | {"workspace_folders": 1}


def _registered(workspace: DatabricksWorkspace) -> None:
    with registry(workspace).active() as mlflow_client:
        mlflow_client.create_registered_model(NAME)


def _holds_figures_and_files(client: WorkspaceClient, found: TrainResult) -> None:
    experiment = client.experiments.get_by_name(f"{FOLDER}/planted").experiment
    run = client.experiments.get_run(found.run_id).run
    assert (run.info.experiment_id, run.info.status.value) == (experiment.experiment_id, "FINISHED")
    assert {one.key: one.value for one in run.data.metrics}["f1"] == pytest.approx(found.metrics["f1"])
    assert {one.key: one.value for one in run.data.params}["algorithm"] == "gradient_boosting"
    files = f"/WorkspaceInternal/Mlflow/Artifacts/{experiment.experiment_id}/Runs/{found.run_id}/artifacts"
    assert client.files.download(f"{files}/model_card.md").contents.read().decode() == found.card
    assert client.model_versions.get(NAME, found.version).source.startswith("models:/m-")


def _drop(workspace: DatabricksWorkspace) -> bool:
    """As a destroy does: the model, then its place in the ledger."""
    there = workspace.drop("model", BOOSTED.full_name)
    workspace.records.forget("planted", ResourceId("model", str(BOOSTED.full_name)))
    return there


def _announce(workspace: DatabricksWorkspace) -> None:
    """As a build does: whose model it is, is in the ledger."""
    model = Resource("model", str(BOOSTED.full_name), {"fingerprint": "f"}, name="will_buy")
    workspace.records.announce("planted", model)


def test_a_missing_privilege_is_a_plain_sentence(workspace, client, double, monkeypatch):
    registry(workspace).prepare()
    give(client, "catalog", "test_demo", "account users", "USE_CATALOG", "USE_SCHEMA")
    monkeypatch.setenv("DATABRICKS_TOKEN", double.add_user("ann@example.com"))
    said = "registry databricks-uc refuses: .*does not have CREATE MODEL on Schema 'test_demo.learn'.* Ask for it"
    with pytest.raises(DemoError, match=said):
        _registered(workspace)


def test_what_was_thrown_away_is_taken_out_of_the_waste_basket(workspace, client, double):
    first = registry(workspace).prepare()
    assert registry(workspace).prepare() == first
    client.experiments.delete_experiment(first)
    assert "experiments" not in double.objects()
    assert registry(workspace).prepare() == first
    assert double.objects()["experiments"] == 1


def test_the_double_keeps_experiments_as_a_workspace_does(double, client):
    client.workspace.mkdirs("/Workspace/Shared/x")
    with pytest.raises(errors.BadRequest, match="must be an absolute path"):
        client.experiments.create_experiment("x")
    with pytest.raises(errors.NotFound, match="Parent directory /Shared/y does not exist"):
        client.experiments.create_experiment("/Shared/y/x")
    client.experiments.create_experiment("/Workspace/Shared/x/x")
    with pytest.raises(errors.NotFound, match="Could not find experiment"):
        client.experiments.get_by_name("/Workspace/Shared/x/x")
    with pytest.raises(errors.ResourceAlreadyExists, match="Node named 'x' already exists"):
        client.experiments.create_experiment("/Workspace/Shared/x/x")
    assert client.experiments.get_by_name("/Shared/x/x").experiment.lifecycle_stage == "active"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("runs/create", {"experiment": "1"}, 'has no field named "experiment"'),
        ("runs/log-inputs", {"datasets": []}, "required field 'run_id' is missing"),
        ("unity-catalog/model-versions/create", {"name": "a.b.c", "source": 5}, "source"),
    ],
)
def test_a_shape_that_mlflow_cannot_send_is_refused(path, body, said):
    with Double() as double:
        with pytest.raises(errors.BadRequest, match=said):
            connect(double).api_client.do("POST", f"/api/2.0/mlflow/{path}", body=body)
        assert len(double.violations) == 1


def test_a_version_without_files_is_never_ready(double, client, workspace):
    registry(workspace).prepare()
    with registry(workspace).active() as mlflow_client:
        mlflow_client.create_registered_model(NAME)
        call = connect(double).api_client.do
        place = "/api/2.0/mlflow/unity-catalog/model-versions"
        call("POST", f"{place}/create", body={"name": NAME, "source": "dbfs:/somewhere"})
        with pytest.raises(errors.BadRequest, match="has no MLmodel file yet"):
            call("POST", f"{place}/finalize", body={"name": NAME, "version": "1"})

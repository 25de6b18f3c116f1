"""Write one training into MLflow: the run with its figures and files, the model, and its version in the registry."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow.sklearn
import pandas as pd
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
)
from mlflow.exceptions import MlflowException
from mlflow.models import Model as SavedModel
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from sklearn.pipeline import Pipeline

from demo_factory.compat.sklearn import TRUSTED
from demo_factory.learn.card import Findings
from demo_factory.learn.registry import Registry, code_of
from demo_factory.resources.graph import ModelPlan

if TYPE_CHECKING:
    from mlflow import MlflowClient

_NEEDED = ("mlflow", "scikit-learn", "skops", "pandas", "numpy")


@contextmanager
def run(client: MlflowClient, registry: Registry, model: ModelPlan, tags: Mapping[str, str]) -> Iterator[str]:
    """A run around the block: finished when the block ends well, failed when it does not."""
    created = client.create_run(
        registry.prepare(), run_name=model.name, tags={"model": registry.name_of(model.full_name), **tags}
    )
    run_id = str(created.info.run_id)
    try:
        yield run_id
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, "FINISHED")


def record_run(
    client: MlflowClient, run_id: str, model: ModelPlan, pipeline: Pipeline, found: Findings, png: bytes
) -> None:
    """Parameters, figures, the dataset's digest, the queries and the picture."""
    now = int(time.time() * 1000)
    figures = {
        **found.metrics,
        **{f"baseline_{metric}": value for metric, value in found.baseline.items()},
        **{f"champion_{metric}": value for metric, value in found.champion_scores.items()},
        "beats_guess_low": found.evidence.low,
        "beats_guess_high": found.evidence.high,
        "rows_train": float(len(found.examples.train)),
        "rows_test": float(len(found.examples.held_out)),
    }
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in figures.items()],
        params=[Param(name, str(value)) for name, value in _parameters(model, pipeline).items()],
        tags=[RunTag("data_digest", found.examples.digest)],
    )
    client.log_inputs(run_id, [DatasetInput(_dataset(model, found), [InputTag("mlflow.data.context", "training")])])
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        (files / "evaluation.png").write_bytes(png)
        (files / "features.sql").write_text(model.features_then_sql, encoding="utf-8")
        (files / "label.sql").write_text(model.label_sql, encoding="utf-8")
        client.log_artifacts(run_id, folder)


def record_model(
    client: MlflowClient, registry: Registry, run_id: str, model: ModelPlan, pipeline: Pipeline, found: Findings
) -> int:
    """Save the pipeline as an MLflow model and register it; returns the new version's number."""
    name = registry.name_of(model.full_name)
    logged = client.create_logged_model(
        registry.prepare(), name=model.name, source_run_id=run_id, model_type="classifier"
    )
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        about = SavedModel(
            artifact_path=logged.artifact_location,
            run_id=run_id,
            model_uuid=logged.model_id,
            model_id=logged.model_id,
            metadata={"entity": model.spec.entity, "target": model.spec.target, "classes": list(found.classes)},
        )
        save(pipeline, path, model.features, found.examples.held_out.features.head(2), about)
        client.log_model_artifacts(logged.model_id, str(path))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    _ensure_registered(client, name, model)
    created = client.create_model_version(
        name,
        source=f"models:/{logged.model_id}",
        run_id=run_id,
        model_id=logged.model_id,
        tags={"metric": model.spec.metric, model.spec.metric: f"{found.metrics[model.spec.metric]:.4f}"},
    )
    return int(created.version)


def save(
    pipeline: Pipeline,
    path: Path,
    features: Sequence[str],
    input_example: pd.DataFrame,
    about: SavedModel | None = None,
) -> None:
    """Write the pipeline as an MLflow model folder.

    Not by `log_model`, which would load the model once more to try the example, and print addresses.
    """
    mlflow.sklearn.save_model(
        pipeline,
        str(path),
        mlflow_model=about,
        signature=_signature(features),
        input_example=input_example,
        pip_requirements=[f"{package}=={installed(package)}" for package in _NEEDED],
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_SKOPS,
        skops_trusted_types=list(TRUSTED),
    )


def _ensure_registered(client: MlflowClient, name: str, model: ModelPlan) -> None:
    try:
        client.create_registered_model(name, tags={"owner": model.owner or "demo_factory"}, description=model.comment)
    except MlflowException as error:
        if code_of(error) not in {"RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS"}:
            raise


def _signature(features: Sequence[str]) -> ModelSignature:
    return ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in features]), outputs=Schema([ColSpec("string")])
    )


def _parameters(model: ModelPlan, pipeline: Pipeline) -> dict[str, Any]:
    spec = model.spec
    chosen = {
        name: getattr(spec, name)
        for name in ("entity", "target", "positive", "algorithm", "metric", "test_share", "max_rows", "horizon")
    }
    return {**chosen, "seed": model.seed, **pipeline.named_steps["classify"].get_params(deep=False)}


def _dataset(model: ModelPlan, found: Findings) -> Dataset:
    examples = found.examples
    profile = {"num_rows": len(examples.train) + len(examples.held_out), "classes": list(examples.classes)}
    return Dataset(
        name=f"{model.name}_examples",
        digest=examples.digest,
        source_type="sql",
        source=json.dumps({"tables": list(model.sources)}),
        schema=json.dumps({"mlflow_colspec": _signature(model.features).inputs.to_dict()}),
        profile=json.dumps(profile),
    )

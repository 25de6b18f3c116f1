"""What MLflow does by itself and can only be told before it is imported; removing past its waste-basket."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

# MLflow reads these once, at its own import. Quiet, and nothing is sent to anybody; a user's own setting wins.
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_PRINT_MODEL_URLS_ON_CREATION": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


def quiet(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what MLflow reads when it is imported, which must come after this."""
    for name, value in QUIET.items():
        environ.setdefault(name, value)


def remove_model(tracking_uri: str, registry_uri: str, name: str) -> bool:
    """Delete a registered model with all its versions; False when there is none."""
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient(tracking_uri, registry_uri)
    try:
        client.delete_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise
    return True


def remove_experiment(tracking_uri: str, experiment: str) -> bool:
    """Delete an experiment with its runs, past MLflow's waste-basket; False when there is none."""
    import mlflow

    client = mlflow.MlflowClient(tracking_uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return False
    if found.lifecycle_stage == "active":
        client.delete_experiment(found.experiment_id)
    _delete_for_good(tracking_uri, found.experiment_id)
    return True


def _delete_for_good(tracking_uri: str, experiment_id: str) -> None:
    """Take a deleted experiment out of the waste-basket, where the store is one that keeps files here."""
    from mlflow.tracking._tracking_service.utils import _get_store

    store = _get_store(tracking_uri)
    if hasattr(store, "_hard_delete_experiment"):  # only local stores can, and only they leave files behind
        store._hard_delete_experiment(experiment_id)

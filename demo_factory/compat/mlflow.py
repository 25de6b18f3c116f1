"""What MLflow does by itself and can only be told before it is imported, and its waste-basket."""

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


def delete_experiment_for_good(tracking_uri: str, experiment_id: str) -> None:
    """Take a deleted experiment out of the waste-basket, where the store is one that keeps files here."""
    from mlflow.tracking._tracking_service.utils import _get_store

    store = _get_store(tracking_uri)
    if hasattr(store, "_hard_delete_experiment"):  # only local stores can, and only they leave files behind
        store._hard_delete_experiment(experiment_id)

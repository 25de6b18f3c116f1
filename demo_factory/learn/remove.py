"""Remove a demo's models and runs from MLflow for good."""

from __future__ import annotations

from demo_factory.compat.mlflow import delete_experiment_for_good


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
    delete_experiment_for_good(tracking_uri, found.experiment_id)
    return True

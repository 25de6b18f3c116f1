"""Models of demos on this machine: MLflow's SQLite store and its files in the state folder."""

from __future__ import annotations

import shutil

from demo_factory.compat.mlflow import remove_experiment, remove_model
from demo_factory.moments import reached
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.ports import ModelStore


def store(state: StateFolder) -> ModelStore:
    """Where they are kept."""
    uri = f"sqlite:///{state.mlflow / 'mlflow.db'}"
    return ModelStore(uri, uri, str(state.mlflow / "artifacts"))


def drop(state: StateFolder, name: str) -> bool:
    """Take a model out of the registry with all its versions; False when it was gone already."""
    if not state.mlflow.exists():
        return False
    uri = store(state).registry_uri
    there = remove_model(uri, uri, name)
    reached(f"destroy model {name} unregistered")
    return there


def forget(state: StateFolder, demo: str) -> None:
    """Remove a demo's runs, and the files of its models."""
    if not state.mlflow.exists():
        return
    remove_experiment(store(state).tracking_uri, demo)
    shutil.rmtree(state.mlflow / "artifacts" / demo, ignore_errors=True)

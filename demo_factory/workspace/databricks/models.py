"""Models of demos on a workspace: Unity Catalog's registry, and runs in an experiment beside the ledger."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.ports import ModelStore

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


def store(home: str) -> ModelStore:
    """Where they are kept.

    Args:
        home: the folder of the ledger.
    """
    return ModelStore("databricks", "databricks-uc", None, f"{folder(home)}/")


def folder(home: str) -> str:
    """The folder of the demos' experiments."""
    # By a name that begins with /Workspace MLflow makes an experiment that it never finds again.
    return f"{home.removeprefix('/Workspace')}/experiments"


def forget(client: WorkspaceClient, home: str, demo: str) -> None:
    """Remove a demo's runs; Databricks keeps them 30 days in its waste-basket."""
    from databricks.sdk.errors import NotFound

    place = folder(home)
    with plainly(f"delete the experiment of {demo}"):
        with suppress(NotFound):
            found = client.experiments.get_by_name(f"{place}/{demo}").experiment
            if found is not None and found.experiment_id and found.lifecycle_stage == "active":
                client.experiments.delete_experiment(found.experiment_id)
        with suppress(NotFound):
            if not list(client.workspace.list(place)):
                client.workspace.delete(place)

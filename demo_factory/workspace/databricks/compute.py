"""Compute of a workspace for one run: a cluster that its steps share, and what a serverless job needs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.resources.resource import Resource
from demo_factory.targets.model import Cluster
from demo_factory.workspace.ledger import Ledger

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import SubmitTask

IDLE_MINUTES = 15  # a cluster whose run was killed ends by itself
START_MINUTES = 30
ENVIRONMENT = "demo_factory"
STAGING_VOLUME = "demo_factory_staging"


@contextmanager
def run_cluster(client: WorkspaceClient, cluster: Cluster, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """The id of a running cluster: the one that is there, or a new one that ends with the run.

    Raises:
        MachineTrouble: it does not start; says what Databricks says.
    """
    if cluster.existing is not None:
        yield cluster.existing
        return
    identity = ""
    try:
        try:
            waiting = client.clusters.create(**new_cluster(cluster, name, tags))
            identity = str(waiting.cluster_id)
            waiting.result(dt.timedelta(minutes=START_MINUTES))
        except (OSError, TimeoutError) as error:  # the SDK's errors are OSErrors
            raise MachineTrouble(
                f"The cluster {name} does not start: {_first_line(error)}.",
                "Check `compute` of the target, and the workspace's quotas.",
            ) from error
        yield identity
    finally:
        if identity:
            client.clusters.permanent_delete(identity)


def new_cluster(cluster: Cluster, name: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """A cluster for `clusters.create`: Unity Catalog through dedicated access mode, ended when idle."""
    from databricks.sdk.service.compute import AutoScale, DataSecurityMode

    size = cluster.autoscale
    found: dict[str, Any] = {
        "cluster_name": name,
        "spark_version": cluster.spark_version,
        "node_type_id": cluster.node_type,
        "num_workers": cluster.workers,
        "autoscale": AutoScale(min_workers=size.min, max_workers=size.max) if size else None,
        "data_security_mode": DataSecurityMode(cluster.data_security_mode),
        "single_user_name": cluster.single_user,
        "policy_id": cluster.policy_id,
        "custom_tags": dict(tags),
        "autotermination_minutes": IDLE_MINUTES,
    }
    return {key: value for key, value in found.items() if value is not None}


@contextmanager
def run_files(
    client: WorkspaceClient, volume: str, run_id: str, script: bytes, code: bytes, folder: str
) -> Iterator[tuple[str, str]]:
    """(script, code) where a serverless job reads them: a workspace file and a zip on the volume; gone afterwards."""
    from databricks.sdk.service.workspace import ImportFormat

    on_volume = f"{volume_path(volume)}/{run_id}"
    runs = f"{folder}/runs"
    script_path, code_path = f"{runs}/{run_id}.py", f"{on_volume}/code.zip"
    client.workspace.mkdirs(runs)
    client.workspace.upload(script_path, io.BytesIO(script), format=ImportFormat.AUTO, overwrite=True)
    try:
        client.files.create_directory(on_volume)
        client.files.upload(code_path, io.BytesIO(code), overwrite=True)
        yield script_path, code_path
    finally:
        client.workspace.delete(script_path)
        if not list(client.workspace.list(runs)):
            client.workspace.delete(runs)
        _remove(client, on_volume)


def _remove(client: WorkspaceClient, folder: str) -> None:
    from databricks.sdk.errors import NotFound

    try:
        for entry in list(client.files.list_directory_contents(folder)):
            client.files.delete(str(entry.path))
        client.files.delete_directory(folder)
    except NotFound:
        return


def volume_path(volume: str) -> str:
    """Where a volume's files lie."""
    return f"/Volumes/{volume.replace('.', '/')}"


def serverless_task(script: str, parameters: Sequence[str]) -> SubmitTask:
    """A Python script as a serverless task of a one-time run."""
    from databricks.sdk.service.jobs import SparkPythonTask, SubmitTask

    task = SparkPythonTask(python_file=script, parameters=list(parameters))
    return SubmitTask(task_key="step", environment_key=ENVIRONMENT, spark_python_task=task)


def serverless_arguments(name: str, environment_version: str, libraries: Sequence[str]) -> dict[str, Any]:
    """What goes with the task: the environment that it names, with its libraries."""
    from databricks.sdk.service.compute import Environment
    from databricks.sdk.service.jobs import JobEnvironment

    spec = Environment(environment_version=environment_version, dependencies=list(libraries))
    return {"run_name": name, "environments": [JobEnvironment(ENVIRONMENT, spec)]}


@contextmanager
def staging_folder(client: WorkspaceClient, folder: str) -> Iterator[None]:
    """A folder on DBFS for the step launcher, which leaves its files there; gone afterwards.

    Raises:
        MachineTrouble: the workspace has no DBFS root, as new accounts have none.
    """
    from databricks.sdk.core import DatabricksError

    try:
        client.dbfs.mkdirs(folder)
    except DatabricksError as error:
        raise MachineTrouble(
            f"The step launcher stages files on DBFS, and {folder} cannot be made: {_first_line(error)}.",
            "New accounts have no DBFS root. Use serverless compute for this target: compute: {serverless: {}}",
        ) from error
    try:
        yield
    finally:
        client.dbfs.delete(folder, recursive=True)


@contextmanager
def staging_volume(client: WorkspaceClient, ledger: Ledger, demo: str, catalog: str, schema: str) -> Iterator[str]:
    """The full name of a volume of ours in the demo's schema, which lives as long as the run.

    The ledger hears of it first, so that one that a killed run left behind is dropped by the next apply or destroy.
    """
    from databricks.sdk.errors import NotFound
    from databricks.sdk.service.catalog import VolumeType

    name = f"{catalog}.{schema}.{STAGING_VOLUME}"
    volume = Resource("volume", name)
    ledger.announce(demo, volume)
    try:
        client.volumes.read(name)
    except NotFound:
        client.volumes.create(catalog, schema, STAGING_VOLUME, VolumeType.MANAGED, comment="Of a run that is going on")
    ledger.made(demo, volume, {})
    try:
        yield name
    finally:
        client.volumes.delete(name)
        ledger.forget(demo, volume.id)


def why_it_failed(client: WorkspaceClient, run_id: int) -> str:
    """What Databricks knows of a run that failed: the error of its task, or else its state."""
    run = client.jobs.get_run(run_id)
    state = run.state.state_message if run.state and run.state.state_message else ""
    for task in run.tasks or []:
        error = client.jobs.get_run_output(task.run_id).error if task.run_id else None
        if error:
            return error.strip()
    return state or "Databricks gives no reason"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")

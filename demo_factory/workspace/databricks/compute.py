"""Compute of a workspace for one run: a cluster that its steps share, and what a serverless job needs."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.resources.resource import Resource
from demo_factory.targets.model import Cluster, Target
from demo_factory.workspace.databricks.containers import files_of
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.staging import LauncherFiles, remove_folder, remove_scripts

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import SubmitTask

IDLE_MINUTES = 15  # a cluster whose run was killed ends by itself
START_MINUTES = 30
ENVIRONMENT = "demo_factory"
STAGING_VOLUME = "demo_factory_staging"


@dataclass(frozen=True)
class DatabricksCompute:
    """See `demo_factory.workspace.ports.Compute`."""

    client: WorkspaceClient
    target: Target
    records: DatabricksLedger

    @contextmanager
    def cluster(self, name: str, tags: Mapping[str, str]) -> Iterator[str]:
        """The id of a running cluster: the one that is there, or a new one that ends with the run.

        Raises:
            MachineTrouble: it does not start; says what Databricks says.
        """
        cluster = self.target.compute.cluster
        assert cluster is not None
        if cluster.existing is not None:
            yield cluster.existing
            return
        identity = ""
        try:
            try:
                waiting = self.client.clusters.create(**new_cluster(cluster, name, tags))
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
                self.client.clusters.permanent_delete(identity)

    def login(self, environ: Mapping[str, str] = os.environ) -> Mapping[str, Any]:
        """How the step launcher logs in; empty where the SDK finds it in the environment.

        Raises:
            DemoError: the profile logs in by a way that the step launcher does not have.
        """
        auth = self.target.auth
        if auth.service_principal is not None:  # its secret is there: our own client logged in with it
            secret = environ[auth.service_principal.secret_env]
            return {"oauth_credentials": {"client_id": auth.service_principal.client_id, "client_secret": secret}}
        if auth.profile is None:
            return {}
        known = self.client.config
        if known.token:
            return {"databricks_token": known.token}
        if known.client_id and known.client_secret:
            return {"oauth_credentials": {"client_id": known.client_id, "client_secret": known.client_secret}}
        raise DemoError(
            f"The profile {auth.profile} logs in by {known.auth_type}, which the step launcher cannot.",
            "Use a profile with a token or an OAuth secret, auth: {environment: true}, or serverless compute.",
        )

    @contextmanager
    def staging_volume(self, demo: str, catalog: str, schema: str) -> Iterator[str]:
        """Where the files of a volume lie: the target's, or one of ours in the demo's schema, which goes with the run.

        The ledger hears of ours first, so that one that a killed run left behind is dropped by the next apply or
        destroy.
        """
        own = self.target.compute.volume
        if own is not None:
            yield files_of(own)
            return
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.catalog import VolumeType

        name = f"{catalog}.{schema}.{STAGING_VOLUME}"
        volume, volumes = Resource("volume", name), self.client.volumes
        self.records.announce(demo, volume)
        try:
            volumes.read(name)
        except NotFound:
            volumes.create(catalog, schema, STAGING_VOLUME, VolumeType.MANAGED, comment="Of a run that is going on")
        self.records.made(demo, volume, {})
        try:
            yield files_of(name)
        finally:
            volumes.delete(name)
            self.records.forget(demo, volume.id)

    @contextmanager
    def launcher_files(self, volume: str, run_id: str) -> Iterator[LauncherFiles]:
        """Where the step launcher's files lie as long as a run lasts.

        Args:
            volume: where its files lie.
        """
        files = LauncherFiles(self.client, f"{self.records.folder}/runs", volume)
        try:
            yield files
        finally:
            files.remove(run_id)

    @contextmanager
    def run_files(self, volume: str, run_id: str, script: bytes, code: bytes) -> Iterator[tuple[str, str]]:
        """(script, code) where a serverless job reads them: a workspace file and a zip on the volume; gone afterwards.

        Args:
            volume: where its files lie.
        """
        from databricks.sdk.service.workspace import ImportFormat

        runs, on_volume, client = f"{self.records.folder}/runs", f"{volume}/{run_id}", self.client
        script_path, code_path = f"{runs}/{run_id}.py", f"{on_volume}/code.zip"
        client.workspace.mkdirs(runs)
        client.workspace.upload(script_path, io.BytesIO(script), format=ImportFormat.AUTO, overwrite=True)
        try:
            client.files.create_directory(on_volume)
            client.files.upload(code_path, io.BytesIO(code), overwrite=True)
            yield script_path, code_path
        finally:
            remove_scripts(client, runs, [script_path])
            remove_folder(client, on_volume)

    def serverless_run(
        self, name: str, script: str, parameters: Sequence[str], libraries: Sequence[str]
    ) -> tuple[SubmitTask, dict[str, Any]]:
        """A one-time run of a Python script: its task, and the environment that this names, with its libraries."""
        from databricks.sdk.service.compute import Environment
        from databricks.sdk.service.jobs import JobEnvironment, SparkPythonTask, SubmitTask

        serverless = self.target.compute.serverless
        assert serverless is not None
        python = SparkPythonTask(python_file=script, parameters=list(parameters))
        task = SubmitTask(task_key="step", environment_key=ENVIRONMENT, spark_python_task=python)
        spec = Environment(environment_version=serverless.environment_version, dependencies=list(libraries))
        return task, {"run_name": name, "environments": [JobEnvironment(ENVIRONMENT, spec)]}

    def why_it_failed(self, run_id: int) -> str:
        """What Databricks knows of a run that failed: the error of its task, or else its state."""
        run = self.client.jobs.get_run(run_id)
        state = run.state.state_message if run.state and run.state.state_message else ""
        for task in run.tasks or []:
            error = self.client.jobs.get_run_output(task.run_id).error if task.run_id else None
            if error:
                return error.strip()
        return state or "Databricks gives no reason"


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


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")

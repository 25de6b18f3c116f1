"""Classic compute: Dagster's step launcher, all steps of a run on one cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.compat.dagster_databricks import step_launcher
from demo_factory.orchestration.package import LAUNCHER_PARTS, libraries, remote_environment, staged
from demo_factory.targets.model import Target

STAGING = "/demo_factory_staging"
POLL_SECONDS = 5.0
LONGEST_STEP = 4 * 3600


def cluster_launcher(target: Target, budget_tag: str) -> dg.ResourceDefinition:
    """The step launcher as a resource; its cluster and its staged copy come and go with a run."""

    @dg.resource(required_resource_keys={"target"}, description="Runs each step with Spark work on a cluster.")
    @contextmanager
    def launcher(context: dg.InitResourceContext) -> Iterator[Any]:
        settings, compute = context.resources.target.settings, context.resources.target.workspace.compute
        run = context.run.run_id if context.run else "run"
        tags = {"demo_factory": settings.target, **({"budget": budget_tag} if budget_tag else {})}
        with (
            compute.staging_folder(f"{STAGING}/{run}"),
            staged(settings, LAUNCHER_PARTS) as package,
            compute.cluster(f"demo_factory {run[:8]}", tags) as cluster_id,
        ):
            config = step_launcher_config(target, cluster_id, package, remote_environment(settings))
            yield step_launcher({**config, **compute.login()})

    return launcher


def step_launcher_config(
    target: Target,
    cluster_id: str,
    package: Path,
    environment: Mapping[str, str],
    pins: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The configuration of Dagster's step launcher, all but how to log in.

    Its code wants `permissions` and `secrets_to_env_variables` even empty, the host as plain text, and no `storage`.
    """
    names = libraries(LAUNCHER_PARTS) if pins is None else pins
    return {
        "run_config": {
            "run_name": "demo_factory step",
            "cluster": {"existing": cluster_id},
            "libraries": [{"pypi": {"package": name}} for name in names],
            "install_default_libraries": False,  # they would bring Spark
            "timeout_seconds": LONGEST_STEP,
        },
        "permissions": {},
        "databricks_host": target.host,
        "env_variables": dict(environment),
        "secrets_to_env_variables": [],
        "local_dagster_job_package_path": str(package),
        "staging_prefix": STAGING,
        "poll_interval_sec": POLL_SECONDS,
        "max_completion_wait_time_seconds": LONGEST_STEP,
        "verbose_logs": False,
    }

"""Classic compute: Dagster's step launcher, all steps of a run on one cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.dagster_databricks import StagedFiles, step_launcher
from demo_factory.orchestration.package import LAUNCHER_PARTS, libraries, remote_environment, staged
from demo_factory.orchestration.resources import TargetResource, plans_of
from demo_factory.resources.graph import DemoPlan
from demo_factory.targets.model import Target

POLL_SECONDS = 5.0
LONGEST_STEP = 4 * 3600


def cluster_launcher(target: Target, budget_tag: str) -> dg.ResourceDefinition:
    """The step launcher as a resource; its cluster and its staged copy come and go with a run."""

    @dg.resource(required_resource_keys={"target"}, description="Runs each step with Spark work on a cluster.")
    @contextmanager
    def launcher(context: dg.InitResourceContext) -> Iterator[Any]:
        there: TargetResource = context.resources.target
        settings, compute = there.settings, there.workspace.compute
        run = context.run.run_id if context.run else "run"
        tags = {"demo_factory": settings.target, **({"budget": budget_tag} if budget_tag else {})}
        with (
            ExitStack() as stack,
            staged(settings, LAUNCHER_PARTS) as package,
            compute.cluster(f"demo_factory {run[:8]}", tags) as cluster_id,
        ):
            config = step_launcher_config(target, cluster_id, package, remote_environment(settings))

            def place() -> StagedFiles:
                plan = _plan_of(context.run, there)
                volume = stack.enter_context(compute.staging_volume(plan.demo, plan.catalog, plan.schema))
                files: StagedFiles = stack.enter_context(compute.launcher_files(volume, run))
                return files

            yield step_launcher({**config, **compute.login()}, OnceNeeded(place))

    return launcher


class OnceNeeded:
    """Staged files whose place is made with the first of them: the demo's schema may be made by the same run."""

    def __init__(self, place: Callable[[], StagedFiles]) -> None:
        self._place = cache(place)

    def path(self, run_id: str, step: str, name: str) -> str:
        """See `StagedFiles`."""
        return self._place().path(run_id, step, name)

    def put(self, path: str, content: bytes) -> None:
        """See `StagedFiles`."""
        self._place().put(path, content)

    def read(self, path: str) -> bytes:
        """See `StagedFiles`."""
        return self._place().read(path)


def _plan_of(run: dg.DagsterRun | None, target: TargetResource) -> DemoPlan:
    """The first demo of which a run makes something; no other is asked for, since the run's plans are frozen."""
    for file in plans_of(run, target.settings) if run is not None else ():
        return target.plan(file)
    raise DemoError("This run makes nothing of a demo that can be found.", "Select assets of one of: demo-factory list")


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
        "staging_prefix": "/nowhere",  # it must be given; where files lie is `StagedFiles`' to say
        "poll_interval_sec": POLL_SECONDS,
        "max_completion_wait_time_seconds": LONGEST_STEP,
        "verbose_logs": False,
    }

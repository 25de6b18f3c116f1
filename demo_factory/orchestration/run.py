"""One Dagster run in this process, for the steps that a build has to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.orchestration import describe
from demo_factory.orchestration.demo import demo_definitions
from demo_factory.orchestration.instance import open_instance
from demo_factory.orchestration.lakehouse import AS_OF, SCALE, WAIT, Lakehouse
from demo_factory.orchestration.launcher import launcher_resources
from demo_factory.plan.steps import DemoPlan
from demo_factory.project import Settings
from demo_factory.workspace.local.workspace import LocalWorkspace

_QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RunResult:
    """Whether the run succeeded, and in plain words why not."""

    success: bool
    run_id: str
    reason: str = ""


def run_steps(
    file: Path, plan: DemoPlan, settings: Settings, workspace: LocalWorkspace, names: Sequence[str], wait: float
) -> RunResult:
    """Run the named steps and their checks, recorded on the state folder's Dagster instance."""
    shared = dg.Definitions(
        resources={"lakehouse": Lakehouse(), **launcher_resources(settings.target)}, executor=dg.in_process_executor
    )
    definitions = dg.Definitions.merge(demo_definitions(file, plan), shared)
    job = definitions.resolve_job_def(plan.demo)
    tags = {AS_OF: str(plan.as_of), SCALE: str(plan.scale), WAIT: str(wait)}
    with open_instance(workspace.state) as instance:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[describe.asset_key(plan, name) for name in names],
            tags=tags,
            run_config=_QUIET,
            raise_on_error=False,
        )
        reason = "" if result.success else _reason(result)
        return RunResult(result.success, result.run_id, reason)


def _reason(result: dg.ExecuteInProcessResult) -> str:
    """The innermost message of the first failure that Dagster recorded."""
    for event in result.all_events:
        data = event.event_specific_data
        error = getattr(data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return str(error.message).strip().split(": ", 1)[-1]
    return "The run failed; its log in the Dagster UI says why."

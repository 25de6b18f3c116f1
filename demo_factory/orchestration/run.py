"""One Dagster run in this process, for the steps that a build has to make."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from demo_factory.moments import reached
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.progress import Listener
from demo_factory.operations.runner import RunResult, Todo
from demo_factory.operations.running import Running, working_for
from demo_factory.operations.settings import Settings
from demo_factory.orchestration import metadata
from demo_factory.orchestration.demo import demo_definitions, target_definitions
from demo_factory.orchestration.instance import open_instance
from demo_factory.orchestration.resources import AS_OF, CHANGES, FOLLOWS, SCALE, expected
from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.ports import Workspace

_jobs: dict[str, dg.JobDefinition] = {}  # by a key of the run: two runs may be of the same file
_QUIET: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_steps(
    file: Path,
    plan: DemoPlan,
    settings: Settings,
    workspace: Workspace,
    todo: Todo,
    on_progress: Listener | None = None,
) -> RunResult:
    """See `Runner.run`."""
    there = replace(settings, demos=(file.parent, *settings.demos))  # a cluster finds the blueprint by its name
    run, key = Running(on_progress, plan, workspace, todo), secrets.token_hex(8)
    _jobs[key] = _job(file, plan, there)
    job = dg.build_reconstructable_job(
        __name__, job_of.__name__, reconstructable_kwargs={"file": str(file), "key": key}
    )
    tags = {AS_OF: str(plan.as_of), SCALE: str(plan.scale), CHANGES: expected(todo)}
    if settings.as_of is None:
        tags[FOLLOWS] = "today"
    with _kept(key), working_for(run), open_instance(workspace.home) as instance:
        reached("storage opened")
        result = dg.execute_job(
            job,
            instance=instance,
            asset_selection=[metadata.asset_key(plan, name) for name in todo],
            tags=tags,
            run_config=_QUIET,
            raise_on_error=False,
        )
        reached("run ended")
        if not result.success and run.stopped.is_set():
            raise KeyboardInterrupt
        return RunResult(result.success, result.run_id, "" if result.success else _reason(result))


@contextmanager
def _kept(key: str) -> Iterator[None]:
    """A run's job is there for Dagster, which asks for it by name, as long as the run lasts."""
    try:
        yield
    finally:
        del _jobs[key]


def job_of(file: str, key: str) -> dg.JobDefinition:
    """The job of a blueprint: the one that `run_steps` runs in this process, made anew on a cluster."""
    if key not in _jobs:
        settings = Settings.read()
        found = find_demo(settings, Path(file).stem)
        _jobs[key] = _job(found, plan_demo(found, settings), settings)
    return _jobs[key]


def _job(file: Path, plan: DemoPlan, settings: Settings) -> dg.JobDefinition:
    definitions = dg.Definitions.merge(demo_definitions(file, plan, settings), target_definitions(settings, [plan]))
    return definitions.resolve_job_def(plan.demo)


def _reason(result: dg.JobExecutionResult) -> str:
    """The innermost message of the first failure that Dagster recorded."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None:
            return str(error.message).strip().removeprefix(f"{error.cls_name}: ").split("DemoError: ", 1)[-1]
    return "The run failed; its log in the Dagster UI says why."

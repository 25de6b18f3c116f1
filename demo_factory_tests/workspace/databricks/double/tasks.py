"""Which tasks can run: their compute, their libraries and their files, judged before anything starts."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from .errors import invalid
from .kinds.clusters import check_spec, cluster
from .kinds.dbfs import dbfs_path
from .kinds.folders import content_of
from .state import State

_COMPUTE = ("new_cluster", "existing_cluster_id", "job_cluster_key", "environment_key")


class NotRun(Exception):
    """The task could be submitted, and fails on its compute before its first line."""


def check_tasks(state: State, tasks: list[dict[str, Any]], settings: dict[str, Any], runs: bool) -> None:
    """Refuse what Databricks refuses, and, for tasks that are to run, what the double cannot run.

    Raises:
        Refused: with the task's key.
    """
    if not tasks:
        raise invalid("At least one task is required.")
    keys = [task["task_key"] for task in tasks]
    if len(set(keys)) != len(keys):
        raise invalid("task_key must be unique")
    for task in tasks:
        for needed in task.get("depends_on", []):
            if needed["task_key"] not in keys[: keys.index(task["task_key"])]:
                raise invalid(f"Task '{task['task_key']}' depends on '{needed['task_key']}', which is not before it.")
        _check_kind(task, runs)
        _check_compute(state, task, settings)


def _check_kind(task: dict[str, Any], runs: bool) -> None:
    kinds = [name for name in task if name.endswith("_task") or name == "for_each_task"]
    if len(kinds) != 1:
        raise invalid(f"Task '{task['task_key']}' needs exactly one kind of task, has {', '.join(kinds) or 'none'}.")
    if runs and kinds != ["spark_python_task"]:
        raise invalid(f"Task '{task['task_key']}': the double cannot run a {kinds[0]}, only a spark_python_task")
    source = task.get("spark_python_task", {}).get("source", "WORKSPACE")
    if source != "WORKSPACE":
        raise invalid(f"Task '{task['task_key']}': the double has no source {source}")


def _check_compute(state: State, task: dict[str, Any], settings: dict[str, Any]) -> None:
    key = task["task_key"]
    named = [name for name in _COMPUTE if name in task]
    if len(named) != 1:
        raise invalid(f"Task '{key}' needs exactly one of {', '.join(_COMPUTE)}; it has {', '.join(named) or 'none'}.")
    if "new_cluster" in task:
        check_spec(state, task["new_cluster"])
    elif "existing_cluster_id" in task:
        cluster(state, task["existing_cluster_id"])
    elif "job_cluster_key" in task:
        check_spec(state, job_cluster(task, settings))
    else:
        environment = environment_of(task, settings)
        if not environment.get("environment_version") and not environment.get("client"):
            raise invalid(f"Environment '{task['environment_key']}' needs an environment_version.")
        if "libraries" in task:
            raise invalid(f"Task '{key}': libraries are not for serverless; list them in the environment.")


def job_cluster(task: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The cluster that a task shares with others of its job."""
    return dict(_of_job(task, settings, "job_cluster")["new_cluster"])


def environment_of(task: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The serverless environment that a task names."""
    return dict(_of_job(task, settings, "environment").get("spec", {}))


def _of_job(task: dict[str, Any], settings: dict[str, Any], what: str) -> dict[str, Any]:
    wanted = task[f"{what}_key"]
    for one in settings.get(f"{what}s", []):
        if one[f"{what}_key"] == wanted:
            return dict(one)
    raise invalid(f"Task '{task['task_key']}': {what.replace('_', ' ')} '{wanted}' is not defined.")


def script_of(state: State, task: dict[str, Any]) -> bytes:
    """The Python file that a task runs.

    Raises:
        NotRun: it is not there.
    """
    path = task["spark_python_task"]["python_file"]
    if path.startswith("/Workspace/"):
        return content_of(state, path)
    found = _on_disk(state, path)
    if found is None or not found.is_file():
        raise NotRun(f"Cannot read the python file {path}. Please check driver logs for more details.")
    return found.read_bytes()


def _on_disk(state: State, path: str) -> Path | None:
    if path.startswith("dbfs:/"):
        return dbfs_path(state, path)
    if path.startswith("/Volumes/"):
        return state.folder.joinpath(*path.strip("/").split("/"))
    return None


def libraries_of(state: State, task: dict[str, Any], settings: dict[str, Any]) -> list[str]:
    """Wheels to put on the path. What comes from PyPI must be installed here already, in a version that fits.

    Raises:
        NotRun: a library cannot be had, as when pip fails on a cluster.
    """
    if "environment_key" in task:
        wanted = environment_of(task, settings).get("dependencies", [])
    else:
        wanted = []
        for library in task.get("libraries", []):
            (kind, value), *_ = library.items()
            if kind == "pypi":
                wanted.append(value["package"])
            elif kind == "whl":
                wanted.append(value)
            else:
                raise NotRun(f"Library installation failed: the double cannot install {kind} {value}.")
    return [wheel for one in wanted if (wheel := _library(state, one))]


def _library(state: State, text: str) -> str | None:
    if text.endswith(".whl"):
        found = _on_disk(state, text)
        if found is None or not found.is_file():
            raise NotRun(f"Library installation failed for {text}: no such file.")
        return str(found)
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        raise NotRun(f"Library installation failed for pypi {text}: ERROR: Invalid requirement: '{text}'") from None
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        raise NotRun(f"Library installation failed: the double has no {wanted.name}.") from None
    if not wanted.specifier.contains(version, prereleases=True):
        raise NotRun(f"Library installation failed: the double has {wanted.name} {version}, not {text}.")
    return None

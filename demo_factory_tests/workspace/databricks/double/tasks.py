"""Which tasks can run: their compute, their libraries and their files, judged before anything starts."""

from __future__ import annotations

import email
import importlib.metadata
import io
import zipfile
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from .errors import invalid
from .kinds.clusters import check_spec, cluster
from .kinds.dbfs import dbfs_path
from .kinds.folders import content_of, may_read
from .kinds.warehouse import warehouse
from .state import Act, State

_RUN = ("spark_python_task", "python_wheel_task", "sql_task")
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
    if runs and kinds[0] not in _RUN:
        raise invalid(f"Task '{task['task_key']}': the double cannot run a {kinds[0]}, only {' and '.join(_RUN)}")
    source = task.get("spark_python_task", {}).get("source", "WORKSPACE")
    if source != "WORKSPACE":
        raise invalid(f"Task '{task['task_key']}': the double has no source {source}")


def _check_compute(state: State, task: dict[str, Any], settings: dict[str, Any]) -> None:
    key = task["task_key"]
    if "sql_task" in task:
        warehouse(state, task["sql_task"]["warehouse_id"])
        if set(task["sql_task"]) - {"warehouse_id", "file", "parameters"} or "file" not in task["sql_task"]:
            raise invalid(f"Task '{key}': the double runs SQL files alone")
    named = [name for name in _COMPUTE if name in task]
    if "sql_task" in task and not named:
        return
    if len(named) != 1 or "sql_task" in task:
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


# Databricks looks for the entry point in the package's metadata first, and then for a function of the package.
_ENTRY = """\
import importlib, importlib.metadata, sys

sys.argv[0] = {entry!r}
try:
    found = importlib.metadata.distribution({package!r}).entry_points.select(group="console_scripts", name={entry!r})
except importlib.metadata.PackageNotFoundError:
    raise SystemExit("Python wheel with name {package} could not be found.") from None
(next(iter(found)).load() if found else getattr(importlib.import_module({package!r}), {entry!r}))()
"""


def script_of(state: State, task: dict[str, Any]) -> tuple[str, bytes, list[str]]:
    """The Python file that a task runs: its name, its text, and its arguments.

    Raises:
        NotRun: it is not there.
    """
    if "python_wheel_task" in task:
        wheel = task["python_wheel_task"]
        if "named_parameters" in wheel:
            raise NotRun("the double passes parameters by place")
        text = _ENTRY.format(package=wheel["package_name"], entry=wheel["entry_point"])
        return "entry.py", text.encode(), list(wheel.get("parameters", []))
    python = task["spark_python_task"]
    path, arguments = python["python_file"], list(python.get("parameters", []))
    name = path.rpartition("/")[2]
    if path.startswith("/Workspace/"):
        return name, content_of(state, path), arguments
    found = _on_disk(state, path)
    if found is None or not found.is_file():
        raise NotRun(f"Cannot read the python file {path}. Please check driver logs for more details.")
    return name, found.read_bytes(), arguments


def _on_disk(state: State, path: str) -> Path | None:
    if path.startswith("dbfs:/"):
        return dbfs_path(state, path)
    if path.startswith("/Volumes/"):
        return state.folder.joinpath(*path.strip("/").split("/"))
    return None


def libraries_of(act: Act, task: dict[str, Any], settings: dict[str, Any], into: Path) -> list[str]:
    """Folders to put on the path: wheels are unpacked, as pip does it. What comes from PyPI must be installed here
    already, in a version that fits; so must what a wheel asks for.

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
    found = []
    for number, one in enumerate(wanted):
        if one.endswith(".whl"):
            found.append(_unpacked(act, one, into / str(number)))
        else:
            _must_be_here(one)
    return found


def _unpacked(act: Act, path: str, into: Path) -> str:
    content: bytes | None = None
    if path.startswith("/Workspace/"):
        content = content_of(act.state, path) if may_read(act, path) else None
    elif (on_disk := _on_disk(act.state, path)) is not None and on_disk.is_file():
        content = on_disk.read_bytes()
    if content is None:
        raise NotRun(f"Library installation failed for {path}: no such file, or {act.caller.name} may not read it.")
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        wheel.extractall(into)
    for about in into.glob("*.dist-info/METADATA"):
        for one in email.message_from_bytes(about.read_bytes()).get_all("Requires-Dist", []):
            _must_be_here(one)
    return str(into)


def _must_be_here(text: str) -> None:
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        raise NotRun(f"Library installation failed for pypi {text}: ERROR: Invalid requirement: '{text}'") from None
    if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
        return
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        raise NotRun(f"Library installation failed: the double has no {wanted.name}.") from None
    if not wanted.specifier.contains(version, prereleases=True):
        raise NotRun(f"Library installation failed: the double has {wanted.name} {version}, not {text}.")

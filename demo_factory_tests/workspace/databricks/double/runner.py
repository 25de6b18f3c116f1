"""Runs of tasks in processes of their own, on this machine's Python."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import Refused
from .kinds.clusters import add_cluster
from .kinds.folders import lay_down
from .state import Act, Principal, State
from .tasks import NotRun, environment_of, job_cluster, libraries_of, script_of

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "JAVA_HOME", "PYTHONDONTWRITEBYTECODE")
_LOG = 5 * 1024 * 1024


@dataclass
class TaskRun:
    """One task of a run."""

    run_id: int
    spec: dict[str, Any]
    cluster_id: str | None
    life: str = "PENDING"
    result: str | None = None
    message: str = ""
    logs: str = ""
    trace: str = ""
    started: int = 0
    ended: int = 0
    process: subprocess.Popen[bytes] | None = None


@dataclass
class Run:
    """A run of one or more tasks, each after those it depends on."""

    run_id: int
    job_id: int
    settings: dict[str, Any]
    caller: Principal
    token: str
    tasks: list[TaskRun]
    started: int
    ended: int = 0
    ending: str | None = None  # CANCELED or FAILED from outside
    thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def life(self) -> str:
        lives = {task.life for task in self.tasks}
        if lives <= {"TERMINATED", "INTERNAL_ERROR", "SKIPPED"} and self.ended:
            return "INTERNAL_ERROR" if "INTERNAL_ERROR" in lives else "TERMINATED"
        return "PENDING" if lives == {"PENDING"} else "RUNNING"

    @property
    def result(self) -> str | None:
        if not self.ended:
            return None
        results = [task.result for task in self.tasks]
        order = ("CANCELED", "TIMEDOUT", "FAILED", "UPSTREAM_FAILED")
        worst = next((one for one in order if one in results), "SUCCESS")
        return "FAILED" if worst == "UPSTREAM_FAILED" else worst


def start(state: State, run: Run) -> None:
    """Begin; the caller does not wait."""
    run.thread = threading.Thread(target=_run_all, args=(state, run), daemon=True)
    run.thread.start()


def cluster_for(state: State, task: dict[str, Any], settings: dict[str, Any]) -> str | None:
    """The cluster of a task: an existing one or one of its own. None on serverless."""
    if "existing_cluster_id" in task:
        return str(task["existing_cluster_id"])
    if "environment_key" in task or "sql_task" in task:
        return None
    spec = task["new_cluster"] if "new_cluster" in task else job_cluster(task, settings)
    return add_cluster(state, f"job-{task['task_key']}", **{**spec, "cluster_source": "JOB"})


def end(run: Run, result: str) -> None:
    """End a run from outside: its processes are killed, by their own ids."""
    run.ending = run.ending or result
    for task in run.tasks:
        _kill(task)


def _kill(task: TaskRun) -> None:
    if task.process and task.process.poll() is None:
        try:
            os.killpg(task.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _run_all(state: State, run: Run) -> None:
    for task in run.tasks:
        needed = {one["task_key"] for one in task.spec.get("depends_on", [])}
        before = [one for one in run.tasks if one.spec["task_key"] in needed]
        if run.ending:
            _finish(state, task, "TERMINATED", "CANCELED", "Run cancelled.")
        elif any(one.result != "SUCCESS" for one in before):
            _finish(state, task, "SKIPPED", "UPSTREAM_FAILED", "An upstream task failed.")
        else:
            _run_one(state, run, task)
    settings = state.settings
    if settings.after_run:
        settings.after_run(run.run_id)
    with state.lock:
        run.ended = state.now()
        for task in run.tasks:
            if task.cluster_id and "existing_cluster_id" not in task.spec and task.cluster_id in state.kept["clusters"]:
                state.kept["clusters"][task.cluster_id]["state"] = "TERMINATED"


def _run_statements(state: State, run: Run, task: TaskRun) -> None:
    from .sql_files import run_file

    task.started = state.now()
    try:
        run_file(Act(state, run.caller), task.spec["sql_task"])
    except NotRun as error:
        _finish(state, task, "TERMINATED", "FAILED", str(error))
    else:
        _finish(state, task, "TERMINATED", "SUCCESS", "")


def _run_one(state: State, run: Run, task: TaskRun) -> None:
    if "sql_task" in task.spec:
        _run_statements(state, run, task)
        return
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        try:
            with state.lock:
                task.started = state.now()
                command, environment = _prepare(state, run, task, Path(folder))
        except (NotRun, Refused) as error:
            _finish(state, task, "INTERNAL_ERROR", "FAILED", str(error))
            return
        output = Path(folder) / "output"
        with output.open("wb") as log:
            task.process = subprocess.Popen(
                command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        task.life = "RUNNING"
        if run.ending:
            _kill(task)
        limit = task.spec.get("timeout_seconds") or run.settings.get("timeout_seconds") or None
        try:
            code, timed_out = task.process.wait(limit), False
        except subprocess.TimeoutExpired:
            _kill(task)
            code, timed_out = task.process.wait(), True
        task.logs = output.read_bytes()[-_LOG:].decode(errors="replace")
        _write_cluster_logs(state, task)
    if run.ending == "CANCELED":
        _finish(state, task, "TERMINATED", "CANCELED", "Run cancelled.")
    elif timed_out:
        _finish(state, task, "TERMINATED", "TIMEDOUT", f"Run timed out after {limit} seconds.")
    elif code == 0:
        _finish(state, task, "TERMINATED", "SUCCESS", "")
    else:
        task.trace = task.logs
        _finish(state, task, "TERMINATED", "FAILED", _why(task.logs, code))


def _why(logs: str, code: int) -> str:
    if code < 0:
        return f"Could not reach driver of the cluster: the process was killed (signal {-code})."
    lines = logs.strip().splitlines()
    return lines[-1] if lines else f"The process ended with code {code}."


def _finish(state: State, task: TaskRun, life: str, result: str, message: str) -> None:
    with state.lock:
        task.life, task.result, task.message, task.ended = life, result, message, state.now()


def _prepare(state: State, run: Run, task: TaskRun, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a task's process: nothing of the caller's environment but a few names."""
    act = Act(state, run.caller)
    wheels = libraries_of(act, task.spec, run.settings, folder / "libraries")
    name, text, parameters = script_of(state, task.spec)
    (folder / "script").mkdir()
    script = folder / "script" / name
    script.write_bytes(text)
    lay_down(act, folder)
    (folder / "spark.py").write_text(state.settings.spark_bootstrap, encoding="utf-8")
    (folder / "wheels").write_text("\n".join(wheels), encoding="utf-8")
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ}
    environment |= {"DOUBLE_URL": state.url, "DOUBLE_TOKEN": run.token, "DOUBLE_FOLDER": str(state.folder)}
    if task.cluster_id:
        spec = state.kept["clusters"][task.cluster_id]
        if spec.get("data_security_mode") != "USER_ISOLATION":
            environment["DOUBLE_DEDICATED"] = "1"
        environment["DATABRICKS_RUNTIME_VERSION"] = ".".join(spec["spark_version"].split(".")[:2])
        environment |= _with_secrets(act, spec.get("spark_env_vars", {}))
    else:
        version = environment_of(task.spec, run.settings)
        environment["DATABRICKS_RUNTIME_VERSION"] = f"client.{version.get('environment_version') or version['client']}"
    command = [sys.executable, "-P", str(_BOOTSTRAP), str(folder), str(script), *parameters]
    return command, environment


def _with_secrets(act: Act, values: Mapping[str, str]) -> dict[str, str]:
    """`{{secrets/scope/key}}` in a cluster's variables becomes the secret, if the caller may read it."""
    found = {}
    for name, value in values.items():
        match = re.fullmatch(r"\{\{secrets/([^/]+)/([^/]+)\}\}", value)
        if match:
            scope = act.state.kept["scopes"].get(match[1])
            if scope is None or match[2] not in scope.secrets:
                raise NotRun(f"Secret does not exist with scope: {match[1]} and key: {match[2]}")
            if not (act.names | {"users"}) & set(scope.acls):
                raise NotRun(f"User {act.caller.name} does not have READ permission on scope {match[1]}.")
            value = base64.b64decode(scope.secrets[match[2]][0]).decode()
        found[name] = value
    return found


def _write_cluster_logs(state: State, task: TaskRun) -> None:
    """Where a cluster is told to leave its logs on DBFS, it does."""
    if task.cluster_id is None:
        return
    place = state.kept["clusters"][task.cluster_id].get("cluster_log_conf", {}).get("dbfs", {}).get("destination")
    if place:
        folder = state.folder.joinpath(
            "dbfs", *place.removeprefix("dbfs:").strip("/").split("/"), task.cluster_id, "driver"
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stdout").write_text(task.logs, encoding="utf-8")
        (folder / "stderr").write_text("", encoding="utf-8")

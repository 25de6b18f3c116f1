"""Jobs and their runs."""

from __future__ import annotations

from typing import Any

from databricks.sdk.service.jobs import JobsAPI

from ..errors import Refused, invalid, missing
from ..kind import Kind, Request
from ..runner import Run, TaskRun, cluster_for, end, start
from ..state import State
from ..tasks import check_tasks
from .permissions import drop_permissions, permitted, set_permissions

KIND = Kind("job", counts=lambda state: {"jobs": len(state.kept["jobs"])})
BASE = "/api/2.2/jobs"


permitted(
    "jobs",
    {"CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"},
    "Job",
    lambda state, name: int(name) in {*state.kept["jobs"], *(run.job_id for run in state.kept["runs"].values())},
)


@KIND.on("stop")
def end_all(state: State) -> None:
    """End all runs and wait for it."""
    for run in state.kept["runs"].values():
        end(run, "CANCELED")
    for run in state.kept["runs"].values():
        if run.thread:
            run.thread.join()


def _check_people(request: Request) -> None:
    run_as = request.args.get("run_as", {}).get("service_principal_name")
    if run_as and run_as not in request.state.principals:
        raise invalid(f"Service principal {run_as} in run_as does not exist.")
    for entry in request.args.get("access_control_list", []):
        who = next((value for key, value in entry.items() if key != "permission_level"), "")
        if not request.state.in_workspace(who):
            raise missing(f"Principal: {who} does not exist.")


def _begin(request: Request, settings: dict[str, Any], job_id: int) -> dict[str, Any]:
    state = request.state
    check_tasks(state, settings.get("tasks", []), settings, runs=True)
    name = settings.get("run_as", {}).get("service_principal_name")
    caller = state.principals[name] if name else request.caller
    tasks = [TaskRun(state.number(), task, cluster_for(state, task, settings)) for task in settings["tasks"]]
    run = Run(state.number(), job_id, settings, caller, state.token_for(caller.name), tasks, state.now())
    state.kept["runs"][run.run_id] = run
    start(state, run)
    return {"run_id": run.run_id}


# Runs


@KIND.route("POST", f"{BASE}/runs/submit", JobsAPI.submit)
def submit(request: Request) -> dict[str, Any]:
    token = request.args.get("idempotency_token")
    for run in request.state.kept["runs"].values():
        if token and run.settings.get("idempotency_token") == token:
            return {"run_id": run.run_id}
    _check_people(request)
    return _begin(request, request.args, request.state.number())


def find_run(state: State, run_id: int) -> tuple[Run, TaskRun | None]:
    """A run by its id, or the task whose id it is."""
    if run_id in state.kept["runs"]:
        return state.kept["runs"][run_id], None
    for run in state.kept["runs"].values():
        for task in run.tasks:
            if task.run_id == run_id:
                return run, task
    raise Refused(400, "INVALID_PARAMETER_VALUE", f"Run {run_id} does not exist.")


def _state(life: str, result: str | None, message: str) -> dict[str, Any]:
    return {"life_cycle_state": life, "state_message": message, **({"result_state": result} if result else {})}


def _task(task: TaskRun) -> dict[str, Any]:
    instance = {"cluster_instance": {"cluster_id": task.cluster_id}} if task.cluster_id else {}
    return {
        **{key: value for key, value in task.spec.items() if key != "timeout_seconds"},
        **instance,
        "run_id": task.run_id,
        "state": _state(task.life, task.result, task.message),
        "start_time": task.started,
        "end_time": task.ended,
        "attempt_number": 0,
    }


def _run(state: State, run: Run) -> dict[str, Any]:
    message = next((task.message for task in run.tasks if task.result == "FAILED"), "")
    return {
        "run_id": run.run_id,
        "job_id": run.job_id,
        "run_name": run.settings.get("run_name") or run.settings.get("name") or "Untitled",
        "run_type": "JOB_RUN" if run.job_id in state.kept["jobs"] else "SUBMIT_RUN",
        "run_page_url": f"{state.url}/#job/{run.job_id}/run/{run.run_id}",
        "creator_user_name": run.caller.name,
        "start_time": run.started,
        "end_time": run.ended,
        "state": _state(run.life, run.result, message),
        "tasks": [_task(task) for task in run.tasks],
    }


@KIND.route("GET", f"{BASE}/runs/get", JobsAPI.get_run)
def run_get(request: Request) -> dict[str, Any]:
    run, task = find_run(request.state, request.args["run_id"])
    if task is None:
        return _run(request.state, run)
    return _run(request.state, run) | {"run_id": task.run_id, "state": _state(task.life, task.result, task.message)}


@KIND.route("GET", f"{BASE}/runs/get-output", JobsAPI.get_run_output)
def run_output(request: Request) -> dict[str, Any]:
    run, task = find_run(request.state, request.args["run_id"])
    if task is None:
        raise invalid(
            "Retrieving the output of runs with multiple tasks is not supported. "
            "Please retrieve the output of each individual task run instead."
        )
    answer: dict[str, Any] = {"metadata": _run(request.state, run), "logs": task.logs, "logs_truncated": False}
    if task.result == "FAILED":
        answer |= {"error": task.message, "error_trace": task.trace}
    return answer


@KIND.route("POST", f"{BASE}/runs/cancel", JobsAPI.cancel_run)
def run_cancel(request: Request) -> None:
    run, _ = find_run(request.state, int(request.args["run_id"]))
    if not run.ended:
        end(run, "CANCELED")


@KIND.route("GET", f"{BASE}/runs/list", JobsAPI.list_runs)
def run_list(request: Request) -> dict[str, Any]:
    job = request.args.get("job_id")
    found = [run for run in request.state.kept["runs"].values() if job in (None, run.job_id)]
    if request.args.get("active_only"):
        found = [run for run in found if not run.ended]
    return {"runs": [_run(request.state, run) for run in reversed(found)], "has_more": False}


# Jobs


def _job(request: Request) -> dict[str, Any]:
    found = request.state.kept["jobs"].get(int(request.args["job_id"]))
    if found is None:
        raise Refused(400, "INVALID_PARAMETER_VALUE", f"Job {request.args['job_id']} does not exist.")
    return found


@KIND.route("POST", f"{BASE}/create", JobsAPI.create)
def job_create(request: Request) -> dict[str, Any]:
    _check_people(request)
    check_tasks(request.state, request.args.get("tasks", []), request.args, runs=False)
    job_id = request.state.number()
    settings = {key: value for key, value in request.args.items() if key != "access_control_list"}
    request.state.kept["jobs"][job_id] = {
        "job_id": job_id,
        "creator_user_name": request.caller.name,
        "created_time": request.state.now(),
        "settings": {"name": "Untitled", "max_concurrent_runs": 1, "format": "MULTI_TASK", **settings},
    }
    set_permissions(request.state, "jobs", str(job_id), request.args.get("access_control_list", []))
    return {"job_id": job_id}


@KIND.route("GET", f"{BASE}/list", JobsAPI.list)
def job_list(request: Request) -> dict[str, Any]:
    name = request.args.get("name")
    found = [one for one in request.state.kept["jobs"].values() if name in (None, one["settings"]["name"])]
    answer = request.page("jobs", found, "limit", 20)
    return answer | {"has_more": "next_page_token" in answer}


@KIND.route("GET", f"{BASE}/get", JobsAPI.get)
def job_get(request: Request) -> dict[str, Any]:
    return _job(request)


@KIND.route("POST", f"{BASE}/delete", JobsAPI.delete)
def job_delete(request: Request) -> None:
    gone = _job(request)
    del request.state.kept["jobs"][gone["job_id"]]
    drop_permissions(request.state, "jobs", str(gone["job_id"]))


@KIND.route("POST", f"{BASE}/run-now", JobsAPI.run_now)
def job_run_now(request: Request) -> dict[str, Any]:
    if set(request.args) - {"job_id", "idempotency_token"}:
        raise invalid("the double runs jobs as they are, without parameters")
    found = _job(request)
    return _begin(request, found["settings"], found["job_id"])

"""MLflow's experiments, runs and logged models. Their files are put by the Files API, under /WorkspaceInternal."""

from __future__ import annotations

import uuid
from typing import Any

from mlflow.protos import service_pb2 as messages

from ..errors import Refused, bad_state, exists, invalid, missing
from ..kind import Kind, Request
from ..kinds.folders import is_folder, plain
from ..state import State
from .messages import mlflow_route

KIND = Kind(
    "experiment",
    counts=lambda state: {
        "experiments": sum(one["lifecycle_stage"] == "active" for one in state.kept["experiments"].values())
    },
)
_ROOT = "dbfs:/databricks/mlflow-tracking"
_MOST = {"metrics": 1000, "params": 100, "tags": 100}  # in one call
_LONGEST_PARAMETER = 500


# Experiments


@mlflow_route(KIND, messages.CreateExperiment)
def experiment_create(request: Request) -> dict[str, Any]:
    """It is an object of the workspace: at an absolute path, in a folder that is there, kept without /Workspace."""
    state, name = request.state, request.args["name"]
    if not name.startswith("/"):
        raise invalid(f"Got an invalid experiment name '{name}'. It must be an absolute path within the workspace.")
    if "artifact_location" in request.args:
        raise invalid("the double keeps artifacts in its own place only")
    path = plain(name)
    if path in state.kept["workspace"] or is_folder(state, path):
        raise exists(f"Node named '{path.rpartition('/')[2]}' already exists")
    if not is_folder(state, path.rpartition("/")[0]):
        raise missing(f"Parent directory {path.rpartition('/')[0]} does not exist.")
    number, now = str(state.number()), state.now()
    state.kept["experiments"][number] = {
        "experiment_id": number,
        "name": path,
        "artifact_location": f"{_ROOT}/{number}",
        "lifecycle_stage": "active",
        "creation_time": now,
        "last_update_time": now,
        "tags": request.args.get("tags", []),
    }
    _show(state, number)
    return {"experiment_id": number}


def _show(state: State, number: str) -> None:
    path = state.kept["experiments"][number]["name"]
    state.kept["workspace"][path] = {"object_type": "MLFLOW_EXPERIMENT", "object_id": int(number), "path": path}


def _experiment(request: Request) -> dict[str, Any]:
    return _of_id(request.state, "experiments", request.args["experiment_id"], "Node ID {} does not exist.")


def _of_id(state: State, what: str, identity: str, lacking: str) -> dict[str, Any]:
    if identity not in state.kept[what]:
        raise missing(lacking.format(identity))
    found: dict[str, Any] = state.kept[what][identity]
    return found


@mlflow_route(KIND, messages.GetExperimentByName)
def experiment_by_name(request: Request) -> dict[str, Any]:
    """By exactly the name it is kept under: one that begins with /Workspace is not found (mlflow/mlflow#11077)."""
    name = request.args["experiment_name"]
    found = [one for one in request.state.kept["experiments"].values() if one["name"] == name]
    if not found:
        raise missing(f"Could not find experiment with name {name}")
    return {"experiment": min(found, key=lambda one: one["lifecycle_stage"] != "active")}


@mlflow_route(KIND, messages.GetExperiment)
def experiment_get(request: Request) -> dict[str, Any]:
    return {"experiment": _experiment(request)}


@mlflow_route(KIND, messages.DeleteExperiment)
def experiment_delete(request: Request) -> None:
    """Into the waste-basket."""
    found = _experiment(request)
    if found["lifecycle_stage"] == "deleted":
        raise missing(f"Node ID {found['experiment_id']} does not exist.")
    found["lifecycle_stage"] = "deleted"
    del request.state.kept["workspace"][found["name"]]


@mlflow_route(KIND, messages.RestoreExperiment)
def experiment_restore(request: Request) -> None:
    found, state = _experiment(request), request.state
    if found["name"] in state.kept["workspace"]:
        raise exists(f"Node named '{found['name']}' already exists")
    if not is_folder(state, found["name"].rpartition("/")[0]):
        raise missing(f"Parent directory of {found['name']} does not exist.")
    found["lifecycle_stage"] = "active"
    _show(state, found["experiment_id"])


# Runs


@mlflow_route(KIND, messages.CreateRun)
def run_create(request: Request) -> dict[str, Any]:
    args, identity = request.args, uuid.uuid4().hex
    experiment = _experiment(request)
    if experiment["lifecycle_stage"] != "active":
        raise bad_state(f"The experiment {experiment['experiment_id']} must be in the 'active' state.")
    name = args.get("run_name", identity[:8])
    info = {
        "run_id": identity,
        "run_uuid": identity,
        "run_name": name,
        "experiment_id": experiment["experiment_id"],
        "user_id": request.caller.name,
        "status": "RUNNING",
        "start_time": args.get("start_time", request.state.now()),
        "artifact_uri": f"{experiment['artifact_location']}/{identity}/artifacts",
        "lifecycle_stage": "active",
    }
    tags = {tag["key"]: tag["value"] for tag in args.get("tags", [])} | {"mlflow.runName": name}
    run = {"info": info, "metrics": {}, "params": {}, "tags": tags, "datasets": [], "outputs": []}
    request.state.kept["experiment_runs"][identity] = run
    return {"run": _shown(run)}


def _run(request: Request) -> dict[str, Any]:
    return _of_id(request.state, "experiment_runs", request.args.get("run_id", ""), "Run '{}' not found.")


def _shown(run: dict[str, Any]) -> dict[str, Any]:
    pairs = {kind: [{"key": key, "value": value} for key, value in run[kind].items()] for kind in ("params", "tags")}
    inputs, outputs = {"dataset_inputs": run["datasets"]}, {"model_outputs": run["outputs"]}
    return {
        "info": run["info"],
        "data": {**pairs, "metrics": [*run["metrics"].values()]},
        "inputs": inputs,
        "outputs": outputs,
    }


@mlflow_route(KIND, messages.GetRun)
def run_get(request: Request) -> dict[str, Any]:
    return {"run": _shown(_run(request))}


@mlflow_route(KIND, messages.UpdateRun)
def run_update(request: Request) -> dict[str, Any]:
    run = _run(request)
    changed = {key: request.args[key] for key in ("status", "end_time", "run_name") if key in request.args}
    run["info"] |= changed
    return {"run_info": run["info"]}


@mlflow_route(KIND, messages.LogBatch)
def run_log(request: Request) -> None:
    run, args = _run(request), request.args
    for kind, most in _MOST.items():
        if len(args.get(kind, ())) > most:
            raise invalid(f"A batch logging request can contain at most {most} {kind}.")
    params = {one["key"]: one.get("value", "") for one in args.get("params", ())}
    for key, value in params.items():
        if len(value) > _LONGEST_PARAMETER:
            raise invalid(f"Param value '{value[:40]}...' had length {len(value)}, more than {_LONGEST_PARAMETER}.")
        if run["params"].get(key, value) != value:
            raise invalid(f"Changing param values is not allowed. Param with key='{key}' was already logged.")
    run["params"] |= params
    run["tags"] |= {one["key"]: one.get("value", "") for one in args.get("tags", ())}
    run["metrics"] |= {one["key"]: one for one in args.get("metrics", ())}


@mlflow_route(KIND, messages.LogInputs)
def run_inputs(request: Request) -> None:
    _run(request)["datasets"] += request.args.get("datasets", [])


@mlflow_route(KIND, messages.LogOutputs)
def run_outputs(request: Request) -> None:
    run = _run(request)
    for one in request.args.get("models", ()):
        _logged(request.state, one["model_id"])
        run["outputs"].append(one)


# Logged models


@mlflow_route(KIND, messages.CreateLoggedModel)
def logged_create(request: Request) -> dict[str, Any]:
    args, identity, now = request.args, f"m-{uuid.uuid4().hex}", request.state.now()
    experiment = _experiment(request)
    if args.get("source_run_id") and args["source_run_id"] not in request.state.kept["experiment_runs"]:
        raise missing(f"Run '{args['source_run_id']}' not found.")
    info = {
        "model_id": identity,
        "experiment_id": experiment["experiment_id"],
        "name": args.get("name", identity),
        "creation_timestamp_ms": now,
        "last_updated_timestamp_ms": now,
        "artifact_uri": f"{experiment['artifact_location']}/logged_models/{identity}/artifacts",
        "status": "LOGGED_MODEL_PENDING",
        "tags": args.get("tags", []),
        **{key: args[key] for key in ("model_type", "source_run_id") if key in args},
    }
    request.state.kept["logged_models"][identity] = info
    return {"model": {"info": info, "data": {"params": args.get("params", [])}}}


def _logged(state: State, identity: str) -> dict[str, Any]:
    return _of_id(state, "logged_models", identity, "Logged model with ID '{}' not found.")


@mlflow_route(KIND, messages.GetLoggedModel)
def logged_get(request: Request) -> dict[str, Any]:
    return {"model": {"info": _logged(request.state, request.args["model_id"])}}


@mlflow_route(KIND, messages.FinalizeLoggedModel)
def logged_finalize(request: Request) -> dict[str, Any]:
    found = _logged(request.state, request.args["model_id"])
    if request.args["status"] not in ("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"):
        raise Refused(400, "INVALID_PARAMETER_VALUE", f"Invalid model status: {request.args['status']}.")
    found |= {"status": request.args["status"], "last_updated_timestamp_ms": request.state.now()}
    return {"model": {"info": found}}

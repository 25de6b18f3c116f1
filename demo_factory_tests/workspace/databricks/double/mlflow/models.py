"""Models in Unity Catalog as MLflow registers them: versions, aliases, tags. Their files lie under /Models."""

from __future__ import annotations

from typing import Any

from mlflow.protos import databricks_uc_registry_messages_pb2 as messages

from ..errors import bad_state, exists, invalid, missing
from ..kind import Kind, Request
from ..kinds.models import add_version, aliases_of, set_alias
from ..securables import create_in_schema, named, need
from ..state import Securable
from .messages import mlflow_route

KIND = Kind("mlflow_model")


def _version(request: Request, model: Securable) -> int:
    number = request.args["version"]
    if not number.isdigit() or int(number) not in model.versions:
        raise missing(f"Model version '{model.name}' version {number} does not exist.")
    return int(number)


def _shown(model: Securable) -> dict[str, Any]:
    return {
        "name": model.name,
        "creation_timestamp": model.info["created_at"],
        "last_updated_timestamp": model.info["updated_at"],
        "user_id": model.owner,
        "description": model.info.get("comment", ""),
        "aliases": [{"alias": alias, "version": str(number)} for alias, number in aliases_of(model).items()],
        "tags": model.info.get("model_tags", []),
    }


def _shown_version(model: Securable, number: int) -> dict[str, Any]:
    about = model.versions[number]
    kept = {key: about[key] for key in ("run_id", "source", "status", "user_id", "model_id", "tags") if key in about}
    return {
        "name": model.name,
        "version": str(number),
        "creation_timestamp": about["created_at"],
        "last_updated_timestamp": about["updated_at"],
        "description": about.get("comment", ""),
        "storage_location": f"s3://double/{model.name}/{number}",  # which nobody but Unity Catalog may reach
        "aliases": [{"alias": alias, "version": str(one)} for alias, one in aliases_of(model).items() if one == number],
        **kept,
    }


# Models


@mlflow_route(KIND, messages.CreateRegisteredModelRequest)
def model_create(request: Request) -> dict[str, Any]:
    args, state = request.args, request.state
    if args["name"].count(".") != 2:
        raise invalid(f"Model name '{args['name']}' is not valid: please specify all three levels of it.")
    schema, _, name = args["name"].rpartition(".")
    if ("model", args["name"].lower()) in state.securables:
        raise exists(f"Registered model '{args['name']}' already exists.")
    about = {"comment": args.get("description"), "model_tags": args.get("tags")}
    made = create_in_schema(request, "model", schema, name, **about)
    return {"registered_model": _shown(made)}


@mlflow_route(KIND, messages.GetRegisteredModelRequest)
def model_get(request: Request) -> dict[str, Any]:
    return {"registered_model": _shown(named(request, "model"))}


@mlflow_route(KIND, messages.DeleteRegisteredModelRequest)
def model_delete(request: Request) -> None:
    request.state.drop(named(request, "model", manage=True))


# Versions


@mlflow_route(KIND, messages.CreateModelVersionRequest)
def version_create(request: Request) -> dict[str, Any]:
    args, state, model = request.args, request.state, named(request, "model")
    if model.owner != request.caller.name:
        need(request, model, "CREATE_MODEL_VERSION")
    if args.get("run_id") and args["run_id"] not in state.kept["experiment_runs"]:
        raise missing(f"Run '{args['run_id']}' not found.")
    if args.get("model_id") and args["model_id"] not in state.kept["logged_models"]:
        raise missing(f"Logged model with ID '{args['model_id']}' not found.")
    now = state.now()
    about = {key: args[key] for key in ("run_id", "source", "model_id", "tags") if key in args}
    stamps = {"created_at": now, "updated_at": now, "user_id": request.caller.name}
    pending = {"status": "PENDING_REGISTRATION", "comment": args.get("description", "")}
    number = add_version(state, model.name, **about, **stamps, **pending)
    return {"model_version": _shown_version(model, number)}


@mlflow_route(KIND, messages.FinalizeModelVersionRequest)
def version_finalize(request: Request) -> dict[str, Any]:
    model = named(request, "model")
    number = _version(request, model)
    if not (request.state.files_of(model) / str(number) / "MLmodel").is_file():
        raise bad_state(f"Model version '{model.name}' version {number} has no MLmodel file yet.")
    model.versions[number] |= {"status": "READY", "updated_at": request.state.now()}
    return {"model_version": _shown_version(model, number)}


@mlflow_route(KIND, messages.GetModelVersionRequest)
def version_get(request: Request) -> dict[str, Any]:
    model = named(request, "model")
    return {"model_version": _shown_version(model, _version(request, model))}


@mlflow_route(KIND, messages.UpdateModelVersionRequest)
def version_update(request: Request) -> dict[str, Any]:
    model = named(request, "model", manage=True)
    number = _version(request, model)
    changed = {"comment": request.args.get("description", ""), "updated_at": request.state.now()}
    model.versions[number] |= changed
    return {"model_version": _shown_version(model, number)}


# Aliases


@mlflow_route(KIND, messages.SetRegisteredModelAliasRequest)
def alias_set(request: Request) -> None:
    model = named(request, "model", manage=True)
    set_alias(model, request.args["alias"], _version(request, model))


@mlflow_route(KIND, messages.GetModelVersionByAliasRequest)
def version_by_alias(request: Request) -> dict[str, Any]:
    model, alias = named(request, "model"), request.args["alias"]
    if alias not in aliases_of(model):
        raise missing(f"Registered model alias '{alias}' not found.")
    return {"model_version": _shown_version(model, aliases_of(model)[alias])}


# Where the files are


@mlflow_route(KIND, messages.IsDatabricksSdkModelsArtifactRepositoryEnabledRequest)
def by_sdk(request: Request) -> dict[str, Any]:
    """Files of versions go by the Files API, as a workspace may say; else MLflow wants its cloud's own library."""
    return {"is_databricks_sdk_models_artifact_repository_enabled": True}


@mlflow_route(KIND, messages.EmitModelVersionLineageRequest)
def lineage(request: Request) -> None:
    _version(request, named(request, "model"))

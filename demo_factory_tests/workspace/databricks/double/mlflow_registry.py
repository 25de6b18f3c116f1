"""Models in Unity Catalog as MLflow registers them: versions, aliases, tags. Their files lie under /Models."""

from __future__ import annotations

from typing import Any

from mlflow.protos import databricks_uc_registry_messages_pb2 as messages

from .catalog import create
from .errors import bad_state, exists, invalid, missing
from .mlflow_messages import mlflow_route
from .models import add_version
from .rights import need, need_manage, need_sight
from .routes import Request
from .state import Securable


def _model(request: Request) -> Securable:
    found = request.state.get("model", request.args["name"])
    need_sight(request.state, request.caller, found)
    return found


def _version(request: Request, model: Securable) -> int:
    number = request.args["version"]
    if not number.isdigit() or int(number) not in model.info.get("versions", {}):
        raise missing(f"Model version '{model.name}' version {number} does not exist.")
    return int(number)


def _shown(model: Securable) -> dict[str, Any]:
    return {
        "name": model.name,
        "creation_timestamp": model.info["created_at"],
        "last_updated_timestamp": model.info["updated_at"],
        "user_id": model.owner,
        "description": model.info.get("comment", ""),
        "aliases": [{"alias": alias, "version": str(number)} for alias, number in _aliases(model).items()],
        "tags": model.info.get("model_tags", []),
    }


def _aliases(model: Securable) -> dict[str, int]:
    return {one["alias_name"]: one["version_num"] for one in model.info.get("aliases", ())}


def _shown_version(model: Securable, number: int) -> dict[str, Any]:
    about = model.info["versions"][number]
    kept = {key: about[key] for key in ("run_id", "source", "status", "user_id", "model_id", "tags") if key in about}
    return {
        "name": model.name,
        "version": str(number),
        "creation_timestamp": about["created_at"],
        "last_updated_timestamp": about["updated_at"],
        "description": about.get("comment", ""),
        "storage_location": f"s3://double/{model.name}/{number}",  # which nobody but Unity Catalog may reach
        "aliases": [{"alias": alias, "version": str(one)} for alias, one in _aliases(model).items() if one == number],
        **kept,
    }


# Models


@mlflow_route(messages.CreateRegisteredModelRequest)
def model_create(request: Request) -> dict[str, Any]:
    args, state = request.args, request.state
    if args["name"].count(".") != 2:
        raise invalid(f"Model name '{args['name']}' is not valid: please specify all three levels of it.")
    catalog, schema, name = args["name"].split(".")
    parent = state.get("schema", f"{catalog}.{schema}")
    need(state, request.caller, parent, "USE_SCHEMA")
    need(state, request.caller, parent, "CREATE_MODEL")
    if ("model", args["name"].lower()) in state.securables:
        raise exists(f"Registered model '{args['name']}' already exists.")
    about = {"catalog_name": catalog, "schema_name": schema, "comment": args.get("description")}
    made = create(state, request.caller, "model", parent, name, **about, model_tags=args.get("tags"))
    return {"registered_model": _shown(made)}


@mlflow_route(messages.GetRegisteredModelRequest)
def model_get(request: Request) -> dict[str, Any]:
    return {"registered_model": _shown(_model(request))}


@mlflow_route(messages.DeleteRegisteredModelRequest)
def model_delete(request: Request) -> None:
    found = _model(request)
    need_manage(request.state, request.caller, found)
    request.state.drop(found)


# Versions


@mlflow_route(messages.CreateModelVersionRequest)
def version_create(request: Request) -> dict[str, Any]:
    args, state, model = request.args, request.state, _model(request)
    if model.owner != request.caller.name:
        need(state, request.caller, model, "CREATE_MODEL_VERSION")
    if args.get("run_id") and args["run_id"] not in state.experiment_runs:
        raise missing(f"Run '{args['run_id']}' not found.")
    if args.get("model_id") and args["model_id"] not in state.logged_models:
        raise missing(f"Logged model with ID '{args['model_id']}' not found.")
    now = state.now()
    about = {key: args[key] for key in ("run_id", "source", "model_id", "tags") if key in args}
    stamps = {"created_at": now, "updated_at": now, "user_id": request.caller.name}
    pending = {"status": "PENDING_REGISTRATION", "comment": args.get("description", "")}
    number = add_version(state, model.name, **about, **stamps, **pending)
    return {"model_version": _shown_version(model, number)}


@mlflow_route(messages.FinalizeModelVersionRequest)
def version_finalize(request: Request) -> dict[str, Any]:
    model = _model(request)
    number = _version(request, model)
    if not request.state.folder.joinpath("Models", *model.name.split("."), str(number), "MLmodel").is_file():
        raise bad_state(f"Model version '{model.name}' version {number} has no MLmodel file yet.")
    model.info["versions"][number] |= {"status": "READY", "updated_at": request.state.now()}
    return {"model_version": _shown_version(model, number)}


@mlflow_route(messages.GetModelVersionRequest)
def version_get(request: Request) -> dict[str, Any]:
    model = _model(request)
    return {"model_version": _shown_version(model, _version(request, model))}


@mlflow_route(messages.UpdateModelVersionRequest)
def version_update(request: Request) -> dict[str, Any]:
    model = _model(request)
    number = _version(request, model)
    need_manage(request.state, request.caller, model)
    changed = {"comment": request.args.get("description", ""), "updated_at": request.state.now()}
    model.info["versions"][number] |= changed
    return {"model_version": _shown_version(model, number)}


# Aliases


@mlflow_route(messages.SetRegisteredModelAliasRequest)
def alias_set(request: Request) -> None:
    model, alias = _model(request), request.args["alias"]
    number = _version(request, model)
    need_manage(request.state, request.caller, model)
    kept = [one for one in model.info.get("aliases", []) if one["alias_name"] != alias]
    model.info["aliases"] = [*kept, {"alias_name": alias, "version_num": number}]


@mlflow_route(messages.GetModelVersionByAliasRequest)
def version_by_alias(request: Request) -> dict[str, Any]:
    model, alias = _model(request), request.args["alias"]
    if alias not in _aliases(model):
        raise missing(f"Registered model alias '{alias}' not found.")
    return {"model_version": _shown_version(model, _aliases(model)[alias])}


# Where the files are


@mlflow_route(messages.IsDatabricksSdkModelsArtifactRepositoryEnabledRequest)
def by_sdk(request: Request) -> dict[str, Any]:
    """Files of versions go by the Files API, as a workspace may say; else MLflow wants its cloud's own library."""
    return {"is_databricks_sdk_models_artifact_repository_enabled": True}


@mlflow_route(messages.EmitModelVersionLineageRequest)
def lineage(request: Request) -> None:
    _version(request, _model(request))

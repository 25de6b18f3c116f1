"""Registered models and their aliases. Versions are MLflow's to make (`mlflow_registry`)."""

from __future__ import annotations

from typing import Any

from databricks.sdk.service.catalog import ModelVersionsAPI, RegisteredModelsAPI

from .catalog import UC, create, of_kind, page, shown, update
from .errors import missing
from .rights import need, need_manage, need_sight
from .routes import Request, route
from .state import Securable, State


def add_version(state: State, model: str, **about: Any) -> int:
    """A new version of a model, as MLflow registers it. Returns its number."""
    found = state.get("model", model)
    versions = found.info.setdefault("versions", {})
    number = max(versions, default=0) + 1
    versions[number] = {"status": "READY", **about}
    return int(number)


def _model(found: Securable) -> dict[str, Any]:
    return {name: value for name, value in shown(found).items() if name != "versions"}


@route("POST", f"{UC}/models", RegisteredModelsAPI.create)
def model_create(request: Request) -> dict[str, Any]:
    args = dict(request.args)
    parent = request.state.get("schema", f"{args.pop('catalog_name')}.{args.pop('schema_name')}")
    need(request.state, request.caller, parent, "USE_SCHEMA")
    need(request.state, request.caller, parent, "CREATE_MODEL")
    catalog, _, schema = parent.name.partition(".")
    made = create(
        request.state,
        request.caller,
        "model",
        parent,
        args.pop("name"),
        catalog_name=catalog,
        schema_name=schema,
        **args,
    )
    return _model(made)


@route("GET", f"{UC}/models", RegisteredModelsAPI.list)
def model_list(request: Request) -> dict[str, Any]:
    names = [request.args.get("catalog_name"), request.args.get("schema_name")]
    parent = ".".join(name for name in names if name)
    found = [
        one for one in of_kind(request.state, "model") if f"{one.name}.".startswith(f"{parent}." if parent else "")
    ]
    answer = page(request, "registered_models", found)
    for one in answer["registered_models"]:
        one.pop("versions", None)
    return answer


@route("GET", f"{UC}/models/{{full_name}}", RegisteredModelsAPI.get)
def model_get(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    answer = _model(found)
    if not request.args.get("include_aliases"):
        answer.pop("aliases", None)
    return answer


@route("PATCH", f"{UC}/models/{{full_name}}", RegisteredModelsAPI.update)
def model_update(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    update(request, found, "comment")
    return _model(found)


@route("DELETE", f"{UC}/models/{{full_name}}", RegisteredModelsAPI.delete)
def model_delete(request: Request) -> None:
    found = request.state.get("model", request.args["full_name"])
    need_manage(request.state, request.caller, found)
    request.state.drop(found)


@route("PUT", f"{UC}/models/{{full_name}}/aliases/{{alias}}", RegisteredModelsAPI.set_alias)
def alias_set(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    need_manage(request.state, request.caller, found)
    version, alias = int(request.args["version_num"]), request.args["alias"]
    if version not in found.info.get("versions", {}):
        raise missing(f"Model version '{found.name}' version {version} does not exist.")
    kept = [one for one in found.info.get("aliases", []) if one["alias_name"] != alias]
    found.info["aliases"] = [*kept, {"alias_name": alias, "version_num": version}]
    return {"alias_name": alias, "version_num": version}


@route("DELETE", f"{UC}/models/{{full_name}}/aliases/{{alias}}", RegisteredModelsAPI.delete_alias)
def alias_delete(request: Request) -> None:
    found = request.state.get("model", request.args["full_name"])
    need_manage(request.state, request.caller, found)
    kept = [one for one in found.info.get("aliases", []) if one["alias_name"] != request.args["alias"]]
    if len(kept) == len(found.info.get("aliases", [])):
        raise missing(f"Alias '{request.args['alias']}' does not exist on registered model '{found.name}'.")
    found.info["aliases"] = kept


@route("GET", f"{UC}/models/{{full_name}}/aliases/{{alias}}", ModelVersionsAPI.get_by_alias)
def version_by_alias(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    for one in found.info.get("aliases", []):
        if one["alias_name"] == request.args["alias"]:
            return _version(found, one["version_num"])
    raise missing(f"Alias '{request.args['alias']}' does not exist on registered model '{found.name}'.")


@route("GET", f"{UC}/models/{{full_name}}/versions", ModelVersionsAPI.list)
def version_list(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    return {"model_versions": [_version(found, number) for number in reversed(found.info.get("versions", {}))]}


@route("GET", f"{UC}/models/{{full_name}}/versions/{{version}}", ModelVersionsAPI.get)
def version_get(request: Request) -> dict[str, Any]:
    found = request.state.get("model", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    if request.args["version"] not in found.info.get("versions", {}):
        raise missing(f"Model version '{found.name}' version {request.args['version']} does not exist.")
    return _version(found, request.args["version"])


@route("DELETE", f"{UC}/models/{{full_name}}/versions/{{version}}", ModelVersionsAPI.delete)
def version_delete(request: Request) -> None:
    found = request.state.get("model", request.args["full_name"])
    need_manage(request.state, request.caller, found)
    if request.args["version"] not in found.info.get("versions", {}):
        raise missing(f"Model version '{found.name}' version {request.args['version']} does not exist.")
    del found.info["versions"][request.args["version"]]


def _version(model: Securable, number: int) -> dict[str, Any]:
    catalog, schema, name = model.name.split(".")
    about = model.info["versions"][number]
    shown_too = {key: about[key] for key in ("status", "run_id", "source", "comment") if key in about}
    return {"catalog_name": catalog, "schema_name": schema, "model_name": name, "version": number, **shown_too}

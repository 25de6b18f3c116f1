"""Registered models and their aliases. Versions are MLflow's to make (`double/mlflow`)."""

from __future__ import annotations

from typing import Any

from databricks.sdk.service.catalog import ModelVersionsAPI, RegisteredModelsAPI

from ..errors import missing
from ..kind import Kind, Request
from ..securables import EVERY, UC, create_in_schema, named, schema_of, serve, shown, visible
from ..state import Securable, State

KIND = Kind(
    "model",
    privileges=EVERY | {"EXECUTE", "APPLY_TAG", "CREATE_MODEL_VERSION"},
    within="schema",
    counts=lambda state: {
        "model_versions": sum(len(one.versions) for one in state.of_kind("model")),
        "aliases": sum(len(aliases_of(one)) for one in state.of_kind("model")),
        "model_files": state.number_of_files("Models"),
    },
)
_MODEL = f"{UC}/models/{{full_name}}"


def add_version(state: State, model: str, **about: Any) -> int:
    """A new version of a model, as MLflow registers it. Returns its number."""
    found = state.get("model", model)
    number = max(found.versions, default=0) + 1
    found.versions[number] = {"status": "READY", **about}
    return number


def aliases_of(model: Securable) -> dict[str, int]:
    """The version of each alias."""
    return {one["alias_name"]: one["version_num"] for one in model.info.get("aliases", ())}


def set_alias(model: Securable, alias: str, number: int) -> None:
    """Point an alias at a version."""
    _keep(model, aliases_of(model) | {alias: number})


def _keep(model: Securable, aliases: dict[str, int]) -> None:
    model.info["aliases"] = [{"alias_name": alias, "version_num": number} for alias, number in aliases.items()]


@KIND.route("POST", f"{UC}/models", RegisteredModelsAPI.create)
def model_create(request: Request) -> dict[str, Any]:
    schema = schema_of(request)
    return shown(create_in_schema(request, "model", schema, request.args.pop("name"), **request.args))


@KIND.route("GET", f"{UC}/models", RegisteredModelsAPI.list)
def model_list(request: Request) -> dict[str, Any]:
    parent = [request.args[name] for name in ("catalog_name", "schema_name") if name in request.args]
    found = request.state.of_kind("model")
    return visible(request, "registered_models", [one for one in found if one.name.split(".")[: len(parent)] == parent])


@KIND.route("GET", _MODEL, RegisteredModelsAPI.get)
def model_get(request: Request) -> dict[str, Any]:
    hidden = () if request.args.get("include_aliases") else ("aliases",)
    return {name: value for name, value in shown(named(request, "model")).items() if name not in hidden}


serve(KIND, _MODEL, update=RegisteredModelsAPI.update, delete=RegisteredModelsAPI.delete, fields=("comment",))


# Aliases and versions


def _number(request: Request, model: Securable, name: str = "version") -> int:
    number = int(request.args[name])
    if number not in model.versions:
        raise missing(f"Model version '{model.name}' version {number} does not exist.")
    return number


def _alias(request: Request, model: Securable) -> str:
    alias = str(request.args["alias"])
    if alias not in aliases_of(model):
        raise missing(f"Alias '{alias}' does not exist on registered model '{model.name}'.")
    return alias


def _version(model: Securable, number: int) -> dict[str, Any]:
    catalog, schema, name = model.name.split(".")
    about = model.versions[number]
    shown_too = {key: about[key] for key in ("status", "run_id", "source", "comment") if key in about}
    return {"catalog_name": catalog, "schema_name": schema, "model_name": name, "version": number, **shown_too}


@KIND.route("PUT", f"{_MODEL}/aliases/{{alias}}", RegisteredModelsAPI.set_alias)
def alias_set(request: Request) -> dict[str, Any]:
    found = named(request, "model", manage=True)
    number, alias = _number(request, found, "version_num"), request.args["alias"]
    set_alias(found, alias, number)
    return {"alias_name": alias, "version_num": number}


@KIND.route("DELETE", f"{_MODEL}/aliases/{{alias}}", RegisteredModelsAPI.delete_alias)
def alias_delete(request: Request) -> None:
    found = named(request, "model", manage=True)
    gone = _alias(request, found)
    _keep(found, {alias: number for alias, number in aliases_of(found).items() if alias != gone})


@KIND.route("GET", f"{_MODEL}/aliases/{{alias}}", ModelVersionsAPI.get_by_alias)
def version_by_alias(request: Request) -> dict[str, Any]:
    found = named(request, "model")
    return _version(found, aliases_of(found)[_alias(request, found)])


@KIND.route("GET", f"{_MODEL}/versions", ModelVersionsAPI.list)
def version_list(request: Request) -> dict[str, Any]:
    found = named(request, "model")
    return {"model_versions": [_version(found, number) for number in reversed(found.versions)]}


@KIND.route("GET", f"{_MODEL}/versions/{{version}}", ModelVersionsAPI.get)
def version_get(request: Request) -> dict[str, Any]:
    found = named(request, "model")
    return _version(found, _number(request, found))


@KIND.route("DELETE", f"{_MODEL}/versions/{{version}}", ModelVersionsAPI.delete)
def version_delete(request: Request) -> None:
    found = named(request, "model", manage=True)
    del found.versions[_number(request, found)]

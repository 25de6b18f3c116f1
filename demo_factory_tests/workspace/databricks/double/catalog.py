"""Catalogs, schemas, volumes and the metastore."""

from __future__ import annotations

import uuid
from typing import Any

from databricks.sdk.service.catalog import CatalogsAPI, MetastoresAPI, SchemasAPI, VolumesAPI

from .errors import Refused, bad_state, exists, invalid
from .rights import metastore, need, need_manage, need_sight, new_owner, sees, valid_name
from .routes import Request, route
from .state import Principal, Securable, State

UC = "/api/2.1/unity-catalog"


def create(state: State, caller: Principal, kind: str, parent: Securable | None, name: str, **info: Any) -> Securable:
    """A new object of the caller's, its name free; `info` is what the API shows of it besides."""
    short = valid_name(name)
    full = f"{parent.name}.{short}" if parent else short
    if (kind, full) in state.securables:
        raise exists(f"{kind.title()} '{full}' already exists", f"{kind.upper()}_ALREADY_EXISTS")
    limit = state.limits.get(kind)
    if limit is not None and len([one for one in state.securables.values() if one.kind == kind]) >= limit:
        what = f"{parent.kind.title()} {parent.name}" if parent else "Metastore"
        message = f"Cannot create 1 {kind.title()}(s) in {what} (estimated count: {limit}, limit: {limit})."
        raise Refused(400, "QUOTA_EXCEEDED", message)
    now = state.now()
    stamps = {"created_at": now, "created_by": caller.name, "updated_at": now, "updated_by": caller.name}
    names = {"name": short, "full_name": full, "metastore_id": state.metastore_id}
    kept = {key: value for key, value in info.items() if value is not None}
    made = Securable(kind, full, caller.name, names | stamps | kept)
    state.securables[kind, full] = made
    return made


def shown(securable: Securable) -> dict[str, Any]:
    """An object as the API shows it."""
    return securable.info | {"owner": securable.owner}


def update(request: Request, securable: Securable, *fields: str) -> dict[str, Any]:
    """Change an object's owner and these fields."""
    need_manage(request.state, request.caller, securable)
    if "new_name" in request.args:
        raise invalid("the double does not rename")
    if "owner" in request.args:
        new_owner(request.state, request.caller, securable, request.args["owner"])
    for field in fields:
        if field in request.args:
            securable.info[field] = request.args[field]
    securable.info |= {"updated_at": request.state.now(), "updated_by": request.caller.name}
    return shown(securable)


def page(request: Request, name: str, found: list[Securable]) -> dict[str, Any]:
    """What the caller sees of a list, `max_results` at a time."""
    seen = [shown(one) for one in found if sees(request.state, request.caller, one)]
    start, size = int(request.args.get("page_token", 0)), request.args.get("max_results", 0)
    end = start + size if size else len(seen)
    return {name: seen[start:end]} | ({"next_page_token": str(end)} if end < len(seen) else {})


def of_kind(state: State, kind: str, parent: str = "") -> list[Securable]:
    """All of a kind, by name."""
    found = [one for (k, _), one in sorted(state.securables.items()) if k == kind]
    return [one for one in found if not parent or one.parent == parent.lower()]


@route("GET", f"{UC}/metastore_summary", MetastoresAPI.summary)
def summary(request: Request) -> dict[str, Any]:
    state = request.state
    return {
        "metastore_id": state.metastore_id,
        "name": "double",
        "owner": state.metastore_owner,
        "cloud": "aws",
        "region": "local",
        "global_metastore_id": f"aws:local:{state.metastore_id}",
        "privilege_model_version": "1.0",
    }


# Catalogs


def create_catalog(state: State, caller: Principal, name: str, **info: Any) -> Securable:
    """A catalog with its `default` and `information_schema`, as a workspace makes it."""
    need(state, caller, metastore(state), "CREATE_CATALOG")
    kinds = {"catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN", "securable_type": "CATALOG"}
    made = create(state, caller, "catalog", None, name, **kinds, **info)
    create(state, caller, "schema", made, "default", catalog_name=made.name, comment="Default schema (auto-created)")
    hidden = create(state, caller, "schema", made, "information_schema", catalog_name=made.name)
    hidden.owner = "System user"
    return made


@route("POST", f"{UC}/catalogs", CatalogsAPI.create)
def catalog_create(request: Request) -> dict[str, Any]:
    args = dict(request.args)
    if set(args) - {"name", "comment", "properties", "storage_root"}:
        raise invalid(f"the double makes plain catalogs only, not with {', '.join(sorted(args))}")
    return shown(create_catalog(request.state, request.caller, args.pop("name"), **args))


@route("GET", f"{UC}/catalogs", CatalogsAPI.list)
def catalog_list(request: Request) -> dict[str, Any]:
    return page(request, "catalogs", of_kind(request.state, "catalog"))


@route("GET", f"{UC}/catalogs/{{name}}", CatalogsAPI.get)
def catalog_get(request: Request) -> dict[str, Any]:
    found = request.state.get("catalog", request.args["name"])
    need_sight(request.state, request.caller, found)
    return shown(found)


@route("PATCH", f"{UC}/catalogs/{{name}}", CatalogsAPI.update)
def catalog_update(request: Request) -> dict[str, Any]:
    found = request.state.get("catalog", request.args["name"])
    return update(request, found, "comment", "properties", "enable_predictive_optimization", "isolation_mode")


@route("DELETE", f"{UC}/catalogs/{{name}}", CatalogsAPI.delete)
def catalog_delete(request: Request) -> None:
    found = request.state.get("catalog", request.args["name"])
    need_manage(request.state, request.caller, found)
    inside = [one for one in request.state.children(found) if not one.name.endswith(".information_schema")]
    if inside and not request.args.get("force"):
        raise bad_state(f"Catalog '{found.name}' is not empty. The catalog has {len(inside)} schemas(s).")
    request.state.drop(found)


# Schemas


def create_schema(state: State, caller: Principal, catalog: str, name: str, **info: Any) -> Securable:
    """A schema in a catalog where the caller may make one."""
    parent = state.get("catalog", catalog)
    need(state, caller, parent, "USE_CATALOG")
    need(state, caller, parent, "CREATE_SCHEMA")
    return create(state, caller, "schema", parent, name, catalog_name=parent.name, schema_id=str(uuid.uuid4()), **info)


@route("POST", f"{UC}/schemas", SchemasAPI.create)
def schema_create(request: Request) -> dict[str, Any]:
    args = dict(request.args)
    return shown(create_schema(request.state, request.caller, args.pop("catalog_name"), args.pop("name"), **args))


@route("GET", f"{UC}/schemas", SchemasAPI.list)
def schema_list(request: Request) -> dict[str, Any]:
    catalog = request.state.get("catalog", request.args["catalog_name"])
    need_sight(request.state, request.caller, catalog)
    return page(request, "schemas", of_kind(request.state, "schema", catalog.name))


@route("GET", f"{UC}/schemas/{{full_name}}", SchemasAPI.get)
def schema_get(request: Request) -> dict[str, Any]:
    found = request.state.get("schema", request.args["full_name"])
    need_sight(request.state, request.caller, found)
    return shown(found)


@route("PATCH", f"{UC}/schemas/{{full_name}}", SchemasAPI.update)
def schema_update(request: Request) -> dict[str, Any]:
    found = request.state.get("schema", request.args["full_name"])
    return update(request, found, "comment", "properties", "enable_predictive_optimization")


@route("DELETE", f"{UC}/schemas/{{full_name}}", SchemasAPI.delete)
def schema_delete(request: Request) -> None:
    drop_schema(request.state, request.caller, request.args["full_name"], request.args.get("force", False))


def drop_schema(state: State, caller: Principal, name: str, force: bool) -> None:
    """Drop a schema; one that holds something only by force."""
    found = state.get("schema", name)
    need_manage(state, caller, found)
    kinds = [one.kind for one in state.children(found)]
    if kinds and not force:
        tables, volumes = kinds.count("table"), kinds.count("volume")
        functions = kinds.count("function") + kinds.count("model")
        has = f"{tables} tables(s), {functions} functions(s), {volumes} volumes(s)"
        raise bad_state(f"Schema '{found.name}' is not empty. The schema has {has}")
    state.drop(found)


# Volumes


@route("POST", f"{UC}/volumes", VolumesAPI.create)
def volume_create(request: Request) -> dict[str, Any]:
    args = dict(request.args)
    if args.get("volume_type") != "MANAGED" or "storage_location" in args:
        raise invalid("the double makes managed volumes only")
    parent = request.state.get("schema", f"{args.pop('catalog_name')}.{args.pop('schema_name')}")
    need(request.state, request.caller, parent, "USE_SCHEMA")
    need(request.state, request.caller, parent, "CREATE_VOLUME")
    catalog, _, schema = parent.name.partition(".")
    made = create(
        request.state,
        request.caller,
        "volume",
        parent,
        args.pop("name"),
        catalog_name=catalog,
        schema_name=schema,
        volume_id=str(uuid.uuid4()),
        **args,
    )
    (request.state.folder / "Volumes" / catalog / schema / made.info["name"]).mkdir(parents=True)
    return shown(made)


@route("GET", f"{UC}/volumes", VolumesAPI.list)
def volume_list(request: Request) -> dict[str, Any]:
    parent = request.state.get("schema", f"{request.args['catalog_name']}.{request.args['schema_name']}")
    return page(request, "volumes", of_kind(request.state, "volume", parent.name))


@route("GET", f"{UC}/volumes/{{name}}", VolumesAPI.read)
def volume_get(request: Request) -> dict[str, Any]:
    found = request.state.get("volume", request.args["name"])
    need_sight(request.state, request.caller, found)
    return shown(found)


@route("PATCH", f"{UC}/volumes/{{name}}", VolumesAPI.update)
def volume_update(request: Request) -> dict[str, Any]:
    return update(request, request.state.get("volume", request.args["name"]), "comment")


@route("DELETE", f"{UC}/volumes/{{name}}", VolumesAPI.delete)
def volume_delete(request: Request) -> None:
    found = request.state.get("volume", request.args["name"])
    need_manage(request.state, request.caller, found)
    request.state.drop(found)

"""Containers: the metastore, catalogs and schemas."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from databricks.sdk.service.catalog import CatalogsAPI, MetastoresAPI, SchemasAPI

from ..errors import bad_state, invalid
from ..kind import Kind, Request
from ..securables import EVERY, UC, create, metastore, need, need_manage, need_sight, serve, shown, visible
from ..sql_reader import Reader
from ..state import Act, Securable

METASTORE = Kind(
    "metastore",
    privileges=frozenset({"CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_SHARE"}),
    counts=lambda state: Counter(f"{one.kind}s" for one in state.securables.values() if not _is_hidden(one)),
)
CATALOG = Kind("catalog", privileges=EVERY | {"BROWSE", "USE_CATALOG"})
SCHEMA = Kind(
    "schema",
    privileges=EVERY | {"CREATE_MATERIALIZED_VIEW", "EXTERNAL_USE_SCHEMA", "REFRESH", "USE_SCHEMA"},
    within="catalog",
)


def _is_hidden(securable: Securable) -> bool:
    return securable.name.endswith(".information_schema")


@METASTORE.route("GET", f"{UC}/metastore_summary", MetastoresAPI.summary)
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


def create_catalog(act: Act, name: str, **info: Any) -> Securable:
    """A catalog with its `default` and `information_schema`, as a workspace makes it."""
    need(act, metastore(act.state), "CREATE_CATALOG")
    kinds = {"catalog_type": "MANAGED_CATALOG", "isolation_mode": "OPEN", "securable_type": "CATALOG"}
    made = create(act, "catalog", None, name, **kinds, **info)
    create(act, "schema", made, "default", comment="Default schema (auto-created)")
    create(act, "schema", made, "information_schema").owner = "System user"
    return made


@CATALOG.route("POST", f"{UC}/catalogs", CatalogsAPI.create)
def catalog_create(request: Request) -> dict[str, Any]:
    args = request.args
    if set(args) - {"name", "comment", "properties", "storage_root"}:
        raise invalid(f"the double makes plain catalogs only, not with {', '.join(sorted(args))}")
    return shown(create_catalog(request, args.pop("name"), **args))


@CATALOG.route("GET", f"{UC}/catalogs", CatalogsAPI.list)
def catalog_list(request: Request) -> dict[str, Any]:
    return visible(request, "catalogs", request.state.of_kind("catalog"))


def _drop_catalog(request: Request, found: Securable) -> None:
    inside = [one for one in request.state.children(found) if not _is_hidden(one)]
    if inside and not request.args.get("force"):
        raise bad_state(f"Catalog '{found.name}' is not empty. The catalog has {len(inside)} schemas(s).")
    request.state.drop(found)


serve(
    CATALOG,
    f"{UC}/catalogs/{{name}}",
    get=CatalogsAPI.get,
    update=CatalogsAPI.update,
    delete=CatalogsAPI.delete,
    fields=("comment", "properties", "enable_predictive_optimization", "isolation_mode"),
    drop=_drop_catalog,
)


@CATALOG.statement("CREATE", "CATALOG")
def sql_create_catalog(act: Act, reader: Reader, name: str, old: Securable | None, clause: str) -> None:
    comment = _comment(reader)
    if not (old and clause == "IF NOT EXISTS"):
        create_catalog(act, name, comment=comment)


def _comment(reader: Reader) -> str | None:
    found = reader.text() if reader.accept("COMMENT") else None
    reader.end()
    return found


# Schemas


def create_schema(act: Act, catalog: str, name: str, **info: Any) -> Securable:
    """A schema in a catalog where the caller may make one."""
    parent = act.state.get("catalog", catalog)
    need(act, parent, "USE_CATALOG")
    need(act, parent, "CREATE_SCHEMA")
    return create(act, "schema", parent, name, schema_id=str(uuid.uuid4()), **info)


@SCHEMA.route("POST", f"{UC}/schemas", SchemasAPI.create)
def schema_create(request: Request) -> dict[str, Any]:
    args = request.args
    return shown(create_schema(request, args.pop("catalog_name"), args.pop("name"), **args))


@SCHEMA.route("GET", f"{UC}/schemas", SchemasAPI.list)
def schema_list(request: Request) -> dict[str, Any]:
    catalog = request.state.get("catalog", request.args["catalog_name"])
    need_sight(request, catalog)
    return visible(request, "schemas", request.state.of_kind("schema", catalog.name))


def _drop_schema(act: Act, found: Securable, force: bool) -> None:
    need_manage(act, found)
    kinds = [one.kind for one in act.state.children(found)]
    if kinds and not force:
        tables, volumes = kinds.count("table"), kinds.count("volume")
        functions = kinds.count("function") + kinds.count("model")
        has = f"{tables} tables(s), {functions} functions(s), {volumes} volumes(s)"
        raise bad_state(f"Schema '{found.name}' is not empty. The schema has {has}")
    act.state.drop(found)


serve(
    SCHEMA,
    f"{UC}/schemas/{{full_name}}",
    get=SchemasAPI.get,
    update=SchemasAPI.update,
    delete=SchemasAPI.delete,
    fields=("comment", "properties", "enable_predictive_optimization"),
    drop=lambda request, found: _drop_schema(request, found, request.args.get("force", False)),
)


@SCHEMA.statement("CREATE", "SCHEMA")
def sql_create_schema(act: Act, reader: Reader, name: str, old: Securable | None, clause: str) -> None:
    comment = _comment(reader)
    if not (old and clause == "IF NOT EXISTS"):
        create_schema(act, *name.split("."), comment=comment)


@SCHEMA.statement("DROP", "SCHEMA")
def sql_drop_schema(act: Act, reader: Reader, found: Securable) -> None:
    cascade = reader.accept("CASCADE")
    _ = reader.accept("RESTRICT")
    reader.end()
    _drop_schema(act, found, cascade)

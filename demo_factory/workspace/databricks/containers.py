"""What catalogs, schemas and volumes have in common, and where objects are read and changed."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, UC, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.client import already_there
from demo_factory.workspace.databricks.kind import refuse_foreign
from demo_factory.workspace.marks import MARKED, container_mark, is_marked

_WITH_PROPERTIES = ("catalog", "schema")


def path_of(kind: str, name: str) -> str:
    """Where an object is read and changed; what grants call a function is a registered model here."""
    return f"{UC}/{_collection(kind)}/{name}"


def files_of(volume: str) -> str:
    """Where the files of a volume lie."""
    return f"/Volumes/{volume.replace('.', '/')}"


def _collection(kind: str) -> str:
    return "models" if kind == "function" else f"{kind}s"


def find(look: CachedReader, item: Resource) -> Value | None:
    """A container with its comment. Somebody else's catalog is used as it is; a schema or volume says whose it is."""
    shown = look.get(path_of(item.kind, item.key), f"read the {item.kind} {item.key}")
    if shown is None:
        return None
    as_it_is = {field: shown.get(field, "") for field in item.desired}
    if look.ours(item.id):
        return as_it_is
    if item.kind in _WITH_PROPERTIES and is_marked(shown.get("properties"), _mark(look.api, item)):
        return {**as_it_is, MARKED: True}
    return item.desired if item.kind == "catalog" else {**item.desired, FOREIGN: shown.get("owner", "somebody")}


def make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    """Create a container, or give ours its comment."""
    if found is not None:
        refuse_foreign(item, found)
        what = f"describe the {item.kind} {item.key}"
        return _said(api.do("PATCH", path_of(item.kind, item.key), what, item.desired))
    if item.kind == "catalog" and not api.target.allow.create_catalog:
        raise DemoError(
            f"There is no catalog {item.key} that you may use, and this target may not create one.",
            "Ask for it with USE CATALOG and CREATE SCHEMA on it, or allow `create_catalog`.",
        )
    what = f"create the {item.kind} {item.key}"
    try:
        return _said(api.do("POST", f"{UC}/{_collection(item.kind)}", what, _new(api, item)))
    except DemoError as error:
        if not already_there(error.__cause__ or error):
            raise
        return _said(_made_just_now(api, item))


def _mark(api: WorkspaceApi, item: Resource) -> dict[str, str]:
    return container_mark(item.key, api.folder)


def _new(api: WorkspaceApi, item: Resource) -> dict[str, object]:
    parts = item.key.split(".")
    body: dict[str, object] = {"name": parts[-1], **item.desired}
    if item.kind in _WITH_PROPERTIES:
        body["properties"] = _mark(api, item)
    if item.kind == "catalog" and api.target.storage_root:
        body["storage_root"] = api.target.storage_root
    if item.kind != "catalog":
        body["catalog_name"] = parts[0]
    if item.kind == "volume":
        body |= {"schema_name": parts[1], "volume_type": "MANAGED"}
    return body


def _made_just_now(api: WorkspaceApi, item: Resource) -> dict[str, Any]:
    """A create whose answer was lost is repeated and meets its own work; anybody else's is refused."""
    shown = api.do("GET", path_of(item.kind, item.key), f"read the {item.kind} {item.key}")
    if shown.get("owner") != str(api.client.current_user.me().user_name):
        refuse_foreign(item, {FOREIGN: shown.get("owner", "somebody")})
    return shown


def _said(shown: dict[str, Any]) -> Value:
    return {"owner": shown["owner"]} if "owner" in shown else {}


def remove(api: WorkspaceApi, made: State) -> bool:
    """Remove a container that is empty.

    Raises:
        DemoError: something is left in it.
    """
    if made.kind == "catalog":  # every catalog comes with an empty schema `default`
        default = f"{made.key}.default"
        api.delete(path_of("schema", default), f"remove the schema {default}")
    return api.delete(path_of(made.kind, made.key), f"remove the {made.kind} {made.key}")

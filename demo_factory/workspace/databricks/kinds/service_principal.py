"""A service principal. Names are not unique here, so of a create that was repeated one stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_factory.resources.kinds.service_principal import KEEPS
from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import CachedReader, Query, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks, missing_principal

_PRINCIPALS = "/api/2.0/preview/scim/v2/ServicePrincipals"


def _find(look: CachedReader, item: Resource) -> Value | None:
    found = look.api.service_principals(item.key)
    if not found:
        return None
    who = str(found[0]["applicationId"])
    return {"ledger": _on_the_ledger(look, who)} if "ledger" in item.desired else {}


def _on_the_ledger(look: CachedReader, who: str) -> str:
    """What somebody may do in the ledger's folder; one's own is one's own."""
    if who == look.api.me:
        return KEEPS
    folder = look.get(*_status(look.api))
    if folder is None:
        return ""
    shown = look.get(_permissions(folder), f"read who may write to {look.api.folder}") or {}
    mine = [one for one in shown.get("access_control_list") or () if one.get("service_principal_name") == who]
    levels = [level["permission_level"] for one in mine for level in one.get("all_permissions") or ()]
    return KEEPS if KEEPS in levels else next(iter(levels), "")


def _status(api: WorkspaceApi) -> tuple[str, str, Query]:
    return "/api/2.0/workspace/get-status", f"look at {api.folder}", (("path", api.folder),)


def _permissions(folder: Mapping[str, Any]) -> str:
    return f"/api/2.0/permissions/directories/{folder['object_id']}"


def _share_the_ledger(api: WorkspaceApi, who: str) -> None:
    """Let somebody keep the ledger that we keep; it is there, since it announced that."""
    folder = api.get(*_status(api))
    if folder is not None and who != api.me:
        entry = {"service_principal_name": who, "permission_level": KEEPS}
        api.do("PATCH", _permissions(folder), f"let {who} write to {api.folder}", {"access_control_list": [entry]})


def _make(api: WorkspaceApi, item: Resource, found_before: Value | None) -> Value:
    found = api.service_principals(item.key)
    if not found:
        if not api.target.allow.create_service_principals:
            raise missing_principal("service_principal", item.key)
        body = {"displayName": item.key, "active": True}
        api.do("POST", _PRINCIPALS, f"create the service principal {item.key}", body)
        found = api.service_principals(item.key)
    for twin in found[1:]:
        api.delete(f"{_PRINCIPALS}/{twin['id']}", f"remove the second service principal {item.key}")
    if "ledger" in item.desired and (found_before or {}).get("ledger") != item.desired["ledger"]:
        _share_the_ledger(api, str(found[0]["applicationId"]))
    return {"id": str(found[0]["id"]), "application_id": str(found[0]["applicationId"])}


def _remove(api: WorkspaceApi, made: State) -> bool:
    """The one that was made; all of the name when it is not known which, since there was none before ours."""
    identity = made.detail.get("id")
    ids = [str(one["id"]) for one in api.service_principals(made.key)]
    api.forget_principal(made.key)
    gone = [
        api.delete(f"{_PRINCIPALS}/{one}", f"remove the service principal {made.key}")
        for one in ids
        if identity in (None, one)
    ]
    return any(gone)


def _refuse(api: WorkspaceApi, item: Resource, found: Value | None) -> None:
    if found is None and not api.target.allow.create_service_principals:
        raise missing_principal("service_principal", item.key)


KIND = KindOnDatabricks(_find, _make, _remove, _refuse)

"""A service principal. Names are not unique here, so of a create that was repeated one stays."""

from __future__ import annotations

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks, missing_principal

_PRINCIPALS = "/api/2.0/preview/scim/v2/ServicePrincipals"


def _find(look: CachedReader, item: Resource) -> Value | None:
    return {} if look.api.service_principals(item.key) else None


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

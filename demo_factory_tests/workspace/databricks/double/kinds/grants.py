"""Grants: read, changed and inherited, for principals of the account only."""

from __future__ import annotations

import enum
from typing import Any

from databricks.sdk.service.catalog import GrantsAPI, SecurableType

from ..errors import denied, invalid, wrong_shape
from ..kind import Kind, Request
from ..securables import UC, applicable, chain, known_privileges, lookup, manages, need_sight
from ..shapes import fields_of
from ..state import Securable

KIND = Kind(
    "grant", counts=lambda state: {"grants": sum(len(held) for some in state.grants.values() for held in some.values())}
)
_KINDS = ("metastore", "catalog", "schema", "table", "volume", "function")
_CHANGE: dict[str, tuple[Any, bool]] = {
    **{name: kind for name, kind in fields_of(GrantsAPI.update).items() if name != "changes"},
    "changes": (list[dict[str, Any]], True),  # checked below: newer privileges than the SDK's come as raw JSON
}


def _securable(request: Request) -> Securable:
    kind = request.args["securable_type"]
    if kind.startswith(f"{SecurableType.__name__}."):
        raise wrong_shape(f"{kind} in the path: pass the enum's value, not the enum")
    if kind.lower() not in _KINDS:
        known = ", ".join(member.value for member in SecurableType if isinstance(member, enum.Enum))
        raise wrong_shape(f"{kind!r} is not a securable type that the double knows; Databricks knows {known}")
    return lookup(request.state, kind.lower(), request.args["full_name"])


def _paged(request: Request, found: list[dict[str, Any]]) -> dict[str, Any]:
    size = request.args.get("max_results")
    if size is not None and (size < 0 or 0 < size < 150):
        raise invalid(f"max_results must be 0 or at least 150, got {size}")
    return {name: value for name, value in request.page("privilege_assignments", found).items() if value}


def _direct(request: Request, place: Securable) -> dict[str, set[str]]:
    wanted = request.args.get("principal")
    if wanted is not None:
        request.state.grantee(wanted)
    grants = request.state.grants.get((place.kind, place.name), {})
    return {name: privileges for name, privileges in sorted(grants.items()) if wanted in (None, name)}


@KIND.route("GET", f"{UC}/permissions/{{securable_type}}/{{full_name}}", GrantsAPI.get)
def grants_get(request: Request) -> dict[str, Any]:
    found = _securable(request)
    need_sight(request, found)
    return _paged(request, _granted(request, found)["privilege_assignments"])


def _granted(request: Request, found: Securable) -> dict[str, Any]:
    direct = _direct(request, found)
    return {"privilege_assignments": [{"principal": name, "privileges": sorted(held)} for name, held in direct.items()]}


@KIND.route("GET", f"{UC}/effective-permissions/{{securable_type}}/{{full_name}}", GrantsAPI.get_effective)
def grants_effective(request: Request) -> dict[str, Any]:
    found = _securable(request)
    need_sight(request, found)
    allowed = applicable(found)
    by_name: dict[str, list[dict[str, str]]] = {}
    for place in chain(request.state, found):
        for name, held in _direct(request, place).items():
            for privilege in sorted(held & allowed):
                entry = {"privilege": privilege}
                if place.name != found.name:
                    entry |= {"inherited_from_type": place.kind.upper(), "inherited_from_name": place.name}
                by_name.setdefault(name, []).append(entry)
    return _paged(request, [{"principal": name, "privileges": held} for name, held in sorted(by_name.items())])


@KIND.route("PATCH", f"{UC}/permissions/{{securable_type}}/{{full_name}}", _CHANGE)
def grants_update(request: Request) -> dict[str, Any]:
    found = _securable(request)
    if not manages(request, found):
        raise denied(f"User is not an owner of {found.kind.title()} '{found.name}'.")
    changes = request.args["changes"]
    for change in changes:
        _check(request, found, change)
    grants = request.state.grants.setdefault((found.kind, found.name), {})
    for change in changes:
        held = grants.setdefault(change["principal"], set())
        held |= set(change.get("add", []))
        held -= set(change.get("remove", []))
        if not held:
            del grants[change["principal"]]
    if not grants:
        del request.state.grants[found.kind, found.name]
    return _granted(request, found)


def _check(request: Request, found: Securable, change: dict[str, Any]) -> None:
    if set(change) - {"principal", "add", "remove"} or "principal" not in change:
        raise wrong_shape(f"a change has principal, add and remove, got {', '.join(sorted(change))}")
    request.state.grantee(change["principal"])
    for privilege in [*change.get("add", []), *change.get("remove", [])]:
        if privilege not in known_privileges():
            raise wrong_shape(f"{privilege!r} is not a privilege; known: {', '.join(sorted(known_privileges()))}")
        if privilege not in applicable(found):
            kind = found.info.get("table_type", found.kind).upper()
            raise invalid(f"Privilege {privilege} is not applicable to this entity [{found.name}:{kind}].")

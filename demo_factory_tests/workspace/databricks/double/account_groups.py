"""Account groups through the workspace: `/api/2.0/identity`, which SDK 0.60 does not have (so: raw calls)."""

from __future__ import annotations

from typing import Any

from .errors import missing
from .identity import _add, _need_admin, drop_group, make_group
from .routes import Request, route
from .shapes import Fields
from .state import Group

BASE = "/api/2.0/identity/groups"
_NEW: Fields = {"group_name": (str, True), "external_id": (str, False)}
_PAGE: Fields = {"page_size": (int, False), "page_token": (str, False), "filter": (str, False)}
_MEMBER: Fields = {"principal_id": (int, True), "principal_type": (str, False)}


def _shown(group: Group) -> dict[str, Any]:
    return {"account_id": "double", "internal_id": int(group.id), "group_name": group.name}


def _find(request: Request) -> Group:
    found = request.state.groups.get(request.args["group_id"])
    if found is None or not found.account:
        raise missing(f"Group with id {request.args['group_id']} not found.")
    return found


@route("POST", BASE, _NEW)
def create(request: Request) -> dict[str, Any]:
    return _shown(make_group(request, request.args["group_name"], [], account=True))


@route("GET", BASE, _PAGE)
def list_groups(request: Request) -> dict[str, Any]:
    found = [_shown(group) for group in request.state.groups.values() if group.account]
    start, size = int(request.args.get("page_token", 0)), request.args.get("page_size", 100)
    end = start + size
    return {"groups": found[start:end]} | ({"next_page_token": str(end)} if end < len(found) else {})


@route("GET", f"{BASE}/{{group_id}}", {})
def get(request: Request) -> dict[str, Any]:
    return _shown(_find(request))


@route("DELETE", f"{BASE}/{{group_id}}", {})
def delete(request: Request) -> None:
    drop_group(request, _find(request))


@route("GET", f"{BASE}/{{group_id}}/direct-members", _PAGE)
def members(request: Request) -> dict[str, Any]:
    found = [{"principal_id": int(member)} for member in _find(request).members]
    start, size = int(request.args.get("page_token", 0)), request.args.get("page_size", 100)
    end = start + size
    return {"direct_group_members": found[start:end]} | ({"next_page_token": str(end)} if end < len(found) else {})


@route("POST", f"{BASE}/{{group_id}}/direct-members", _MEMBER)
def add_member(request: Request) -> dict[str, Any]:
    _need_admin(request)
    _add(request.state, _find(request), [str(request.args["principal_id"])])
    return {"principal_id": request.args["principal_id"]}


@route("DELETE", f"{BASE}/{{group_id}}/direct-members/{{principal_id}}", {})
def remove_member(request: Request) -> None:
    _need_admin(request)
    group = _find(request)
    if request.args["principal_id"] not in group.members:
        raise missing(f"Principal {request.args['principal_id']} is not a member of group {group.name}.")
    group.members.remove(request.args["principal_id"])

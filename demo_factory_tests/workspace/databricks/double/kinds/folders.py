"""Folders, files and notebooks of the workspace. Creating without overwrite is atomic: a lock may stand on it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from databricks.sdk.service.workspace import WorkspaceAPI

from ..errors import Refused, decoded, exists, invalid, missing
from ..kind import Kind, Raw, Request
from ..shapes import fields_of
from ..state import Act, State
from .permissions import drop_permissions, permitted

KIND = Kind("folder", counts=lambda state: _number_of(node["object_type"] for node in state.kept["workspace"].values()))
BASE = "/api/2.0/workspace"
_ROOTS = {"/", "/Shared", "/Users", "/Repos"}
_MAX = 10 * 1024 * 1024
_NOTEBOOK = b"# Databricks notebook source"
_KEYS = ("object_id", "object_type", "path", "language", "size", "created_at", "modified_at")
_EXPORT = {**fields_of(WorkspaceAPI.export), "direct_download": (bool, False)}
_IMPORT = {**fields_of(WorkspaceAPI.import_), "content": (Any, True)}


def _number_of(types: Iterable[str]) -> dict[str, int]:
    found = Counter(types)
    return {"workspace_files": found["FILE"] + found["NOTEBOOK"], "workspace_folders": found["DIRECTORY"]}


def plain(path: str) -> str:
    """A path without /Workspace before it, which means the same."""
    if not path.startswith("/") or "//" in path or any(part in (".", "..") for part in path.split("/")):
        raise invalid(f"Path ({path}) doesn't start with '/', or has dots or empty parts.")
    short = path.removeprefix("/Workspace") if path.startswith("/Workspace/") or path == "/Workspace" else path
    return short.rstrip("/") or "/"


def is_folder(state: State, path: str) -> bool:
    """Whether a folder is at a path that has no /Workspace before it."""
    home = path.startswith("/Users/") and path.count("/") == 2 and path.removeprefix("/Users/") in state.principals
    return path in _ROOTS or home or state.kept["workspace"].get(path, {}).get("object_type") == "DIRECTORY"


def _node(state: State, asked: str) -> dict[str, Any]:
    path = plain(asked)
    if path not in state.kept["workspace"]:
        if is_folder(state, path):
            return {"object_type": "DIRECTORY", "object_id": 1, "path": asked}
        raise missing(f"Path ({asked}) doesn't exist.")
    return state.kept["workspace"][path] | {"path": asked}


def content_of(state: State, path: str) -> bytes:
    """What a file or notebook holds."""
    found = _node(state, path)
    if found["object_type"] == "DIRECTORY":
        raise invalid(f"Path ({path}) is a directory.")
    content: bytes = found["content"]
    return content


def may_read(act: Act, asked: str) -> bool:
    """Whether somebody may read a file: the workspace's shared ones, his own, and those that he was let to."""
    path = plain(asked)
    if act.caller.admin or path.startswith(("/Shared/", f"/Users/{act.caller.name}/")):
        return True
    names = act.names | {"users"}
    while path != "/":
        node = act.state.kept["workspace"].get(path, {"object_id": ""})
        for kind in ("files", "directories"):
            for entry in act.state.kept["permissions"].get((kind, str(node["object_id"])), []):
                if names & {value for name, value in entry.items() if name.endswith("_name")}:
                    return True
        path = _parent(path)
    return False


def lay_down(act: Act, folder: Path) -> None:
    """A copy of all files that somebody may read, as a run of his finds them under /Workspace."""
    for path, node in act.state.kept["workspace"].items():
        if node["object_type"] == "FILE" and may_read(act, path):
            file = folder / "Workspace" / path.strip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(node["content"])


def _shown(node: dict[str, Any]) -> dict[str, Any]:
    return {key: node[key] for key in _KEYS if node.get(key) is not None}


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


for _kind_of_node in ("directories", "files"):
    permitted(
        _kind_of_node,
        {"CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"},
        "Workspace object",
        lambda state, name: any(str(node["object_id"]) == name for node in state.kept["workspace"].values()),
    )


@KIND.route("POST", f"{BASE}/mkdirs", WorkspaceAPI.mkdirs)
def mkdirs(request: Request) -> None:
    state, path = request.state, plain(request.args["path"])
    missing_ones: list[str] = []
    while not is_folder(state, path):
        if path in state.kept["workspace"]:
            raise exists(f"The path ({path}) already exists and is not a folder.")
        if _parent(path) == "/":
            raise invalid(f"Folder ({path}) can't be made at the root: use /Shared or /Users/<name>.")
        missing_ones.append(path)
        path = _parent(path)
    for one in reversed(missing_ones):
        state.kept["workspace"][one] = {"object_type": "DIRECTORY", "object_id": state.number(), "path": one}


@KIND.route("POST", f"{BASE}/import", _IMPORT)
def import_file(request: Request) -> None:
    state, args = request.state, request.args
    path, content = plain(args["path"]), args["content"]
    data = content if isinstance(content, bytes) else decoded(content)
    if len(data) > _MAX:
        raise Refused(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"at most 10 MB, got {len(data)} bytes")
    kind, language = _kind(args, data)
    if not is_folder(state, _parent(path)):
        raise missing(f"The parent folder ({_parent(path)}) does not exist.")
    old = state.kept["workspace"].get(path)
    if is_folder(state, path) or (old and not args.get("overwrite", False)):
        raise exists(f"Path ({args['path']}) already exists.")
    if old and old["object_type"] != kind:
        raise Refused(400, "BAD_REQUEST", f"Cannot overwrite {old['object_type']} with {kind} at {args['path']}.")
    now = state.now()
    state.kept["workspace"][path] = {
        "object_id": old["object_id"] if old else state.number(),
        "object_type": kind,
        "path": path,
        "language": language,
        "size": len(data),
        "created_at": old["created_at"] if old else now,
        "modified_at": now,
        "content": data,
    }


def _kind(args: dict[str, Any], data: bytes) -> tuple[str, str | None]:
    """FILE or NOTEBOOK, and the notebook's language."""
    form = args.get("format", "SOURCE")
    if form == "RAW" or (form == "AUTO" and not data.startswith(_NOTEBOOK)):
        return "FILE", None
    if form == "AUTO":
        return "NOTEBOOK", "PYTHON"
    if form != "SOURCE":
        raise invalid(f"the double imports AUTO, RAW and SOURCE, not {form}")
    if "language" not in args:
        raise invalid("language is required with format SOURCE")
    return "NOTEBOOK", args["language"]


@KIND.route("GET", f"{BASE}/export", _EXPORT)
def export(request: Request) -> dict[str, Any] | Raw:
    data = content_of(request.state, request.args["path"])
    if request.args.get("format", "SOURCE") not in ("SOURCE", "AUTO", "RAW"):
        raise invalid("the double exports SOURCE, AUTO and RAW only")
    if request.args.get("direct_download"):
        return Raw(data, {"Content-Type": "application/octet-stream"})
    return {"content": base64.b64encode(data).decode(), "file_type": request.args["path"].rpartition(".")[2]}


@KIND.route("GET", f"{BASE}/get-status", WorkspaceAPI.get_status)
def status(request: Request) -> dict[str, Any]:
    return _shown(_node(request.state, request.args["path"]))


@KIND.route("GET", f"{BASE}/list", WorkspaceAPI.list)
def list_folder(request: Request) -> dict[str, Any]:
    asked = request.args["path"]
    node = _node(request.state, asked)
    if node["object_type"] != "DIRECTORY":
        return {"objects": [_shown(node)]}
    inside = [one for path, one in sorted(request.state.kept["workspace"].items()) if _parent(path) == plain(asked)]
    prefix = "/Workspace" if asked.startswith("/Workspace") else ""
    return {"objects": [_shown(one | {"path": prefix + one["path"]}) for one in inside]} if inside else {}


@KIND.route("POST", f"{BASE}/delete", WorkspaceAPI.delete)
def delete(request: Request) -> None:
    state, path = request.state, plain(request.args["path"])
    if path not in state.kept["workspace"]:
        _node(state, request.args["path"])
        raise invalid(f"Path ({path}) cannot be deleted.")
    inside = [one for one in state.kept["workspace"] if one.startswith(f"{path}/")]
    if inside and not request.args.get("recursive"):
        raise Refused(400, "DIRECTORY_NOT_EMPTY", f"Folder ({request.args['path']}) is not empty.")
    for one in [path, *inside]:
        gone = str(state.kept["workspace"].pop(one)["object_id"])
        for kind in ("files", "directories"):
            drop_permissions(state, kind, gone)

"""DBFS, kept in the double's folder where the runs of jobs see it too."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

from databricks.sdk.service.files import DbfsAPI

from ..errors import Refused, decoded, exists, invalid, missing
from ..kind import Kind, Request
from ..state import State

KIND = Kind("dbfs", counts=lambda state: {"dbfs_files": state.number_of_files("dbfs")})
DBFS = "/api/2.0/dbfs"
_BLOCK = 1024 * 1024


def parts_of(path: str) -> list[str]:
    """The names in an absolute path."""
    parts = [part for part in path.split("/") if part]
    if not path.startswith("/") or any(part in (".", "..") for part in parts):
        raise invalid(f"Path must be absolute and without dots: {path}")
    return parts


def changed(path: Path) -> int:
    """When a file last changed, in milliseconds."""
    return int(path.stat().st_mtime * 1000)


def dbfs_path(state: State, path: str) -> Path:
    """Where a path of DBFS lies on disk."""
    root = state.folder / "dbfs"
    root.mkdir(exist_ok=True)  # the root is there before anything is in it
    return root.joinpath(*parts_of(path.removeprefix("dbfs:")))


def _bytes(text: str) -> bytes:
    data = decoded(text)
    if len(data) > _BLOCK:
        raise Refused(400, "MAX_BLOCK_SIZE_EXCEEDED", f"a block has at most 1 MB, got {len(data)} bytes")
    return data


def _new(request: Request) -> Path:
    target = dbfs_path(request.state, request.args["path"])
    if target.is_dir() or (target.exists() and not request.args.get("overwrite")):
        raise exists(f"A file or directory already exists at the input path {request.args['path']}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _there(request: Request) -> Path:
    found = dbfs_path(request.state, request.args["path"])
    if not found.exists() and request.args["path"].removeprefix("dbfs:") != "/":
        raise missing(f"No file or directory exists on path {request.args['path']}.")
    return found


def _info(state: State, found: Path) -> dict[str, Any]:
    path = "/" + str(found.relative_to(state.folder / "dbfs"))
    size = 0 if found.is_dir() else found.stat().st_size
    return {"path": path, "is_dir": found.is_dir(), "file_size": size, "modification_time": changed(found)}


@KIND.route("POST", f"{DBFS}/create", DbfsAPI.create)
def dbfs_create(request: Request) -> dict[str, Any]:
    target, handle = _new(request), request.state.number()
    target.write_bytes(b"")
    request.state.kept["handles"][handle] = target
    return {"handle": handle}


def _handle(request: Request) -> Path:
    found = request.state.kept["handles"].get(int(request.args["handle"]))
    if found is None:
        raise missing(f"No open handle {request.args['handle']}.")
    return found


@KIND.route("POST", f"{DBFS}/add-block", DbfsAPI.add_block)
def dbfs_add(request: Request) -> None:
    with _handle(request).open("ab") as file:
        file.write(_bytes(request.args["data"]))


@KIND.route("POST", f"{DBFS}/close", DbfsAPI.close)
def dbfs_close(request: Request) -> None:
    _handle(request)
    del request.state.kept["handles"][int(request.args["handle"])]


@KIND.route("POST", f"{DBFS}/put", DbfsAPI.put)
def dbfs_put(request: Request) -> None:
    data = _bytes(request.args.get("contents", ""))
    _new(request).write_bytes(data)


@KIND.route("GET", f"{DBFS}/read", DbfsAPI.read)
def dbfs_read(request: Request) -> dict[str, Any]:
    found = _there(request)
    if found.is_dir():
        raise invalid(f"Cannot read a directory: {request.args['path']}")
    start, length = request.args.get("offset", 0), request.args.get("length", _BLOCK // 2)
    if length > _BLOCK:
        raise Refused(400, "MAX_READ_SIZE_EXCEEDED", "at most 1 MB at a time")
    with found.open("rb") as file:
        file.seek(start)
        data = file.read(length)
    return {"bytes_read": len(data), "data": base64.b64encode(data).decode()}


@KIND.route("GET", f"{DBFS}/get-status", DbfsAPI.get_status)
def dbfs_status(request: Request) -> dict[str, Any]:
    return _info(request.state, _there(request))


@KIND.route("POST", f"{DBFS}/mkdirs", DbfsAPI.mkdirs)
def dbfs_mkdirs(request: Request) -> None:
    target = dbfs_path(request.state, request.args["path"])
    if target.is_file():
        raise exists(f"A file already exists at the input path {request.args['path']}.")
    target.mkdir(parents=True, exist_ok=True)


@KIND.route("GET", f"{DBFS}/list", DbfsAPI.list)
def dbfs_list(request: Request) -> dict[str, Any]:
    found = _there(request)
    inside = sorted(found.iterdir()) if found.is_dir() else [found] if found.exists() else []
    return {"files": [_info(request.state, one) for one in inside]}


@KIND.route("POST", f"{DBFS}/delete", DbfsAPI.delete)
def dbfs_delete(request: Request) -> None:
    found = _there(request)
    if found.is_file():
        found.unlink()
    elif any(found.iterdir()) and not request.args.get("recursive"):
        raise Refused(400, "IO_ERROR", f"Non-recursive delete of a non-empty directory: {request.args['path']}")
    else:
        shutil.rmtree(found)

"""Files on volumes, of models and on DBFS, kept in the double's folder where the runs of jobs see them too."""

from __future__ import annotations

import base64
import binascii
import email.utils
import shutil
from pathlib import Path
from typing import Any

from databricks.sdk.service.files import DbfsAPI, FilesAPI

from .errors import Refused, exists, invalid, missing
from .rights import need, need_manage
from .routes import Raw, Request, route
from .state import State

FS = "/api/2.0/fs"
DBFS = "/api/2.0/dbfs"
_BLOCK = 1024 * 1024


def _parts(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    if not path.startswith("/") or any(part in (".", "..") for part in parts):
        raise invalid(f"Path must be absolute and without dots: {path}")
    return parts


def when(path: Path) -> int:
    """When a file last changed, in milliseconds."""
    return int(path.stat().st_mtime * 1000)


# Volumes, and what MLflow keeps


def _place(request: Request, path: str, write: bool) -> Path:
    """Where a path lies on disk: on a volume, among a model's files, or among what MLflow keeps of its runs."""
    parts, state = _parts(path), request.state
    if len(parts) >= 5 and parts[0] == "Models":
        model = state.get("model", ".".join(parts[1:4]))
        if write:
            need_manage(state, request.caller, model)
        else:
            need(state, request.caller, model, "EXECUTE")
        return state.folder.joinpath("Models", *model.name.split("."), *parts[4:])
    if parts[:3] == ["WorkspaceInternal", "Mlflow", "Artifacts"] and len(parts) >= 6:
        if parts[3] not in state.experiments:
            raise missing(f"Experiment {parts[3]} does not exist.")
        return state.folder.joinpath("Mlflow", *parts[3:])
    if len(parts) < 4 or parts[0] != "Volumes":
        raise invalid(f"Path must be /Volumes/<catalog>/<schema>/<volume>/...: {path}")
    volume = state.get("volume", ".".join(parts[1:4]))
    need(state, request.caller, volume, "WRITE_VOLUME" if write else "READ_VOLUME")
    return state.folder.joinpath("Volumes", *volume.name.split("."), *parts[4:])


def _file(request: Request) -> Path:
    found = _place(request, request.args["file_path"], write=False)
    if not found.is_file():
        raise missing(f"The file {request.args['file_path']} was not found.", "NOT_FOUND")
    return found


@route("PUT", f"{FS}/files{{file_path:path}}", FilesAPI.upload, body="raw")
def file_put(request: Request) -> None:
    target = _place(request, request.args["file_path"], write=True)
    if target.is_dir():
        raise Refused(409, "ALREADY_EXISTS", f"{request.args['file_path']} is a directory.")
    if target.exists() and not request.args.get("overwrite", True):
        raise Refused(409, "ALREADY_EXISTS", f"The file being created already exists: {request.args['file_path']}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(request.raw)


@route("GET", f"{FS}/files{{file_path:path}}", FilesAPI.download)
def file_get(request: Request) -> Raw:
    found = _file(request)
    return Raw(found.read_bytes(), _headers(found))


@route("HEAD", f"{FS}/files{{file_path:path}}", FilesAPI.get_metadata)
def file_head(request: Request) -> Raw:
    found = _file(request)
    return Raw(b"", _headers(found) | {"Content-Length": str(found.stat().st_size)})


def _headers(found: Path) -> dict[str, str]:
    modified = email.utils.formatdate(found.stat().st_mtime, usegmt=True)
    return {"Content-Type": "application/octet-stream", "Last-Modified": modified}


@route("DELETE", f"{FS}/files{{file_path:path}}", FilesAPI.delete)
def file_delete(request: Request) -> None:
    _place(request, request.args["file_path"], write=True)
    _file(request).unlink()


def _folder(request: Request, write: bool) -> Path:
    found = _place(request, request.args["directory_path"], write)
    if not found.is_dir():
        raise missing(f"The directory {request.args['directory_path']} was not found.", "NOT_FOUND")
    return found


@route("PUT", f"{FS}/directories{{directory_path:path}}", FilesAPI.create_directory, body="raw")
def folder_put(request: Request) -> None:
    target = _place(request, request.args["directory_path"], write=True)
    if target.is_file():
        raise Refused(409, "ALREADY_EXISTS", f"{request.args['directory_path']} is a file.")
    target.mkdir(parents=True, exist_ok=True)


@route("GET", f"{FS}/directories{{directory_path:path}}", FilesAPI.list_directory_contents)
def folder_list(request: Request) -> dict[str, Any]:
    folder, path = _folder(request, write=False), request.args["directory_path"].rstrip("/")
    found = [
        {
            "path": f"{path}/{one.name}",
            "name": one.name,
            "is_directory": one.is_dir(),
            **({} if one.is_dir() else {"file_size": one.stat().st_size, "last_modified": when(one)}),
        }
        for one in sorted(folder.iterdir())
    ]
    start, size = int(request.args.get("page_token", 0)), request.args.get("page_size", 1000)
    return {"contents": found[start : start + size]} | (
        {"next_page_token": str(start + size)} if start + size < len(found) else {}
    )


@route("HEAD", f"{FS}/directories{{directory_path:path}}", FilesAPI.get_directory_metadata)
def folder_head(request: Request) -> None:
    _folder(request, write=False)


@route("DELETE", f"{FS}/directories{{directory_path:path}}", FilesAPI.delete_directory)
def folder_delete(request: Request) -> None:
    folder = _folder(request, write=True)
    if any(folder.iterdir()):
        raise Refused(400, "FILES_API_DIRECTORY_IS_NOT_EMPTY", "The directory is not empty.")
    if len(_parts(request.args["directory_path"])) == 4:
        raise invalid("a volume's own folder cannot be deleted")
    folder.rmdir()


# DBFS


def dbfs_path(state: State, path: str) -> Path:
    """Where a path of DBFS lies on disk."""
    root = state.folder / "dbfs"
    root.mkdir(exist_ok=True)  # the root is there before anything is in it
    return root.joinpath(*_parts(path.removeprefix("dbfs:")))


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise invalid("the data is not base64") from None
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
    return {"path": path, "is_dir": found.is_dir(), "file_size": size, "modification_time": when(found)}


@route("POST", f"{DBFS}/create", DbfsAPI.create)
def dbfs_create(request: Request) -> dict[str, Any]:
    target, handle = _new(request), request.state.number()
    target.write_bytes(b"")
    request.state.handles[handle] = target
    return {"handle": handle}


def _handle(request: Request) -> Path:
    found = request.state.handles.get(int(request.args["handle"]))
    if found is None:
        raise missing(f"No open handle {request.args['handle']}.")
    return found


@route("POST", f"{DBFS}/add-block", DbfsAPI.add_block)
def dbfs_add(request: Request) -> None:
    with _handle(request).open("ab") as file:
        file.write(_bytes(request.args["data"]))


@route("POST", f"{DBFS}/close", DbfsAPI.close)
def dbfs_close(request: Request) -> None:
    _handle(request)
    del request.state.handles[int(request.args["handle"])]


@route("POST", f"{DBFS}/put", DbfsAPI.put)
def dbfs_put(request: Request) -> None:
    data = _bytes(request.args.get("contents", ""))
    _new(request).write_bytes(data)


@route("GET", f"{DBFS}/read", DbfsAPI.read)
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


@route("GET", f"{DBFS}/get-status", DbfsAPI.get_status)
def dbfs_status(request: Request) -> dict[str, Any]:
    return _info(request.state, _there(request))


@route("POST", f"{DBFS}/mkdirs", DbfsAPI.mkdirs)
def dbfs_mkdirs(request: Request) -> None:
    target = dbfs_path(request.state, request.args["path"])
    if target.is_file():
        raise exists(f"A file already exists at the input path {request.args['path']}.")
    target.mkdir(parents=True, exist_ok=True)


@route("GET", f"{DBFS}/list", DbfsAPI.list)
def dbfs_list(request: Request) -> dict[str, Any]:
    found = _there(request)
    inside = sorted(found.iterdir()) if found.is_dir() else [found] if found.exists() else []
    return {"files": [_info(request.state, one) for one in inside]}


@route("POST", f"{DBFS}/delete", DbfsAPI.delete)
def dbfs_delete(request: Request) -> None:
    found = _there(request)
    if found.is_file():
        found.unlink()
    elif any(found.iterdir()) and not request.args.get("recursive"):
        raise Refused(400, "IO_ERROR", f"Non-recursive delete of a non-empty directory: {request.args['path']}")
    else:
        shutil.rmtree(found)

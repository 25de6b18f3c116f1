"""Volumes, and the Files API: files on volumes, of models, and of what MLflow keeps of its runs."""

from __future__ import annotations

import email.utils
import uuid
from pathlib import Path
from typing import Any

from databricks.sdk.service.catalog import VolumesAPI
from databricks.sdk.service.files import FilesAPI

from ..errors import Refused, invalid, missing
from ..kind import Kind, Raw, Request
from ..securables import EVERY, UC, create_in_schema, need, need_manage, schema_of, serve, shown
from .dbfs import changed, parts_of

KIND = Kind(
    "volume",
    privileges=EVERY | {"READ_VOLUME", "WRITE_VOLUME", "APPLY_TAG"},
    within="schema",
    counts=lambda state: {"volume_files": state.number_of_files("Volumes")},
)
FS = "/api/2.0/fs"


@KIND.route("POST", f"{UC}/volumes", VolumesAPI.create)
def volume_create(request: Request) -> dict[str, Any]:
    args = request.args
    if args.get("volume_type") != "MANAGED" or "storage_location" in args:
        raise invalid("the double makes managed volumes only")
    made = create_in_schema(
        request, "volume", schema_of(request), args.pop("name"), volume_id=str(uuid.uuid4()), **args
    )
    request.state.files_of(made).mkdir(parents=True)
    return shown(made)


serve(
    KIND,
    f"{UC}/volumes/{{name}}",
    get=VolumesAPI.read,
    update=VolumesAPI.update,
    delete=VolumesAPI.delete,
    list=VolumesAPI.list,
    fields=("comment",),
)


# Files


def _place(request: Request, path: str, write: bool) -> Path:
    """Where a path lies on disk: on a volume, among a model's files, or among what MLflow keeps of its runs."""
    parts, state = parts_of(path), request.state
    if len(parts) >= 5 and parts[0] == "Models":
        model = state.get("model", ".".join(parts[1:4]))
        if write:
            need_manage(request, model)
        else:
            need(request, model, "EXECUTE")
        return state.files_of(model).joinpath(*parts[4:])
    if parts[:3] == ["WorkspaceInternal", "Mlflow", "Artifacts"] and len(parts) >= 6:
        if not any(str(node["object_id"]) == parts[3] for node in state.kept["workspace"].values()):
            raise missing(f"Experiment {parts[3]} does not exist.")
        return state.folder.joinpath("Mlflow", *parts[3:])
    if len(parts) < 4 or parts[0] != "Volumes":
        raise invalid(f"Path must be /Volumes/<catalog>/<schema>/<volume>/...: {path}")
    volume = state.get("volume", ".".join(parts[1:4]))
    need(request, volume, "WRITE_VOLUME" if write else "READ_VOLUME")
    return state.files_of(volume).joinpath(*parts[4:])


def _file(request: Request) -> Path:
    found = _place(request, request.args["file_path"], write=False)
    if not found.is_file():
        raise missing(f"The file {request.args['file_path']} was not found.", "NOT_FOUND")
    return found


@KIND.route("PUT", f"{FS}/files{{file_path:path}}", FilesAPI.upload, body="raw")
def file_put(request: Request) -> None:
    target = _place(request, request.args["file_path"], write=True)
    if target.is_dir():
        raise Refused(409, "ALREADY_EXISTS", f"{request.args['file_path']} is a directory.")
    if target.exists() and not request.args.get("overwrite", True):
        raise Refused(409, "ALREADY_EXISTS", f"The file being created already exists: {request.args['file_path']}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(request.raw)


@KIND.route("GET", f"{FS}/files{{file_path:path}}", FilesAPI.download)
def file_get(request: Request) -> Raw:
    found = _file(request)
    return Raw(found.read_bytes(), _headers(found))


@KIND.route("HEAD", f"{FS}/files{{file_path:path}}", FilesAPI.get_metadata)
def file_head(request: Request) -> Raw:
    found = _file(request)
    return Raw(b"", _headers(found) | {"Content-Length": str(found.stat().st_size)})


def _headers(found: Path) -> dict[str, str]:
    modified = email.utils.formatdate(found.stat().st_mtime, usegmt=True)
    return {"Content-Type": "application/octet-stream", "Last-Modified": modified}


@KIND.route("DELETE", f"{FS}/files{{file_path:path}}", FilesAPI.delete)
def file_delete(request: Request) -> None:
    _place(request, request.args["file_path"], write=True)
    _file(request).unlink()


def _folder(request: Request, write: bool) -> Path:
    found = _place(request, request.args["directory_path"], write)
    if not found.is_dir():
        raise missing(f"The directory {request.args['directory_path']} was not found.", "NOT_FOUND")
    return found


@KIND.route("PUT", f"{FS}/directories{{directory_path:path}}", FilesAPI.create_directory, body="raw")
def folder_put(request: Request) -> None:
    target = _place(request, request.args["directory_path"], write=True)
    if target.is_file():
        raise Refused(409, "ALREADY_EXISTS", f"{request.args['directory_path']} is a file.")
    target.mkdir(parents=True, exist_ok=True)


@KIND.route("GET", f"{FS}/directories{{directory_path:path}}", FilesAPI.list_directory_contents)
def folder_list(request: Request) -> dict[str, Any]:
    folder, path = _folder(request, write=False), request.args["directory_path"].rstrip("/")
    found = [
        {
            "path": f"{path}/{one.name}",
            "name": one.name,
            "is_directory": one.is_dir(),
            **({} if one.is_dir() else {"file_size": one.stat().st_size, "last_modified": changed(one)}),
        }
        for one in sorted(folder.iterdir())
    ]
    return request.page("contents", found, "page_size", 1000)


@KIND.route("HEAD", f"{FS}/directories{{directory_path:path}}", FilesAPI.get_directory_metadata)
def folder_head(request: Request) -> None:
    _folder(request, write=False)


@KIND.route("DELETE", f"{FS}/directories{{directory_path:path}}", FilesAPI.delete_directory)
def folder_delete(request: Request) -> None:
    folder = _folder(request, write=True)
    if any(folder.iterdir()):
        raise Refused(400, "FILES_API_DIRECTORY_IS_NOT_EMPTY", "The directory is not empty.")
    if len(parts_of(request.args["directory_path"])) == 4:
        raise invalid("a volume's own folder cannot be deleted")
    folder.rmdir()

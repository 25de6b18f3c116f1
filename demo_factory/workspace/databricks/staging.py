"""Files of a run on a cluster: its scripts in the ledger's folder, all else on a volume; none where anybody writes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


@dataclass
class LauncherFiles:
    """See `demo_factory.compat.dagster_databricks.StagedFiles`.

    A task's Python file is a workspace file, which is a path that jobs know; what a step writes while it runs has to be
    on a volume.

    Args:
        scripts: the workspace folder for Python files.
        volume: where its files lie.
    """

    client: WorkspaceClient
    scripts: str
    volume: str
    _put: list[str] = field(default_factory=list)

    def path(self, run_id: str, step: str, name: str) -> str:
        """Where a file of a step lies."""
        if name.endswith(".py"):
            return f"{self.scripts}/{run_id}_{step}_{name}"
        return f"{self.volume}/{run_id}/{step}/{name}"

    def put(self, path: str, content: bytes) -> None:
        """Write a file; what is there of the same step is replaced."""
        from databricks.sdk.service.workspace import ImportFormat

        folder = path.rpartition("/")[0]
        if path.startswith("/Volumes/"):
            self.client.files.create_directory(folder)
            self.client.files.upload(path, io.BytesIO(content), overwrite=True)
            return
        self._put.append(path)
        self.client.workspace.mkdirs(folder)
        self.client.workspace.upload(path, io.BytesIO(content), format=ImportFormat.AUTO, overwrite=True)

    def read(self, path: str) -> bytes:
        """A file's content; nothing of one that a step has not written yet."""
        from databricks.sdk.errors import NotFound

        try:
            contents = self.client.files.download(path).contents
        except NotFound:
            return b""
        return b"" if contents is None else contents.read()

    def remove(self, run_id: str) -> None:
        """Take away all of a run."""
        remove_scripts(self.client, self.scripts, dict.fromkeys(self._put))
        remove_folder(self.client, f"{self.volume}/{run_id}")


def remove_scripts(client: WorkspaceClient, folder: str, paths: Iterable[str]) -> None:
    """Remove workspace files, and their folder when nothing is left in it."""
    from databricks.sdk.errors import NotFound

    for path in paths:
        try:
            client.workspace.delete(path)
        except NotFound:
            continue
    try:
        if not list(client.workspace.list(folder)):
            client.workspace.delete(folder)
    except NotFound:
        return


def remove_folder(client: WorkspaceClient, folder: str) -> None:
    """Remove a folder of a volume with all that is in it; one that is gone already is fine."""
    from databricks.sdk.errors import NotFound

    try:
        for entry in list(client.files.list_directory_contents(folder)):
            if entry.is_directory:
                remove_folder(client, str(entry.path))
            else:
                client.files.delete(str(entry.path))
        client.files.delete_directory(folder)
    except NotFound:
        return

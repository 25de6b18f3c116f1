"""Small JSON documents as workspace files: where ledger and lock lie, seen by every machine."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.databricks.client import already_there, plainly, reason

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


_ATTEMPTS = 4


class Documents:
    """JSON documents under one folder of the workspace; paths are relative to it."""

    def __init__(self, client: WorkspaceClient, folder: str) -> None:
        self._client, self.folder = client, folder

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if name else self.folder

    def read(self, name: str) -> dict[str, Any] | None:
        """A document; None when there is none.

        Raises:
            DemoError: it is there and is not JSON, so that nobody writes over what cannot be understood.
        """
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.workspace import ExportFormat

        path = self._path(name)
        with plainly(f"read {path}"):
            try:
                answer = self._client.workspace.export(path, format=ExportFormat.AUTO)
            except NotFound:
                return None
        try:
            found: dict[str, Any] = json.loads(base64.b64decode(answer.content or ""))
        except ValueError:
            raise DemoError(
                f"{path} is damaged: it is not JSON.", "Move it away; what it named counts as somebody else's then."
            ) from None
        return found

    def write(self, name: str, document: dict[str, Any]) -> None:
        """Make or replace a document."""
        with plainly(f"write {self._path(name)}"):
            self._import(name, document, overwrite=True)

    def create(self, name: str, document: dict[str, Any]) -> bool:
        """Make a document that is not there: of several who try, one succeeds. False for the others."""
        try:
            self._import(name, document, overwrite=False)
        except OSError as error:
            if already_there(error):
                return False
            raise reason(error, f"write {self._path(name)}") from error
        return True

    def _import(self, name: str, document: dict[str, Any], overwrite: bool) -> None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.workspace import ImportFormat

        path = self._path(name)
        content = base64.b64encode(json.dumps(document, indent=1).encode()).decode()

        for attempt in range(_ATTEMPTS):
            try:
                self._client.workspace.import_(path, content=content, format=ImportFormat.AUTO, overwrite=overwrite)
            except NotFound:  # of its folder: there is none yet, or the last one who needed it tidied up just now
                if attempt == _ATTEMPTS - 1:
                    raise
                self._client.workspace.mkdirs(path.rpartition("/")[0])
            else:
                return

    def list(self, name: str = "") -> list[str] | None:
        """The names of what lies in a folder; None when there is no such folder."""
        from databricks.sdk.errors import NotFound

        with plainly(f"list {self._path(name)}"):
            try:
                return sorted(str(one.path).rpartition("/")[2] for one in self._client.workspace.list(self._path(name)))
            except NotFound:
                return None

    def delete_if_empty(self, name: str = "") -> None:
        """Remove a folder in which nothing is left."""
        from databricks.sdk.errors import BadRequest

        if self.list(name) != []:
            return
        try:
            self.delete(name)
        except DemoError as error:
            if not isinstance(error.__cause__, BadRequest):  # somebody has put something in just now
                raise

    def delete(self, name: str) -> None:
        """Remove a document, or a folder that is empty; one that is gone already is fine."""
        from databricks.sdk.errors import NotFound

        with plainly(f"remove {self._path(name)}"):
            try:
                self._client.workspace.delete(self._path(name))
            except NotFound:
                return

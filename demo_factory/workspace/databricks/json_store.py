"""Small JSON documents as workspace files: where ledger and lock lie, seen by every machine."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
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

    def leave(self) -> None:
        """Remove the folder when nothing is left in it, and ours above, in which that of an environment lies."""
        self.delete_if_empty()
        above = self.folder.rpartition("/")[0]
        if above.endswith("/.demo_factory"):
            Documents(self._client, above).delete_if_empty()

    def delete(self, name: str) -> None:
        """Remove a document, or a folder that is empty; one that is gone already is fine."""
        from databricks.sdk.errors import NotFound

        with plainly(f"remove {self._path(name)}"):
            try:
                self._client.workspace.delete(self._path(name))
            except NotFound:
                return


Change = Callable[[dict[str, Any]], object]


@dataclass
class _Waiting:
    change: Change
    done: bool = False
    left: bool = True
    error: BaseException | None = None


@dataclass
class Commits:
    """Reads, changes and writes documents. A commit is done when its change stands in the workspace."""

    documents: Documents
    _waiting: dict[str, list[_Waiting]] = field(default_factory=dict)
    _queue: threading.Lock = field(default_factory=threading.Lock)
    _writer: threading.Lock = field(default_factory=threading.Lock)

    def commit(self, name: str, change: Change) -> bool:
        """Apply a change to a document. Returns whether anything is left in it.

        Raises:
            DemoError: it could not be read or written; the change is not made.
        """
        mine = _Waiting(change)
        with self._queue:
            self._waiting.setdefault(name, []).append(mine)
        with self._writer:
            if not mine.done:
                self._write(name)
        if mine.error is not None:
            raise mine.error
        return mine.left

    def _write(self, name: str) -> None:
        with self._queue:
            together = self._waiting.pop(name)
        try:
            document = self.documents.read(name) or {}
            for one in together:
                try:
                    one.change(document)
                except Exception as error:  # noqa: BLE001 - it is its own commit's to raise, not the others'
                    one.error = error
            self.documents.write(name, document)
            for one in together:
                one.left = bool(document)
        except BaseException as error:  # noqa: BLE001 - nothing was written: none of them is done
            for one in together:
                one.error = error
        finally:
            for one in together:
                one.done = True

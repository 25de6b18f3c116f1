"""Changes to a document, one writer at a time; those that wait for it travel together in the next write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from demo_factory.workspace.databricks.documents import Documents

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

"""The file of governed things: one SQLite file beside the tables it speaks of."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.resources.kind import On
from demo_factory.resources.resource import ResourceId, Value
from demo_factory.workspace.local import tables_on_disk
from demo_factory.workspace.local.layout import StateFolder

_BUSY_SECONDS = 30
_SCHEMA = "CREATE TABLE IF NOT EXISTS things (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key))"


class Things:
    """Values of governed things by kind and key, those of all demos of a state folder."""

    def __init__(self, state: StateFolder, environ: Mapping[str, str] = os.environ) -> None:
        self.state, self.environ = state, environ
        self.file = state.lakehouse / "_governance.db"

    def stored(self) -> dict[ResourceId, Value]:
        """All that is written here, whether or not what it hangs on still stands."""
        if not self.file.exists():
            return {}
        with self._connection() as db:
            rows: list[tuple[str, str, str]] = db.execute("SELECT kind, key, value FROM things").fetchall()
        return {ResourceId(kind, key): json.loads(value) for kind, key, value in rows}

    def put(self, id: ResourceId, value: Value) -> None:
        """Write one, in place of what was there."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (*id, json.dumps(dict(value))))

    def forget(self, id: ResourceId) -> None:
        """Take one out."""
        if self.file.exists():
            with self._write() as db:
                db.execute("DELETE FROM things WHERE kind = ? AND key = ?", tuple(id))

    def stands(self, on: On | None) -> bool:
        """Whether the table, view or volume is there that something lies on; what lies on nothing stands by itself."""
        if on is not None and on.securable == "table":
            return tables_on_disk.exists(self.state, on.name) is not None
        if on is not None and on.securable == "volume":
            return self.state.volume(*on.name.split(".")).is_dir()
        return True

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as db, db:  # the inner one commits, or rolls back
            db.execute("BEGIN IMMEDIATE")
            yield db

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.file, timeout=_BUSY_SECONDS)
        try:
            db.execute(_SCHEMA)
            yield db
        except sqlite3.DatabaseError as error:
            raise MachineTrouble(
                f"What is governed locally cannot be read from {self.file}: {error}.",
                "If the file is damaged, remove it and build the demo again.",
            ) from error
        finally:
            db.close()

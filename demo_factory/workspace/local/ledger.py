"""What we created on this machine: announced before it exists, so that destroy removes exactly that and no more."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.resources.governed import Item, Made, Ref, Value
from demo_factory.workspace.ledger import Entry, State
from demo_factory.workspace.local.machine_errors import translate

__all__ = ["Entry", "Ledger", "State"]

_BUSY_SECONDS = 30  # Dagster, a live feed and the command line may write at the same time
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  demo TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL,
  as_of TEXT, epoch TEXT, rows INTEGER, seconds REAL, detail TEXT NOT NULL DEFAULT '{}',
  created TEXT NOT NULL, updated TEXT NOT NULL,
  UNIQUE (name, kind));
CREATE TABLE IF NOT EXISTS facts (
  demo TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated TEXT NOT NULL,
  PRIMARY KEY (demo, key));
CREATE TABLE IF NOT EXISTS items (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  demo TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, want TEXT NOT NULL, made INTEGER NOT NULL,
  ours INTEGER NOT NULL, detail TEXT NOT NULL DEFAULT '{}', updated TEXT NOT NULL,
  UNIQUE (demo, kind, key));
"""
_COLUMNS = "demo, kind, name, fingerprint, state, as_of, epoch, rows, seconds, detail, created, updated"
_ANNOUNCE = f"""
INSERT INTO objects ({_COLUMNS}) VALUES (?, ?, ?, ?, 'announced', ?, ?, NULL, NULL, ?, ?, ?)
ON CONFLICT (name, kind) DO UPDATE SET fingerprint = excluded.fingerprint, state = 'announced',
  as_of = excluded.as_of, epoch = excluded.epoch, rows = NULL, seconds = NULL, detail = excluded.detail,
  updated = excluded.updated
"""
# what was ours stays ours: a later apply finds it there and takes nothing away from that
_ANNOUNCE_ITEM = """
INSERT INTO items (demo, kind, key, want, made, ours, detail, updated) VALUES (?, ?, ?, ?, 0, ?, ?, ?)
ON CONFLICT (demo, kind, key) DO UPDATE SET want = excluded.want, made = 0, ours = max(ours, excluded.ours),
  detail = json_patch(detail, excluded.detail), updated = excluded.updated
"""


@dataclass(frozen=True)
class Ledger:
    """The ledger in one SQLite file; every call is its own short transaction, safe across threads and processes.

    Reading a ledger that does not exist yet writes nothing: `plan` may ask.
    """

    path: Path

    def announce(
        self,
        demo: str,
        kind: str,
        name: str,
        fingerprint: str,
        *,
        as_of: str | None = None,
        epoch: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Say that `name` will be created or rewritten. Call it BEFORE touching the object.

        Raises:
            DemoError: the name belongs to another demo of this state folder.
        """
        now = _now()
        with self._write() as db:
            other = db.execute(
                "SELECT demo FROM objects WHERE name = ? AND demo <> ? AND state <> 'dropped'", (name, demo)
            ).fetchone()
            if other:
                raise DemoError(
                    f"{name} belongs to the demo {other[0]}, so {demo} cannot create it.",
                    "Give the demos different catalogs or schemas, or destroy the other demo first.",
                )
            db.execute("DELETE FROM objects WHERE name = ? AND state = 'dropped'", (name,))
            db.execute(_ANNOUNCE, (demo, kind, name, fingerprint, as_of, epoch, json.dumps(detail or {}), now, now))

    def made(
        self,
        name: str,
        *,
        rows: int | None = None,
        seconds: float | None = None,
        detail: Mapping[str, Any] | None = None,
        kind: str | None = None,
    ) -> None:
        """The announced object exists now."""
        self._change(name, kind, "made", rows=rows, seconds=seconds, detail=detail)

    def failed(self, name: str, reason: str, *, seconds: float | None = None, kind: str | None = None) -> None:
        """The announced object could not be made; what is there of it is still ours to remove."""
        self._change(name, kind, "failed", seconds=seconds, detail={"reason": reason})

    def judged(self, name: str, kind: str, state: State, detail: Mapping[str, Any]) -> None:
        """A verdict on an object that stands."""
        self._change(name, kind, state, detail=detail)

    def dropped(self, name: str, *, kind: str | None = None) -> None:
        """The object is gone; the row stays as the trace of a destroy until `forget`."""
        self._change(name, kind, "dropped")

    def entries(self, demo: str | None = None) -> list[Entry]:
        """Every row in the order of first creation (destroy goes through it backwards); of one demo or of all."""
        where, values = ("WHERE demo = ?", (demo,)) if demo is not None else ("", ())
        return self._select(f"{where} ORDER BY position", values)

    def entry(self, name: str, kind: str | None = None) -> Entry | None:
        """The row of one object, or None."""
        where, values = _by_name(name, kind)
        found = self._select(f"WHERE {where} ORDER BY position", values)
        return found[0] if found else None

    def owns(self, name: str, kind: str | None = None) -> bool:
        """True when we created it (or began to). What exists and is not owned is somebody else's."""
        found = self.entry(name, kind)
        return found is not None and found.state != "dropped"

    def forget(self, name: str, kind: str | None = None) -> None:
        """Remove the row, after the object itself is gone."""
        where, values = _by_name(name, kind)
        with self._write() as db:
            db.execute(f"DELETE FROM objects WHERE {where}", values)

    def get_fact(self, demo: str, key: str) -> str | None:
        """One fact about a demo, such as its frozen epoch."""
        return next(
            (row[0] for row in self._read("SELECT value FROM facts WHERE demo = ? AND key = ?", (demo, key))), None
        )

    def set_fact(self, demo: str, key: str, value: str | None) -> None:
        """Keep a fact about a demo; None removes it."""
        with self._write() as db:
            if value is None:
                db.execute("DELETE FROM facts WHERE demo = ? AND key = ?", (demo, key))
            else:
                db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?)", (demo, key, value, _now()))

    def facts(self, demo: str) -> dict[str, str]:
        """All facts about a demo."""
        return dict(self._read("SELECT key, value FROM facts WHERE demo = ? ORDER BY key", (demo,)))

    def items(self, demo: str) -> dict[Ref, Made]:
        """The governed things of a demo, oldest first."""
        wanted = "SELECT kind, key, want, made, ours, detail FROM items WHERE demo = ? ORDER BY position"
        return {
            (kind, key): Made(kind, key, json.loads(want), bool(made), bool(ours), json.loads(detail))
            for kind, key, want, made, ours, detail in self._read(wanted, (demo,))
        }

    def announce_item(self, demo: str, item: Item, ours: bool, detail: Value = {}) -> None:  # noqa: B006 - never changed
        """Say that a governed thing is about to be made or changed. Call it BEFORE touching the thing."""
        want, said = json.dumps(dict(item.want)), json.dumps(dict(detail))
        with self._write() as db:
            db.execute(_ANNOUNCE_ITEM, (demo, item.kind, item.key, want, int(ours), said, _now()))

    def made_item(self, demo: str, item: Item, detail: Value) -> None:
        """The announced thing is there now."""
        with self._write() as db:
            changed = db.execute(
                "UPDATE items SET made = 1, want = ?, detail = json_patch(detail, ?), updated = ?"
                " WHERE demo = ? AND kind = ? AND key = ?",
                (json.dumps(dict(item.want)), json.dumps(dict(detail)), _now(), demo, item.kind, item.key),
            )
            if not changed.rowcount:
                message = f"{item.kind} {item.key} was never announced in {self.path}."
                raise DemoError(message, "Announce it before making it.")

    def forget_item(self, demo: str, ref: Ref) -> None:
        """Remove a governed thing's row, after it is gone."""
        with self._write() as db:
            db.execute("DELETE FROM items WHERE demo = ? AND kind = ? AND key = ?", (demo, *ref))

    def _change(
        self,
        name: str,
        kind: str | None,
        state: State,
        *,
        rows: int | None = None,
        seconds: float | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        where, values = _by_name(name, kind)
        with self._write() as db:
            found = db.execute(f"SELECT position, detail FROM objects WHERE {where}", values).fetchone()
            if found is None:
                raise DemoError(f"{name} was never announced in {self.path}.", "Announce it before making it.")
            merged = {**json.loads(found[1]), **(detail or {})}
            db.execute(
                "UPDATE objects SET state = ?, rows = coalesce(?, rows), seconds = coalesce(?, seconds), detail = ?, "
                "updated = ? WHERE position = ?",
                (state, rows, seconds, json.dumps(merged), _now(), found[0]),
            )

    def _select(self, clause: str, values: tuple[str, ...]) -> list[Entry]:
        return [_entry(row) for row in self._read(f"SELECT {_COLUMNS} FROM objects {clause}", values)]

    def _is_there(self) -> bool:
        """An emptied file says as little as none."""
        return self.path.exists() and self.path.stat().st_size > 0

    def mend(self) -> None:
        """Move a damaged file aside: what it knew is known by the marks of our tables, as when it is lost."""
        if self._is_there() and not _whole(self.path):
            for end in ("", "-wal", "-shm"):
                file = self.path.with_name(f"{self.path.name}{end}")
                if file.exists():
                    file.replace(self.path.with_name(f"{self.path.name}.damaged{end}"))

    def _read(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """Rows; none of a ledger that is lost or damaged."""
        if not self._is_there():
            return []
        try:
            with self._connection() as db:
                return db.execute(query, values).fetchall()
        except MachineTrouble as error:
            if _is_damage(error.__cause__):
                return []
            raise

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as db:
            # IMMEDIATE: two processes that read first and write later would otherwise fail instead of waiting.
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
                yield db
        except sqlite3.DatabaseError as error:
            raise translate(error) or self._unusable(error) from error

    def _unusable(self, error: sqlite3.DatabaseError) -> MachineTrouble:
        said = f"The ledger {self.path} cannot be used: {error}."
        code = getattr(error, "sqlite_errorname", "")
        if code.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
            return MachineTrouble(
                said, "Correct the folder's permissions, or keep the state elsewhere with --home FOLDER."
            )
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return MachineTrouble(said, "Another demo_factory process is writing: wait for it.")
        return MachineTrouble(
            said,
            f"If the file is damaged, move it away (mkdir lost && mv {self.path}* lost): status, build and destroy "
            "know our tables by their mark.",
        )


def _whole(path: Path) -> bool:
    """Whether a file is a database that can be read to its end."""
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return not _is_damage(error)


def _is_damage(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def _by_name(name: str, kind: str | None) -> tuple[str, tuple[str, ...]]:
    return ("name = ?", (name,)) if kind is None else ("name = ? AND kind = ?", (name, kind))


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return Entry(**{**values, "detail": json.loads(values["detail"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")

"""The ledger of a state folder: one SQLite file; every call is its own short transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.resources.resource import DATA, Resource, ResourceId, State, Value
from demo_factory.workspace.ledger import OBJECTS, Facts, Ledger, as_found
from demo_factory.workspace.local import marks
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.earlier_ledger import migrate
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.machine_errors import translate

_BUSY_SECONDS = 30  # Dagster, a live feed and the command line may write at the same time
_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, key TEXT NOT NULL, desired TEXT NOT NULL, status TEXT NOT NULL, owned INTEGER NOT NULL,
  detail TEXT NOT NULL, demo TEXT NOT NULL, rows INTEGER, seconds REAL, created TEXT NOT NULL, updated TEXT NOT NULL,
  UNIQUE (demo, kind, key));
CREATE TABLE IF NOT EXISTS facts (
  demo TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated TEXT NOT NULL,
  PRIMARY KEY (demo, key));
"""
_COLUMNS = "kind, key, desired, status, owned, detail, demo, rows, seconds, created, updated"
_WRITE = f"""
INSERT INTO resources ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (demo, kind, key) DO UPDATE SET desired = excluded.desired, status = excluded.status,
  owned = excluded.owned, detail = excluded.detail, rows = excluded.rows, seconds = excluded.seconds,
  updated = excluded.updated
"""
_ONE = "WHERE demo = ? AND kind = ? AND key = ?"


class LocalLedger(Ledger):
    """See `demo_factory.workspace.ledger.Ledger`. It is safe across threads and processes.

    Tables and views that the ledger has lost are known by their marks.
    """

    def __init__(self, state: StateFolder) -> None:
        self._state, self.path = state, state.ledger

    def states(self, demo: str | None = None) -> list[State]:
        """All that we made, oldest first."""
        kept = self._select("ORDER BY position")
        ours = {(one.key, OBJECTS[one.kind]) for one in kept if one.kind in OBJECTS}
        return [one for one in (*kept, *marks.found(self._state, ours)) if demo is None or one.demo == demo]

    def look(self, demo: str, only: ResourceId | None = None) -> Mapping[ResourceId, State]:
        """With what lies on disk. Of one resource without a look at everything else, which each step would repeat."""
        known = self._known(demo, only) if only is not None else None
        states = [known] if known is not None else self.states(demo)
        return {one.id: replace(one, found=self._found(one)) for one in states}

    def made(
        self, demo: str, resource: Resource, detail: Value, rows: int | None = None, seconds: float | None = None
    ) -> None:
        """Of a view also what was written, so that a change by hand is seen."""
        if resource.kind == "view":
            view = self._state.view(*resource.key.split("."))
            detail = {**detail, "written": marks.digest(view)} if view.is_file() else detail
        super().made(demo, resource, detail, rows, seconds)

    def facts(self, demo: str) -> Facts:
        """What the first build froze; by the marks on its tables when the ledger has lost it."""
        return super().facts(demo) if self._facts(demo) else marks.facts(self._state, demo)

    def thaw(self, demo: str) -> None:
        """Forget what was frozen, after a destroy."""
        if self._facts(demo):
            with self._write() as db:
                db.execute("DELETE FROM facts WHERE demo = ?", (demo,))

    def _found(self, state: State) -> Value | None:
        if state.kind not in DATA:
            return None
        kind = OBJECTS.get(state.kind)
        if kind is not None and lakehouse.exists(self._state, state.key) != kind:
            return None
        damage = self._damage(state)
        return {**as_found(state), "trouble": damage, "whole": False} if damage else as_found(state)

    def _damage(self, state: State) -> str:
        """What is wrong with an object as it lies there; nothing when it is whole."""
        if state.kind == "model":
            store = self._state.mlflow / "mlflow.db"
            gone = "version" in state.detail and not (store.is_file() and store.stat().st_size)
            return f"{store} is gone, and the model with it" if gone else ""
        kind = OBJECTS.get(state.kind)
        if kind is None:
            return ""
        name = lakehouse.parse_name(state.key)
        return marks.trouble_of(self._state, name, kind, str(state.detail.get("written", "")))

    def _is_foreign(self, demo: str, resource: Resource) -> bool:
        there = resource.kind in OBJECTS and lakehouse.exists(self._state, resource.key)
        return bool(there) and not marks.is_ours(self._state, demo, lakehouse.parse_name(resource.key))

    # -- the file ------------------------------------------------------------------------------------------------------

    def _known(self, demo: str, id: ResourceId) -> State | None:
        return next(iter(self._select(_ONE, (demo, *id))), None)

    def _change(self, demo: str, id: ResourceId, change: Callable[[State | None], State | None]) -> None:
        with self._write() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM resources {_ONE}", (demo, *id)).fetchone()
            after = change(None if row is None else _state(row))
            if after is None:
                db.execute(f"DELETE FROM resources {_ONE}", (demo, *id))
            else:
                db.execute(_WRITE, _row(after))

    def _facts(self, demo: str) -> Mapping[str, str]:
        return dict(self._read("SELECT key, value FROM facts WHERE demo = ? ORDER BY key", (demo,)))

    def _keep_facts(self, demo: str, facts: Mapping[str, str]) -> None:
        with self._write() as db:
            rows = [(demo, key, value) for key, value in facts.items()]
            db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, datetime('now'))", rows)

    def _select(self, clause: str, values: tuple[str, ...] = ()) -> list[State]:
        return [_state(row) for row in self._read(f"SELECT {_COLUMNS} FROM resources {clause}", values)]

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
        with self._connection() as db, _transaction(db):
            yield db

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
                if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'objects'").fetchone():
                    with _transaction(db):
                        for state in migrate(db):
                            db.execute(_WRITE, _row(state))
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


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    # IMMEDIATE: two processes that read first and write later would otherwise fail instead of waiting.
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _row(state: State) -> tuple[Any, ...]:
    values = astuple(replace(state, found=None))
    return tuple(json.dumps(one) if isinstance(one, dict) else one for one in values[:6] + values[7:])


def _state(row: tuple[Any, ...]) -> State:
    kind, key, desired, status, owned, detail, *rest = row
    return State(kind, key, json.loads(desired), status, bool(owned), json.loads(detail), None, *rest)

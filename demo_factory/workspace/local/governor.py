"""Governance on a laptop: who there is and who may do what, in one SQLite file beside the tables it speaks of."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.resources.resource import Kind, Resource, ResourceId, State, Value
from demo_factory.resources.values import SHARED, value_of
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.layout import StateFolder

_BUSY_SECONDS = 30
_SCHEMA = "CREATE TABLE IF NOT EXISTS things (kind TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, key))"
_PRINCIPALS: tuple[Kind, ...] = ("group", "service_principal")


class LocalGovernor:
    """See `demo_factory.workspace.protocols.Governor`.

    Catalogs and schemas are folders. What hangs on a table or view is found as long as that is there. Of a secret only
    its name is kept, nothing that was made from its value; the value stays in its environment variable.
    """

    def __init__(self, state: StateFolder, environ: Mapping[str, str] = os.environ) -> None:
        self._state, self._environ = state, environ
        self.file = state.lakehouse / "_governance.db"

    def everything(self) -> dict[ResourceId, Value]:
        """All that is governed in this state folder, whichever demo asked for it."""
        return {ref: value for ref, value in self._stored().items() if self._stands(*ref)}

    def find(self, items: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now; None where nothing does."""
        stored = self._stored()
        found = {item.id: self._find(item.id, stored) for item in items}
        for item in items:
            if _leaves_members(item) and found[item.id] is not None:
                found[item.id] = item.desired
        return found

    def by_hand(self, items: Sequence[Resource], objects: Collection[tuple[str, str]]) -> Mapping[ResourceId, Value]:
        """Grants to principals that no item names on an object, and members of groups that list none."""
        stored, refs = self.everything(), {item.id for item in items}
        found = {item.id: stored[item.id] for item in items if _leaves_members(item) and stored.get(item.id)}
        there = {*objects, *(item.id for item in items if item.kind in ("catalog", "schema"))}
        for ref, value in stored.items():
            if ref[0] == "grant" and ref not in refs and tuple(ref[1].split(" ")[:2]) in there:
                found[ref] = value
        return found

    def make(self, item: Resource, found: Value | None) -> Value:
        """Bring one thing to what it should be."""
        self._check(item)
        folder = self._folder(item.kind, item.key)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        if not _leaves_members(item) or item.id not in self._stored():
            self._put(item.kind, item.key, item.desired)
        return self._said_of_secret(item) if item.kind == "secret" else {}

    def remove(self, made: State) -> bool:
        """Remove one thing of ours; a folder only when nothing is left in it."""
        folder = self._folder(made.kind, made.key)
        there = self._find(made.id, self._stored()) is not None
        if folder is not None and not lakehouse.remove_if_empty(folder):
            inside = sorted(child.name for child in folder.iterdir())
            raise DemoError(
                f"The {made.kind} {made.key} still holds {', '.join(inside[:5])}.", "Remove that first, or keep both."
            )
        before = made.detail.get("before")
        if made.kind in SHARED and before and there:
            self._put(made.kind, made.key, value_of(made.kind, before))
        elif self.file.exists():
            with self._write() as db:
                db.execute("DELETE FROM things WHERE kind = ? AND key = ?", (made.kind, made.key))
        return there

    def _find(self, ref: ResourceId, stored: Mapping[ResourceId, Value]) -> Value | None:
        if not self._stands(*ref):
            return None
        return stored.get(ref, {"comment": ""} if self._folder(*ref) is not None else None)

    def _stands(self, kind: Kind, key: str) -> bool:
        """Whether the folder, table or view is there that the thing is or hangs on."""
        folder = self._folder(kind, key)
        if folder is not None:
            return folder.is_dir()
        name = hangs_on(kind, key)
        return name is None or lakehouse.exists(self._state, name) is not None

    def _folder(self, kind: Kind, key: str) -> Path | None:
        if kind == "catalog":
            return self._state.catalog(key)
        return self._state.schema(*key.split(".")) if kind == "schema" else None

    def _check(self, item: Resource) -> None:
        """Refuse what Unity Catalog would refuse: things that hang on nothing."""
        name = hangs_on(item.kind, item.key)
        if name is not None and lakehouse.exists(self._state, name) is None:
            raise DemoError(
                f"{name} is not there, so it can have no {item.kind} yet.", "Build the demo's tables first."
            )
        stored = self._stored()
        function = item.desired.get("function")
        if function is not None and ("function", function) not in stored:
            raise DemoError(f"The {item.kind} of {item.key} needs the function {function}.", "Make the masks again.")
        for principal in _principals_of(item):
            if not any((kind, principal) in stored for kind in _PRINCIPALS):
                message = f"There is no group or service principal {principal} for {item.kind} {item.key}."
                raise DemoError(message, "Make the principals first.")

    def _said_of_secret(self, item: Resource) -> Value:
        name = str(item.desired["env"])
        if self._environ.get(name):
            return {"value": f"in the environment variable {name}"}
        return {"value": f"missing: the environment variable {name} is not set"}

    # -- the file ------------------------------------------------------------------------------------------------------

    def _stored(self) -> dict[ResourceId, Value]:
        if not self.file.exists():
            return {}
        with self._connection() as db:
            rows: list[tuple[Any, str, str]] = db.execute("SELECT kind, key, value FROM things").fetchall()
        return {ResourceId(kind, key): json.loads(value) for kind, key, value in rows}

    def _put(self, kind: Kind, key: str, value: Value) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (kind, key, json.dumps(dict(value))))

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


def hangs_on(kind: Kind, key: str) -> str | None:
    """The table or view without which the thing cannot be; None for what stands by itself."""
    if kind == "row_filter":
        return key
    if kind == "mask":
        return key.rpartition(".")[0]
    if kind in ("tags", "owner", "grant"):
        securable, name = key.split()[:2]
        if securable == "column":
            return name.rpartition(".")[0]
        return name if securable == "table" else None
    return None


def _leaves_members(item: Resource) -> bool:
    """Whether it is a group whose members are left to people."""
    return item.kind == "group" and "members" not in item.desired


def _principals_of(item: Resource) -> list[str]:
    """The groups and service principals that a thing names."""
    match item.kind:
        case "group":
            return [member for member in item.desired.get("members", ()) if "@" not in member]
        case "grant" | "secret_acl":
            return [item.key.split()[-1]]
        case "owner":
            return [item.desired["owner"]]
    return []

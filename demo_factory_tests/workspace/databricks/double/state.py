"""What several kinds share: who there is, the objects of Unity Catalog, grants; each kind keeps the rest for itself."""

from __future__ import annotations

import itertools
import secrets
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import Refused, missing

EVERYBODY = "account users"
Rows = tuple[list[str], list[list[object]]]  # columns, rows
SqlBackend = Callable[[str], Rows]


@dataclass
class Principal:
    """A user or a service principal. `name` is what grants call it: the e-mail or the application id."""

    name: str
    kind: str
    id: str
    display_name: str
    admin: bool = False


@dataclass
class Group:
    """A group of the account, or one of the workspace, which cannot hold grants of Unity Catalog."""

    id: str
    name: str
    account: bool
    members: list[str] = field(default_factory=list)  # ids
    entitlements: tuple[str, ...] = ()  # of a group of the account that is assigned to the workspace


@dataclass
class Securable:
    """An object of Unity Catalog: `kind` is catalog, schema, table, volume, function or model."""

    kind: str
    name: str
    owner: str
    info: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    versions: dict[int, dict[str, Any]] = field(default_factory=dict)  # of a model

    @property
    def parent(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def is_view(self) -> bool:
        return self.info.get("table_type") == "VIEW"

    def column(self, name: str) -> dict[str, Any] | None:
        """A column as the API shows it; names know no case."""
        return next((one for one in self.info["columns"] if one["name"].lower() == name.lower()), None)


@dataclass
class Settings:
    """What a test may set.

    Attributes:
        sql_backend: runs the statements that the double does not understand: statement -> (columns, rows).
        slow_polls: how often statements and new clusters are still PENDING or RUNNING when asked; 0 is at once.
        chunk_rows: how many rows of a result come at a time.
        inline_bytes: at how many a result that comes INLINE is cut.
        spark_bootstrap: Python source that runs first in each run's process and defines spark, sc and dbutils.
        on_table: called with name, columns and partition of a table that a warehouse made or replaced, empty.
        after_run: called with a run's id when its tasks have ended, before it shows its end: put in what it made.
    """

    sql_backend: SqlBackend | None = None
    slow_polls: int = 0
    chunk_rows: int = 10_000
    inline_bytes: int = 25 * 2**20
    spark_bootstrap: str = ""
    on_table: Callable[[str, list[dict[str, Any]], list[str]], None] | None = None
    after_run: Callable[[int], None] | None = None


class State:
    """What the workspace, its metastore and its account hold. One lock makes each call atomic."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.folder = folder
        self.url = ""
        self.principals: dict[str, Principal] = {}
        self.groups: dict[str, Group] = {}
        self.securables: dict[tuple[str, str], Securable] = {}
        self.grants: dict[tuple[str, str], dict[str, set[str]]] = {}
        self.limits: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.settings = Settings()
        self.metastore_id = str(uuid.uuid4())
        self.metastore_owner = ""
        self.kept: defaultdict[str, dict[Any, Any]] = defaultdict(dict)  # what each kind keeps for itself
        self._numbers = itertools.count(100_001)
        self._clock = itertools.count(1_760_000_000_000)

    def number(self) -> int:
        """A fresh id."""
        return next(self._numbers)

    def now(self) -> int:
        """Milliseconds that only ever grow."""
        return next(self._clock)

    # Principals

    def token_for(self, name: str) -> str:
        """A new token of a user or a service principal."""
        token = f"dapi{secrets.token_hex(16)}"
        self.tokens[token] = name
        return token

    def groups_of(self, principal: Principal) -> set[str]:
        """The names of the account groups a principal is in, directly or not."""
        names, ids = {EVERYBODY}, {principal.id}
        grown = True
        while grown:
            grown = False
            for group in self.groups.values():
                if group.id not in ids and ids & set(group.members):
                    ids.add(group.id)
                    names |= {group.name} if group.account else set()
                    grown = True
        return names

    def grantee(self, name: str) -> str:
        """A name that grants may use.

        Raises:
            Refused: nobody of the account is called so; groups of the workspace are not of the account.
        """
        if name == EVERYBODY or name in self.principals:
            return name
        if any(group.name == name and group.account for group in self.groups.values()):
            return name
        raise missing(f"Could not find principal with name {name}", "PRINCIPAL_DOES_NOT_EXIST")

    def in_workspace(self, name: str) -> bool:
        """Whether the workspace knows a user, a service principal or a group of either kind."""
        known = {group.name for group in self.groups.values()} | {"users", "admins", EVERYBODY}
        return name in self.principals or name in known

    # Unity Catalog

    def get(self, kind: str, name: str) -> Securable:
        """An object by its full name.

        Raises:
            Refused: it is not there.
        """
        found = self.securables.get((kind, name.lower()))
        if found is None:
            code = "RESOURCE_DOES_NOT_EXIST" if kind == "model" else f"{kind.upper()}_DOES_NOT_EXIST"
            title = "Registered model" if kind == "model" else kind.title()
            raise Refused(404, code, f"{title} '{name}' does not exist.")
        return found

    def of_kind(self, kind: str, parent: str = "") -> list[Securable]:
        """All objects of a kind, or those in one container, by name."""
        found = [one for (k, _), one in sorted(self.securables.items()) if k == kind]
        return [one for one in found if not parent or one.parent == parent.lower()]

    def children(self, securable: Securable) -> Iterator[Securable]:
        """What lies directly in a container."""
        return (other for other in list(self.securables.values()) if other.name and other.parent == securable.name)

    def files_of(self, securable: Securable) -> Path:
        """Where the files of a volume or a model lie on disk."""
        return self.folder.joinpath(f"{securable.kind.title()}s", *securable.name.split("."))

    def number_of_files(self, root: str) -> int:
        """How many lie under one of the double's own folders: dbfs, Volumes or Models."""
        return sum(path.is_file() for path in (self.folder / root).rglob("*"))

    def drop(self, securable: Securable) -> None:
        """Remove an object with all in it; its grants, tags, masks and files go with it."""
        for child in self.children(securable):
            self.drop(child)
        self.securables.pop((securable.kind, securable.name), None)
        self.grants.pop((securable.kind, securable.name), None)
        if securable.kind in ("volume", "model"):
            remove_folder(self.files_of(securable))


@dataclass
class Act:
    """Who does something, and where."""

    state: State
    caller: Principal

    @property
    def names(self) -> set[str]:
        """The names under which the caller may hold grants and own things."""
        return {self.caller.name} | self.state.groups_of(self.caller)


def remove_folder(folder: Path) -> None:
    """A folder goes with all in it, if it is there."""
    for item in sorted(folder.rglob("*"), reverse=True):
        item.rmdir() if item.is_dir() else item.unlink()
    if folder.exists():
        folder.rmdir()

"""Everything that exists in the double."""

from __future__ import annotations

import itertools
import secrets
import threading
import uuid
from collections import Counter
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


@dataclass
class Securable:
    """An object of Unity Catalog: `kind` is catalog, schema, table, volume, function or model."""

    kind: str
    name: str
    owner: str
    info: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)
    column_tags: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def parent(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass
class Scope:
    """A secret scope."""

    secrets: dict[str, tuple[str, int]] = field(default_factory=dict)  # base64, when
    acls: dict[str, str] = field(default_factory=dict)


class State:
    """What the workspace, its metastore and its account hold. One lock makes each call atomic."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.RLock()
        self.folder = folder
        self.principals: dict[str, Principal] = {}
        self.groups: dict[str, Group] = {}
        self.securables: dict[tuple[str, str], Securable] = {}
        self.grants: dict[tuple[str, str], dict[str, set[str]]] = {}
        self.scopes: dict[str, Scope] = {}
        self.warehouses: dict[str, dict[str, Any]] = {}
        self.statements: dict[str, Any] = {}
        self.workspace: dict[str, dict[str, Any]] = {}
        self.handles: dict[int, Path] = {}
        self.clusters: dict[str, dict[str, Any]] = {}
        self.jobs: dict[int, dict[str, Any]] = {}
        self.runs: dict[int, Any] = {}
        self.permissions: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.experiments: dict[str, dict[str, Any]] = {}
        self.experiment_runs: dict[str, dict[str, Any]] = {}
        self.logged_models: dict[str, dict[str, Any]] = {}
        self.system_rows: dict[str, Rows] = {}
        self.sql_backend: SqlBackend | None = None
        self.slow_polls = 0
        self.chunk_rows = 10_000
        self.spark_bootstrap = ""
        self.after_run: Callable[[int], None] | None = None
        self.limits: dict[str, int] = {}
        self.url = ""
        self.tokens: dict[str, str] = {}
        self.oauth_secrets: dict[str, list[str]] = {}
        self.policies: set[str] = set()
        self.metastore_id = str(uuid.uuid4())
        self.metastore_owner = ""
        self._numbers = itertools.count(1)
        self._clock = itertools.count(1_760_000_000_000)

    def number(self) -> int:
        """A fresh id."""
        return 100_000 + next(self._numbers)

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

    def children(self, securable: Securable) -> Iterator[Securable]:
        """What lies directly in a container."""
        return (other for other in list(self.securables.values()) if other.name and other.parent == securable.name)

    def drop(self, securable: Securable) -> None:
        """Remove an object with all in it; its grants, tags and masks go with it."""
        for child in self.children(securable):
            self.drop(child)
        self.securables.pop((securable.kind, securable.name), None)
        self.grants.pop((securable.kind, securable.name), None)
        if securable.kind in ("volume", "model"):
            root = {"volume": "Volumes", "model": "Models"}[securable.kind]
            self._remove_files(self.folder / root / Path(*securable.name.split(".")))

    @staticmethod
    def _remove_files(folder: Path) -> None:
        for item in sorted(folder.rglob("*"), reverse=True):
            item.rmdir() if item.is_dir() else item.unlink()
        if folder.exists():
            folder.rmdir()

    # What exists

    def objects(self) -> dict[str, int]:
        """How many there are of each kind of thing, those with none left out."""
        count: Counter[str] = Counter()
        for securable in self.securables.values():
            if securable.name.endswith(".information_schema"):
                continue
            count[f"{securable.kind}s"] += 1
            count["tags"] += len(securable.tags) + sum(len(tags) for tags in securable.column_tags.values())
            count["row_filters"] += "row_filter" in securable.info
            count["masks"] += sum("mask" in column for column in securable.info.get("columns", []))
            count["aliases"] += len(securable.info.get("aliases", []))
            count["model_versions"] += len(securable.info.get("versions", ()))
        count["grants"] = sum(len(held) for grants in self.grants.values() for held in grants.values())
        count["groups"] = len(self.groups)
        count["members"] = sum(len(group.members) for group in self.groups.values())
        for principal in self.principals.values():
            count[f"{principal.kind}s"] += not principal.admin
        count["scopes"] = len(self.scopes)
        count["secrets"] = sum(len(scope.secrets) for scope in self.scopes.values())
        count["acls"] = sum(len(scope.acls) for scope in self.scopes.values())
        count["workspace_files"] = sum(node["object_type"] in ("FILE", "NOTEBOOK") for node in self.workspace.values())
        count["workspace_folders"] = sum(node["object_type"] == "DIRECTORY" for node in self.workspace.values())
        count["experiments"] = sum(one["lifecycle_stage"] == "active" for one in self.experiments.values())
        for root, name in (("dbfs", "dbfs_files"), ("Volumes", "volume_files"), ("Models", "model_files")):
            count[name] = sum(path.is_file() for path in (self.folder / root).rglob("*"))
        count["jobs"] = len(self.jobs)
        count["clusters"] = sum(one.get("cluster_source") == "API" for one in self.clusters.values())
        count["permissions"] = sum(len(entries) for entries in self.permissions.values())
        return {name: number for name, number in sorted(count.items()) if number}

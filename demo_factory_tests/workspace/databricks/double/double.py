"""The double's door for tests: start it, put things in, look at what came of it."""

from __future__ import annotations

import tempfile
import threading
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from . import kinds  # noqa: F401 - they enter themselves in the table
from .errors import Refused
from .faults import Faults, OnCall
from .kind import KINDS, each
from .kinds.clusters import add_cluster
from .kinds.containers import create_catalog
from .kinds.tables import add_table
from .kinds.warehouse import add_warehouse
from .runner import end
from .securables import create
from .server import Call, Server
from .state import Act, Group, Principal, State

ADMIN = "admin@example.com"


class Double:
    """A workspace of its own, with one metastore, one admin and one running warehouse."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = None if folder else tempfile.TemporaryDirectory(prefix="double-")
        self.state = State(folder or Path(self._own.name))  # type: ignore[union-attr]
        self.state.metastore_owner = ADMIN
        self.settings = self.state.settings
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.on_call: OnCall | None = None
        self._expired: set[str] = set()
        self.token = self.add_user(ADMIN, admin=True)
        self.warehouse_id = add_warehouse(self.state, "demo-warehouse", "RUNNING")
        self._server = Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def know_mlflow(self) -> None:
        """Answer MLflow's own client too. The first time takes as long as importing MLflow."""
        import_module(f"{__package__}.mlflow")

    # Its life

    def start(self) -> Double:
        """Answer on a port of its own."""
        self.state.url = self.url
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more; end what still runs; remove the folder."""
        for stop in each("stop"):
            stop(self.state)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._own:
            self._own.cleanup()

    def __enter__(self) -> Double:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    # Putting things in

    def add_user(self, name: str, admin: bool = False) -> str:
        """A user of the account and the workspace. Returns a token."""
        self.state.principals[name] = Principal(name, "user", str(self.state.number()), name, admin)
        return self.token_for(name)

    def add_service_principal(self, display_name: str) -> Principal:
        """A service principal; its name in grants is an application id."""
        made = Principal(str(uuid.uuid4()), "service_principal", str(self.state.number()), display_name)
        self.state.principals[made.name] = made
        return made

    def add_group(self, name: str, members: Sequence[str] = (), account: bool = True) -> Group:
        """A group with members by name; one of the account is assigned to the workspace."""
        ids = [self.state.principals[member].id for member in members]
        made = Group(str(self.state.number()), name, account, ids, ("WORKSPACE_ACCESS",) if account else ())
        self.state.groups[made.id] = made
        return made

    def add_catalog(self, name: str, owner: str = ADMIN) -> None:
        """A catalog of somebody's, with its default schema."""
        made = create_catalog(self._as(ADMIN), name)
        for place in (made, *self.state.children(made)):
            place.owner = owner

    def add_schema(self, name: str, owner: str = ADMIN) -> None:
        """A schema of somebody's, by its full name."""
        parent, _, short = name.partition(".")
        create(self._as(owner), "schema", self.state.get("catalog", parent), short)

    def _as(self, name: str) -> Act:
        return Act(self.state, self.state.principals[name])

    def set_limit(self, kind: str, number: int) -> None:
        """A quota: how many of a kind (catalog, schema, table, ...) there can be in all."""
        self.state.limits[kind] = number

    def add_table(
        self,
        name: str,
        columns: Mapping[str, str],
        owner: str = ADMIN,
        table_type: str = "MANAGED",
        **info: Any,
    ) -> None:
        """A table or view as if a cluster had made it: `columns` is name -> type in SQL."""
        add_table(self.state, name, columns, owner, table_type, **info)

    def add_cluster(self, name: str = "shared", **spec: Any) -> str:
        """A running cluster. Returns its id."""
        return add_cluster(self.state, name, **spec)

    def set_rows(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """What `system.access.audit` or `system.query.history` holds."""
        self.state.kept["system_rows"][table.lower()] = (list(columns), [list(row) for row in rows])

    # Tokens

    def token_for(self, name: str) -> str:
        """A new token of a user or a service principal."""
        return self.state.token_for(name)

    def expire(self, token: str) -> None:
        """From now on this token is refused."""
        self._expired.add(token)

    def caller(self, authorization: str, expired: bool = False) -> Principal:
        """Whose token it is."""
        token = authorization.removeprefix("Bearer ")
        if expired or token in self._expired:
            raise Refused(401, "UNAUTHENTICATED", "Invalid access token: the token has expired.")
        name = self.state.tokens.get(token)
        if name is None or name not in self.state.principals:
            raise Refused(403, "PERMISSION_DENIED", "Invalid access token.")
        return self.state.principals[name]

    # Runs

    def kill_run(self, run_id: int) -> None:
        """Kill a run's process, as when its cluster is lost."""
        end(self.state.kept["runs"][run_id], "FAILED")

    def wait(self, run_id: int, seconds: float = 60) -> None:
        """Wait until a run has ended.

        Raises:
            TimeoutError: it has not.
        """
        thread = self.state.kept["runs"][run_id].thread
        assert thread is not None
        thread.join(seconds)
        if thread.is_alive():
            raise TimeoutError(f"run {run_id} has not ended after {seconds} seconds")

    # Looking

    def arrived(self, method: str, path: str, query: dict[str, list[str]]) -> Call:
        """Log a call."""
        with self.state.lock:
            call = Call(len(self.calls) + 1, method, path, query, None, method not in ("GET", "HEAD"))
            self.calls.append(call)
        return call

    def writes(self) -> list[Call]:
        """The calls that may have changed something, in order."""
        return [call for call in self.calls if call.write]

    def written(self) -> set[str]:
        """Every path of workspace, volumes and DBFS that was written, by calls and by the processes of runs."""
        found = set()
        for call in self.writes():
            said = call.body if isinstance(call.body, dict) else {}
            if call.path.startswith("/api/2.0/fs/"):
                found.add(unquote("/" + call.path.removeprefix("/api/2.0/fs/").partition("/")[2]))
            elif call.path.startswith(("/api/2.0/workspace/", "/api/2.0/dbfs/")) and "path" in said:
                found.add(f"dbfs:{said['path']}" if "/dbfs/" in call.path else str(said["path"]))
        notes = self.state.folder / "written"
        return found | set(notes.read_text(encoding="utf-8").splitlines() if notes.exists() else ())

    def objects(self) -> dict[str, int]:
        """How many there are of each kind of thing, without what the double starts with (admin, warehouse)."""
        found: Counter[str] = Counter()
        with self.state.lock:
            for kind in KINDS.values():
                found.update(kind.counts(self.state))
        return {name: number for name, number in sorted(found.items()) if number}

"""MiniLake as a workspace under test: one process for all tests, emptied before each, and guarded."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.warehouse import Warehouse

from .site import Columns, Site

CANNOT = {
    "group": "MiniLake answers 501 to /api/2.0/identity/groups, where account groups are made",
    "owner": "MiniLake answers 404 to a new owner of a table that SQL made",
    "tags": "MiniLake answers 400 to SET TAGS, and has no information_schema.table_tags",
    "function": "MiniLake answers 400 to CREATE FUNCTION ... RETURNS",
    "mask": "MiniLake answers 400 to SET MASK",
    "row_filter": "MiniLake answers 400 to SET ROW FILTER",
    "non-empty": "MiniLake drops a schema with all that is in it, also unforced",
    "views": "MiniLake lists a view as a managed table, and keeps it when it is deleted",
    "upload": "MiniLake refuses the form in which the SDK uploads a workspace file",
    "secret value": "MiniLake gives the value of a secret to jobs only",
    "typed rows": "MiniLake names types of DuckDB that the SDK does not know, so that a number comes as text",
}
_SETTINGS = {
    "MINILAKE_NOTEBOOK": "0",
    "MINILAKE_SPARK_PREWARM": "0",
    "MINILAKE_JOB_EXECUTOR": "subprocess",
    "MINILAKE_DUCKDB_MEMORY_LIMIT": "1GB",
}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """MiniLake behind the shim, in a process of its own. Gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "extensions").mkdir()  # empty: unset, MiniLake would load one from the internet
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "MINILAKE_"))}
    where = {"MINILAKE_DATA_DIR": str(folder / "data"), "MINILAKE_DUCKDB_EXTENSION_DIR": str(folder / "extensions")}
    shim, url = Path(__file__).with_name("shim.py"), f"http://127.0.0.1:{port}"
    with (folder / "minilake.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", str(shim), str(port)],
            cwd=folder,
            env={**kept, **where, **_SETTINGS},
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, url, folder / "minilake.log")
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            _ask(url, "/_minilake/ready")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"MiniLake did not start:\n{log.read_text()[-2000:]}")


def _ask(url: str, path: str, method: str = "GET") -> Any:
    with urllib.request.urlopen(urllib.request.Request(f"{url}{path}", method=method), timeout=10) as answer:
        return json.loads(answer.read())


@contextmanager
def open_site(url: str, setenv: Callable[[str, str], None], mark: str) -> Iterator[Site]:
    """MiniLake, empty but for a warehouse."""
    _ask(url, "/_minilake/reset?full=true", "POST")
    _ask(url, "/_shim/reset", "POST")
    setenv("DATABRICKS_TOKEN", "dev")
    client = WorkspaceClient(config=Config(host=url, token="dev", auth_type="pat", retry_timeout_seconds=5))
    client.warehouses.create(name="demo-warehouse", cluster_size="2X-Small", max_num_clusters=1)
    target = Target.model_validate({"host": url, "compute": {"serverless": {}}, "warehouse": "demo-warehouse"})
    warehouse = Warehouse(client, "demo-warehouse")

    def make(name: str, columns: Columns, kind: str) -> None:
        warehouse.run(f"CREATE TABLE {name} ({', '.join(f'{column} {sql}' for column, sql in columns.items())})")

    def fail(status: int, times: int) -> None:
        _ask(url, f"/_shim/fail?status={status}&times={times}", "POST")

    yield Site("minilake", target, mark, mark, True, client, make, CANNOT, fail)
    guard(_ask(url, "/_shim/log"))


def guard(log: list[dict[str, Any]]) -> None:
    """What MiniLake takes and a workspace would not.

    It drops what is not empty, keeps grants of what is gone, and understands names of enums in a path.
    """
    held: set[tuple[str, str]] = set()
    for call in log:
        path, done = call["path"], call["status"] < 300
        assert "SecurableType." not in path, path
        assert "force=true" not in call["query"], path
        parts = path.removeprefix("/api/2.1/unity-catalog/").split("/")
        if not done or parts[0] not in ("catalogs", "schemas", "volumes", "tables"):
            continue
        if call["method"] == "GET" and len(parts) == 2 and parts[0] in ("tables", "volumes"):
            held.add((parts[0], parts[1]))
        if call["method"] == "DELETE":
            held.discard((parts[0], parts[1]))
            inside = [name for _, name in held if name.startswith(f"{parts[1]}.")]
            assert not inside, f"{path} was dropped with {', '.join(inside)} in it"

"""A real workspace as a workspace under test, when one is given. Everything made there bears a mark and goes again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound

from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.client import connect
from demo_factory.workspace.databricks.warehouse import Warehouse

from .site import Columns, Site, files, of_mark

HOST, WAREHOUSE = "DATABRICKS_HOST", "DEMO_FACTORY_TEST_WAREHOUSE"
CATALOG, STORAGE = "DEMO_FACTORY_TEST_CATALOG", "DEMO_FACTORY_TEST_STORAGE_ROOT"
PRINCIPALS = "DEMO_FACTORY_TEST_PRINCIPALS"  # "no": make no groups and service principals
_OF_PRINCIPALS = ("group", "service_principal", "grant", "owner", "secret_acl")


def why_not(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why there is no real workspace to test against; None when there is one."""
    lacking = [name for name in (HOST, WAREHOUSE) if not environ.get(name)]
    if not lacking:
        return None
    return f"no workspace is given: {' and '.join(lacking)} not set (docs/how-to/databricks.md says how to run it)"


@contextmanager
def open_site(mark: str, environ: Mapping[str, str] = os.environ) -> Iterator[Site]:
    """The workspace of the environment, and after the test a sweep of all that bears the mark."""
    catalog = environ.get(CATALOG) or mark
    about = {
        "host": environ[HOST].rstrip("/"),
        "compute": {"serverless": {}},
        "warehouse": environ[WAREHOUSE],
        "storage_root": environ.get(STORAGE) or None,
    }
    target = Target.model_validate(about)
    client = connect(target)
    folder = f"/Workspace/Users/{client.current_user.me().user_name}/.{mark}"
    target = target.model_copy(update={"folder": folder})
    warehouse = Warehouse(client, target.warehouse)

    def make(name: str, columns: Columns, kind: str) -> None:
        text = ", ".join(f"`{column}` {sql}" for column, sql in columns.items())
        selected = ", ".join(f"CAST(NULL AS {sql}) AS `{column}`" for column, sql in columns.items())
        statement = f"CREATE VIEW {name} AS SELECT {selected}" if kind == "view" else f"CREATE TABLE {name} ({text})"
        warehouse.run(statement, what=f"make {name}")

    cannot = {"faults": "nobody can make a real workspace busy for a test"}
    if environ.get(PRINCIPALS) == "no":
        cannot |= dict.fromkeys(_OF_PRINCIPALS, f"{PRINCIPALS} is no, so there is nobody to give anything to")
    site = Site("real", target, mark, catalog, catalog == mark, client, make, cannot)
    try:
        yield site
    finally:
        sweep(site)


def sweep(site: Site) -> None:
    """Remove all that bears the mark, also what a failed test has left. Others' things never bear it.

    Raises:
        AssertionError: something could not be removed; names each thing.
    """
    for thing in reversed(of_mark(site)):
        kind, _, name = thing.partition(" ")
        try:
            _REMOVE[kind](site.client, name)
        except NotFound:
            continue
        except DatabricksError as error:
            print(f"could not remove the {thing}: {error}")
    left = of_mark(site)
    assert not left, f"still on {site.target.host}: {', '.join(left)}; remove them by hand"


def _group(client: WorkspaceClient, name: str) -> None:
    for one in client.api_client.do("GET", "/api/2.0/identity/groups", query={"page_size": 1000})["groups"]:
        if one["group_name"] == name:
            client.api_client.do("DELETE", f"/api/2.0/identity/groups/{one['group_id']}")


def _service_principal(client: WorkspaceClient, name: str) -> None:
    for one in client.service_principals.list(filter=f'displayName eq "{name}"'):
        client.service_principals.delete(str(one.id))


def _file(client: WorkspaceClient, name: str) -> None:
    if files(client, name):
        client.workspace.delete(name, recursive=True)


_REMOVE: Mapping[str, Callable[[WorkspaceClient, str], object]] = {
    "catalog": lambda client, name: client.catalogs.delete(name, force=True),
    "schema": lambda client, name: client.schemas.delete(name, force=True),
    "table": lambda client, name: client.tables.delete(name),
    "volume": lambda client, name: client.volumes.delete(name),
    "group": _group,
    "service_principal": _service_principal,
    "secret_scope": lambda client, name: client.secrets.delete_scope(name),
    "file": _file,
}

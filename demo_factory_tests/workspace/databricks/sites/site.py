"""A workspace under test: what differs between the double, MiniLake and a real one, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from demo_factory.targets.model import Target

Columns = Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """Where one test works.

    Args:
        name: double, minilake or real.
        target: how our code reaches it; the login is in the environment.
        mark: is in the name of everything that the test makes, and in no other name.
        catalog: of the demo.
        own_catalog: whether the test may make and drop it.
        cannot: what cannot be shown here -> why, in the words of the skip.
        client: looks at it past our own code.
        make: makes a table or view (the third argument says which) with these columns.
        fail: lets the next calls fail with this status, so many times.
    """

    name: str
    target: Target
    mark: str
    catalog: str
    own_catalog: bool
    client: WorkspaceClient
    make: Callable[[str, Columns, str], None]
    cannot: Mapping[str, str] = field(default_factory=dict)
    fail: Callable[[int, int], None] | None = None

    @property
    def schema(self) -> str:
        """The demo's schema."""
        return f"{self.catalog}.{self.mark}_shop"

    def needs(self, *things: str) -> None:
        """Skip the test, with the reason in words, where one of these cannot be shown."""
        for thing in things:
            if thing in self.cannot:
                pytest.skip(f"{self.name}: {self.cannot[thing]}")


def of_mark(site: Site) -> list[str]:
    """All that is on a workspace and bears the mark, found by listing, not by our ledger."""
    w, mark = site.client, site.mark
    found = [f"catalog {one.name}" for one in w.catalogs.list() if mark in str(one.name)]
    there = [str(one.name) for one in w.catalogs.list()]
    if site.catalog in there:
        schemas = [one for one in w.schemas.list(site.catalog) if mark in str(one.full_name)]
        found += [
            f"schema {one.full_name}" for one in schemas if str(one.name) not in ("default", "information_schema")
        ]
        for schema in schemas:
            if str(schema.name) != "information_schema":
                found += [f"table {one.full_name}" for one in w.tables.list(site.catalog, str(schema.name))]
                found += [f"volume {one.full_name}" for one in w.volumes.list(site.catalog, str(schema.name))]
    for name in principals_of(site):
        same = f'displayName eq "{name}"'
        found += [f"group {name}" for _ in w.groups.list(filter=same)]
        found += [f"service_principal {name}" for _ in w.service_principals.list(filter=same)]
    found += [f"secret_scope {one.name}" for one in w.secrets.list_scopes() if mark in str(one.name)]
    return [*found, *(f"file {path}" for path in files(w, site.target.folder))]


def principals_of(site: Site) -> tuple[str, str]:
    """The names that a test may give a service principal and a group."""
    return f"{site.mark}_robot", f"{site.mark}_analysts"


def files(client: WorkspaceClient, folder: str) -> list[str]:
    """A folder of the workspace with all in it; nothing when it is not there."""
    from databricks.sdk.errors import NotFound

    try:
        inside = [str(one.path) for one in client.workspace.list(folder, recursive=True)]
    except NotFound:
        return []
    return [folder, *inside]


def calls_of(client: WorkspaceClient) -> list[tuple[str, str, Any]]:
    """From now on, each answered call of a client: method, path, body."""
    seen: list[tuple[str, str, Any]] = []

    def note(response: Any, *args: Any, **kwargs: Any) -> None:
        request = response.request
        seen.append((str(request.method), str(request.path_url).partition("?")[0], request.body))

    client.api_client._api_client._session.hooks["response"].append(note)
    return seen


def writes(calls: Sequence[tuple[str, str, Any]]) -> list[tuple[str, str, Any]]:
    """Those of them that may change something; a SELECT changes nothing."""
    return [call for call in calls if call[0] != "GET" and b'"SELECT ' not in _bytes(call[2])]


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()

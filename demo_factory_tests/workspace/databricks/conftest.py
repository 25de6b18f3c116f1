"""The workspace double and real clients of it, for every test of the Databricks target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from .double import Double, connect
from .sites import minilake


@pytest.fixture
def double() -> Iterator[Double]:
    """A fresh workspace; the test fails if any request had a shape that no workspace would take."""
    with Double() as made:
        yield made
        assert not made.violations, "\n".join(made.violations)


@pytest.fixture
def client(double: Double) -> WorkspaceClient:
    """A real WorkspaceClient of the double, as its admin; retries cost no time."""
    return connect(double)


@pytest.fixture(scope="session")
def minilake_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MiniLake behind our shim, started when the first test asks for it."""
    with minilake.server(Path(tmp_path_factory.mktemp("minilake"))) as url:
        yield url


@pytest.fixture
def demo(double: Double, client: WorkspaceClient) -> str:
    """A table of the admin's, in a catalog `demo` and a schema `shop`."""
    client.catalogs.create("demo", comment="a demo")
    client.schemas.create("shop", "demo")
    double.add_table("demo.shop.customers", {"id": "BIGINT", "email": "STRING", "country": "STRING"})
    return "demo.shop.customers"

"""What every test may ask for: a state folder of its own kind and one Spark session for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from demo_factory.workspace.local.layout import StateFolder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CATALOG = "test_demo"
# The terminal of who runs the tests, or one that pytest-xdist makes up, is not what the commands under test print on.
os.environ.pop("COLUMNS", None)
# How long an example takes depends on who else uses the machine: it says nothing about us.
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for Spark is marked so: `-m "not spark"` is the fast run."""
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> StateFolder:
    """The state folder of the shared session."""
    return StateFolder(Path(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="session")
def spark(state: StateFolder) -> Iterator[SparkSession]:
    """The one session, with the catalog `test_demo`. Make a schema of your own: CREATE SCHEMA test_demo.my_test."""
    from demo_factory.workspace.local.session import close_sessions, open_session

    yield open_session(state, CATALOG, rows=1)
    close_sessions()

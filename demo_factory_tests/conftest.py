"""What every test may ask for: a state folder of its own kind and one Spark session for the whole run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from demo_factory.compat.pyspark import make_current
from demo_factory.compat.start import prepare
from demo_factory.workspace.local.layout import StateFolder
from demo_factory_tests import schedule, tiers

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

prepare()
CATALOG = "test_demo"
# The terminal of who runs the tests, or one that pytest-xdist makes up, is not what the commands under test print on.
os.environ.pop("COLUMNS", None)
# How long an example takes depends on who else uses the machine: it says nothing about us.
# Laws are tried on a few examples at each change, and on many every night (`make nightly`).
settings.register_profile("ours", deadline=None, max_examples=int(os.environ.get("DEMO_FACTORY_EXAMPLES", "12")))
settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-longest", action="store_true", help="write which files take longest, for the next runs")


def pytest_configure(config: pytest.Config) -> None:
    for tier, touches in tiers.TIERS.items():
        config.addinivalue_line("markers", f"{tier}: {touches}")
    if config.option.record_longest and not hasattr(config, "workerinput"):
        config.pluginmanager.register(schedule.Record())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m pure` is quick because it imports no file that has nothing pure."""
    return True if config.option.markexpr == "pure" and tiers.has_nothing_pure(collection_path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test gets its tier; what is marked nightly runs only where `-m` names it."""
    for item in items:
        tiers.assign(item)
    if "nightly" not in config.option.markexpr:
        late = [item for item in items if item.get_closest_marker("nightly")]
        items[:] = [item for item in items if not item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=late)
    if hasattr(config, "workerinput"):
        schedule.longest_first(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with tiers.guarded(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with tiers.guarded(item):
        return (yield)


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


@pytest.fixture
def warm(spark: SparkSession) -> Iterator[SparkSession]:
    """For who opens sessions of his own in this process, whose Spark is warm: afterwards the one session is current."""
    yield spark
    make_current(spark)

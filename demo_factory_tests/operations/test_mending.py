"""A build mends what was damaged and takes back what a lost ledger knew: to the same rows, and ours alone."""

import pytest

from demo_factory.operations.build import build
from demo_factory.operations.demos import plan_to_date
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_local
from demo_factory.orchestration.runner import DagsterRunner
from demo_factory.workspace.local import delta_log
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.observe import as_known
from demo_factory.workspace.standing import standing
from demo_factory_tests.operations.test_build import content, few, outcomes, settings
from demo_factory_tests.orchestration.small import DAY

__all__ = ["settings"]  # the fixture
pytestmark = pytest.mark.e2e
OURS = ("customers", "orders", "spending")


def stands(file, settings: Settings) -> dict[str, str]:
    workspace = open_local(settings)
    plan = plan_to_date(file, settings, workspace, DAY)
    return {one.name: one.status for one in standing(plan, workspace, as_known(plan, workspace)).objects}


def rows(settings: Settings) -> dict[str, tuple[int, int]]:
    return {name: content(settings, name) for name in OURS}


def test_damage_and_a_lost_ledger_are_mended_to_the_same_rows(tmp_path, settings):
    file, state = few(tmp_path, views__people=None), StateFolder(tmp_path / "home")
    assert build(file, settings, DagsterRunner(), as_of=DAY).ok
    unbroken, epoch = rows(settings), open_local(settings).records.facts("tiny").epoch
    assert set(stands(file, settings).values()) == {"fresh"}

    customers = state.table("dev_tiny_demo", "sales", "customers")
    next(customers.glob("*.parquet")).unlink()
    (state.table("dev_tiny_demo", "sales", "orders") / "_delta_log" / f"{0:020d}.json").write_text("")
    state.view("dev_tiny_demo", "sales", "spending").write_text("")
    assert set(stands(file, settings).values()) == {"damaged"}
    mended = build(file, settings, DagsterRunner(), as_of=DAY)
    assert (mended.failures, set(outcomes(mended))) == ((), set(OURS))
    assert rows(settings) == unbroken
    assert set(stands(file, settings).values()) == {"fresh"}

    theirs = _somebodys_copy(settings)
    for ledger in state.root.glob("ledger.db*"):
        ledger.unlink()
    assert set(stands(file, settings).values()) == {"damaged"}
    again = build(file, settings, DagsterRunner(), as_of=DAY)
    assert (again.failures, set(outcomes(again)), again.dropped) == ((), set(OURS), ())
    assert rows(settings) == unbroken
    assert open_local(settings).records.facts("tiny").epoch == epoch
    assert set(stands(file, settings).values()) == {"fresh"}
    assert content(settings, "copy") == theirs
    assert "dev_tiny_demo.sales.copy" not in {one.key for one in open_local(settings).records.states()}


def _somebodys_copy(settings: Settings) -> tuple[int, int]:
    """A table that somebody makes of ours: Delta gives it our table's properties."""
    from demo_factory.workspace.local.session import open_session

    session = open_session(open_local(settings).state, "dev_tiny_demo")
    session.sql("CREATE TABLE dev_tiny_demo.sales.copy SHALLOW CLONE dev_tiny_demo.sales.orders")
    copied = StateFolder(settings.home).table("dev_tiny_demo", "sales", "copy")
    assert delta_log.properties(copied)["demo_factory.name"] == "dev_tiny_demo.sales.orders"
    return content(settings, "copy")

"""The ledger in the workspace: what was announced, made and forgotten, seen from any machine."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.governed import Item
from demo_factory.workspace.databricks.ledger import DatabricksRecords
from demo_factory.workspace.protocols import Facts
from demo_factory_tests.plan.demos import AS_OF, shop

from .double import connect
from .small import target

pytestmark = pytest.mark.double
GROUP = Item("group", "analysts", {"members": []})


def records(double):
    return DatabricksRecords(connect(double), target(double))


@pytest.fixture
def plan():
    return compile_demo(shop(), as_of=AS_OF)


@pytest.fixture
def place(double, plan):
    double.add_catalog(plan.catalog)
    double.add_schema(f"{plan.catalog}.{plan.schema}")
    return double


def table(plan):
    return plan.of_kind("table")[0]


def test_things_are_announced_made_and_forgotten(double):
    here, there = records(double), records(double)
    here.announce_item("shop", GROUP, True)
    assert not there.items("shop")["group", "analysts"].made
    here.made_item("shop", GROUP, {"id": "7"})
    changed = dataclasses.replace(GROUP, want={"members": ["ann@example.com"]})
    there.announce_item("shop", changed, False)
    found = here.items("shop")["group", "analysts"]
    assert (found.want, found.made, found.ours, found.detail) == (changed.want, False, True, {"id": "7"})
    here.announce_item("other", GROUP, False)
    assert here.all_items()["group", "analysts"].ours
    for demo in ("shop", "other"):
        here.forget_item(demo, GROUP.ref)
    assert double.objects() == {"workspace_folders": 1}
    with pytest.raises(DemoError, match="group analysts was never announced"):
        here.made_item("shop", GROUP, {})


def test_reading_writes_nothing(double, plan):
    found = records(double)
    assert (found.items("shop"), found.entries(), found.known(plan)) == ({}, [], {})
    assert found.facts("shop") == Facts(None, None, None, None)
    found.thaw("shop")
    assert double.writes() == []


def test_steps_are_known_as_long_as_their_objects_stand(place, plan):
    step, found = table(plan), records(place)
    name = str(step.plan.full_name)
    found.announce(plan, step)
    assert found.known(plan) == {}
    place.add_table(name, {"id": "INT"})
    assert not records(place).known(plan)[step.name].made
    found.made(plan, step, 10, 1.5, {"shown": "yes"})
    known = found.known(plan)[step.name]
    assert (known.made, known.as_of, known.fingerprint) == (True, plan.as_of, step.fingerprint)
    [entry] = found.entries("shop")
    assert (entry.rows, entry.seconds, entry.detail["shown"], entry.state) == (10, 1.5, "yes", "made")
    found.announce(plan, step)
    assert found.known(plan)[step.name].as_of == plan.as_of  # an unfinished step surely holds what it held before
    found.failed(step, "broken", 1.0)
    assert found.entries("shop")[0].detail["reason"] == "broken"
    place.state.securables.pop(("table", name))
    assert found.known(plan) == {}
    found.forget(name, step.kind)
    assert found.entries() == []


def test_facts_are_frozen_once_and_thawed(place, plan):
    found = records(place)
    found.freeze(plan)
    written = len(place.writes())
    found.freeze(plan)
    assert len(place.writes()) == written
    assert found.facts("shop") == Facts(str(plan.epoch), plan.scale, plan.blueprint.history, str(plan.as_of))
    later = dataclasses.replace(plan, as_of=plan.as_of + dt.timedelta(days=1))
    found.freeze(later)
    assert found.facts("shop").as_of == str(later.as_of)
    found.thaw("shop")
    assert found.facts("shop") == Facts(None, None, None, None)
    assert "workspace_files" not in place.objects()


def test_objects_of_others_are_not_announced(place, plan):
    step, found = table(plan), records(place)
    place.add_table(str(step.plan.full_name), {"id": "INT"})
    with pytest.raises(DemoError, match="is there already and demo_factory did not make it"):
        found.announce(plan, step)
    place.state.securables.pop(("table", str(step.plan.full_name)))
    found.announce(plan, step)
    twin = dataclasses.replace(plan, blueprint=plan.blueprint.model_copy(update={"demo": "twin"}))
    with pytest.raises(DemoError, match="belongs to the demo shop, so twin cannot create it"):
        found.announce(twin, step)


def test_a_damaged_ledger_is_not_written_over(double, client):
    records(double).announce_item("shop", GROUP, True)
    path = "/Shared/.demo_factory/shop/items.json"
    double.state.kept["workspace"][path]["content"] = b"{ half"
    with pytest.raises(DemoError, match=r"items.json is damaged: it is not JSON"):
        records(double).forget_item("shop", GROUP.ref)
    assert double.state.kept["workspace"][path]["content"] == b"{ half"

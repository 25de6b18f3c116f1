"""The ledger in the workspace: what was announced, made and forgotten, seen from any machine."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.resource import Resource
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.ledger import Facts
from demo_factory_tests.plan.demos import AS_OF, shop

from .double import connect
from .small import target

pytestmark = pytest.mark.double
GROUP = Resource("group", "analysts", {"members": []})


def records(double):
    return DatabricksLedger(connect(double), target(double))


@pytest.fixture
def plan():
    return compile_demo(shop(), as_of=AS_OF)


@pytest.fixture
def place(double, plan):
    double.add_catalog(plan.catalog)
    double.add_schema(f"{plan.catalog}.{plan.schema}")
    return double


def table(plan):
    return plan.resources_of(plan.of_kind("table")[0])[0]


def test_things_are_announced_made_and_forgotten(double):
    here, there = records(double), records(double)
    here.announce("shop", GROUP)
    assert [one.status for one in there.states("shop")] == ["announced"]
    here.made("shop", GROUP, {"id": "7"})
    changed = dataclasses.replace(GROUP, desired={"members": ["ann@example.com"]})
    there.announce("shop", changed, owned=False)
    [found] = here.states("shop")
    assert (found.desired, found.made, found.owned, found.detail) == (changed.desired, False, True, {"id": "7"})
    here.announce("other", GROUP, owned=False)
    assert here.whose()[GROUP.id].owned
    for demo in ("shop", "other"):
        here.forget(demo, GROUP.id)
    assert double.objects() == {"workspace_folders": 1}
    with pytest.raises(DemoError, match="group analysts was never announced"):
        here.made("shop", GROUP, {})


def test_reading_writes_nothing(double):
    found = records(double)
    assert (found.states("shop"), found.states(), found.look("shop")) == ([], [], {})
    assert found.facts("shop") == Facts(None, None, None, None)
    found.thaw("shop")
    assert double.writes() == []


def test_tables_are_found_as_long_as_they_stand(place, plan):
    one, found = table(plan), records(place)
    found.announce("shop", one)
    assert found.look("shop")[one.id].found is None
    place.add_table(one.key, {"id": "INT"})
    assert not records(place).look("shop")[one.id].made
    found.made("shop", one, {"shown": "yes"}, 10, 1.5)
    known = found.look("shop", one.id)[one.id]
    assert (known.made, known.newest, known.fingerprint) == (True, plan.as_of, one.desired["fingerprint"])
    assert (known.rows, known.seconds, known.detail["shown"], known.name) == (10, 1.5, "yes", one.name)
    found.announce("shop", one)
    assert found.look("shop")[one.id].newest == plan.as_of  # what is unfinished surely holds what it held before
    found.failed("shop", one, "broken", 1.0)
    assert found.states("shop")[0].detail["reason"] == "broken"
    place.state.securables.pop(("table", one.key))
    assert found.look("shop")[one.id].found is None
    found.forget("shop", one.id)
    assert found.states() == []


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
    one, found = table(plan), records(place)
    place.add_table(one.key, {"id": "INT"})
    with pytest.raises(DemoError, match="is there already and demo_factory did not make it"):
        found.announce("shop", one)
    place.state.securables.pop(("table", one.key))
    found.announce("shop", one)
    with pytest.raises(DemoError, match="belongs to the demo shop, so twin cannot create it"):
        found.announce("twin", one)


def test_a_damaged_ledger_is_not_written_over(double, client):
    records(double).announce("shop", GROUP)
    path = "/Users/admin@example.com/.demo_factory/shop/resources.json"
    double.state.kept["workspace"][path]["content"] = b"{ half"
    with pytest.raises(DemoError, match=r"resources.json is damaged: it is not JSON"):
        records(double).forget("shop", GROUP.id)
    assert double.state.kept["workspace"][path]["content"] == b"{ half"


# steps.json and items.json as version f35d865 wrote them
EARLIER = {
    "steps": {
        "facts": {"epoch": "2025-11-24", "scale": "1.0", "history": "365", "as_of": "2026-11-24", "follows": "today"},
        "entries": [
            {"demo": "shop", "kind": "access", "name": "c.s.access_grants", "fingerprint": "a", "state": "made",
             "as_of": "2026-11-24", "epoch": "2025-11-24", "rows": None, "seconds": 2.0,
             "detail": {"step": "access_grants", "said": "", "reached": None}, "created": "t1", "updated": "t2"},
            {"demo": "shop", "kind": "table", "name": "c.s.orders", "fingerprint": "f", "state": "made",
             "as_of": "2026-11-24", "epoch": "2025-11-24", "rows": 10, "seconds": 1.5,
             "detail": {"step": "orders", "said": "s", "reached": "2026-11-23"}, "created": "t1", "updated": "t2"},
        ],
    },
    "items": {
        "items": [
            {"kind": "schema", "key": "c.s", "want": {"comment": "x"}, "made": True, "ours": True, "detail": {}},
            {"kind": "grant", "key": "schema c.s analysts", "want": {"privileges": ["USE_SCHEMA"]}, "made": False,
             "ours": True, "detail": {"before": {"USE_SCHEMA": True}}},
        ],
    },
}  # fmt: skip


def test_a_ledger_of_an_earlier_version_is_read_and_written_anew_once_something_changes(double):
    found = records(double)
    for name, document in EARLIER.items():
        found._documents.write(f"shop/{name}.json", document)
    written = len(double.writes())
    states = found.states("shop")
    assert [(one.kind, one.key, one.status) for one in states] == [
        ("schema", "c.s", "made"), ("table", "c.s.orders", "made"), ("grant", "schema c.s analysts", "announced"),
    ]  # fmt: skip
    assert states[1].desired == {"fingerprint": "f", "as_of": "2026-11-24", "epoch": "2025-11-24", "said": "s"}
    assert (states[1].name, states[1].rows, states[2].detail) == ("orders", 10, {"before": {"USE_SCHEMA": True}})
    assert found.facts("shop") == Facts("2025-11-24", 1.0, 365, "2026-11-24", True)
    assert len(double.writes()) == written
    found.announce("shop", GROUP)
    assert [one.id for one in records(double).states("shop")] == [*(one.id for one in states), GROUP.id]
    assert records(double).facts("shop").epoch == "2025-11-24"
    assert found._documents.list("shop") == ["resources.json"]

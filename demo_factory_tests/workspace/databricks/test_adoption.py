"""What carries our mark on a workspace and the ledger has lost is taken up again; what somebody else made is not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.diff import diff
from demo_factory.resources.resource import Resource
from demo_factory.workspace.apply import apply
from demo_factory.workspace.databricks.kind import on_databricks
from demo_factory.workspace.marks import LOST
from demo_factory.workspace.observe import look_at

from .small import DEMO, SCHEMA, TABLE, Small, containers

pytestmark = pytest.mark.double
PLACE = [one for one in containers() if one.kind in ("catalog", "schema")]


@pytest.fixture
def small(double, client):
    return Small(double, client)


def lose_the_ledger(double):
    for path in [one for one in double.state.kept["workspace"] if one.endswith("resources.json")]:
        del double.state.kept["workspace"][path]


def observed(small, items):
    """The changes of some items as a build finds them."""
    with_governor = SimpleNamespace(governor=small.governor, records=small.records)
    return diff(items, look_at(items, {one.id: one for one in small.records.states(DEMO)}, with_governor))


def test_what_the_ledger_has_lost_is_taken_up_again_by_its_mark(small, double):
    before = double.objects()
    small.apply(PLACE)
    made = double.objects()
    lose_the_ledger(double)
    found = observed(small, PLACE)
    assert [(one.kind, one.reason) for one in found] == [("change", LOST)] * 2
    for one in found:
        on_databricks(one.id.kind).refuse(small.governor._api, one.resource, one.found)
    apply(found, small.governor, small.records, DEMO)
    assert [one.owned for one in small.records.states(DEMO)] == [True, True]
    assert {one.kind for one in observed(small, PLACE)} == {"keep"}
    assert double.objects() == made
    assert small.destroy() == ()
    assert double.objects() == before


@pytest.mark.parametrize(
    "more",
    [{"demo_factory.name": "dev_other.shop"}, {"demo_factory.ledger": "/Workspace/Shared/.demo_factory/pr7"}],
    ids=str,
)
def test_a_mark_of_another_place_or_ledger_is_somebody_elses(small, double, more):
    """A clone takes properties along; each environment, and each student of a class, has a ledger of its own."""
    small.apply(PLACE)
    lose_the_ledger(double)
    double.state.securables["schema", SCHEMA].info["properties"].update(more)
    [schema] = [one for one in observed(small, PLACE) if one.id.kind == "schema"]
    with pytest.raises(DemoError, match="there already and demo_factory did not make it"):
        on_databricks("schema").refuse(small.governor._api, schema.resource, schema.found)


def test_a_table_that_the_ledger_has_lost_is_written_again_and_anybody_elses_is_refused(small, double):
    small.apply(PLACE)
    marked = {"demo_factory.demo": DEMO, "demo_factory.name": TABLE, "demo_factory.env": str(small.target.env)}
    table = Resource("table", TABLE, {"fingerprint": "f", "said": "", "as_of": "2026-01-31", "moves": False})
    for properties, refused in (({**marked, "demo_factory.demo": "other"}, True), ({}, True), (marked, False)):
        double.state.securables.pop(("table", TABLE), None)
        double.add_table(TABLE, {"id": "INT"}, properties=properties)
        if refused:
            with pytest.raises(DemoError, match="there already and demo_factory did not make it"):
                small.records.announce(DEMO, table)
        else:
            small.records.announce(DEMO, table)

"""The one loop that builds, resumes and destroys: order, resuming, failures, nothing twice, and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import DATA, Resource, ResourceId
from demo_factory.workspace.apply import NotDone, apply, left

from .memory import Killed, Target, differs

CATALOG = Resource("catalog", "c", {"comment": ""})
SCHEMA = Resource("schema", "c.s", {"comment": ""}, (CATALOG.id,))
GROUPS = [Resource("group", who, {"members": []}) for who in "ab"]
GRANTS = [Resource("grant", f"schema c.s {one.key}", {"privileges": ["SELECT"]}, (SCHEMA.id, one.id)) for one in GROUPS]
WANTED = [*GROUPS, CATALOG, SCHEMA, *GRANTS]


@pytest.fixture
def target():
    return Target()


def plan(target, wanted=WANTED):
    return differs(wanted, target, target, "d")


def bring(target, wanted=WANTED, **more):
    return apply(plan(target, wanted), target, target, "d", **more)


def destroy(target):
    known = target.states("d")
    bring(target, [])
    return left(known, target)


@pytest.mark.parametrize("parallel", [1, 8])
def test_each_thing_is_announced_before_it_is_made_and_after_what_it_needs(target, parallel):
    heard = []
    assert len(bring(target, parallel=parallel, on_progress=heard.append)) == len(heard) == len(WANTED)
    at = {entry: place for place, entry in enumerate(target.log)}
    for one in WANTED:
        assert at["announced", one.key] < at["make", one.key] < at["made", one.key]
        for need in one.needs:
            assert at["made", need.key] < at["announced", one.key]
    schema = target.kept["d", SCHEMA.id]
    assert (schema.desired, schema.status, schema.owned) == ({"comment": ""}, "made", True)
    assert schema.detail == {"id": "c.s"}


def test_when_all_is_as_it_should_be_nothing_happens(target):
    bring(target)
    target.log.clear()
    assert bring(target) == ()
    assert target.log == []


def test_a_failure_does_not_hide_others_and_stops_later_waves(target):
    target.broken = {("group", "a"), ("catalog", "c")}
    with pytest.raises(NotDone, match=r"2 things did not work:\n- no a\n- no c\n1 of 6 are done") as caught:
        bring(target)
    assert [reason.message for reason in caught.value.reasons] == ["no a", "no c"]
    assert ("make", "b") in target.log
    assert ("announced", "c.s") not in target.log
    assert target.kept["d", CATALOG.id].detail["reason"] == "no c"
    target.broken.clear()
    assert {change.id.key: change.kind for change in bring(target)}["a"] == "create"
    assert len(target.there) == len(WANTED)


def test_what_was_there_is_used_and_never_removed(target):
    target.there[GROUPS[0].id] = {"members": ["somebody"]}
    target.there[CATALOG.id] = {"comment": ""}  # as it should be already
    assert {change.id.key: change.kind for change in plan(target)}["c"] == "use"
    bring(target)
    assert not target.kept["d", GROUPS[0].id].owned
    assert ("make", "c") not in target.log
    assert bring(target) == ()
    assert destroy(target) == ()
    assert set(target.there) == {GROUPS[0].id, CATALOG.id}
    assert target.states() == []


def test_a_destroy_stops_at_what_stays(target):
    bring(target, parallel=1)
    target.log.clear()
    target.broken = {SCHEMA.id}
    with pytest.raises(DemoError, match=r"c\.s stays"):
        destroy(target)
    assert [key for what, key in target.log if what == "remove"] == ["schema c.s b", "schema c.s a", "c.s"]
    assert [one.key for one in target.states()] == ["a", "b", "c", "c.s"]  # what is older may be what it hangs on
    target.broken.clear()
    assert destroy(target) == ()
    assert target.states() == []


def test_a_destroy_looks_again(target):
    bring(target, GROUPS)
    target.remove = lambda state: True
    assert destroy(target) == ("group a", "group b")


def test_what_is_no_longer_wanted_goes_last(target):
    bring(target)
    done = bring(target, [*GROUPS, CATALOG, SCHEMA, Resource("volume", "c.s.v", {}, (SCHEMA.id,))])
    assert [(change.kind, change.id.key) for change in done] == [
        ("create", "c.s.v"),
        ("drop", "schema c.s b"),
        ("drop", "schema c.s a"),
    ]


def test_what_is_no_plain_error_ends_the_apply_at_once(target):
    target.make = lambda resource, found: 1 / 0
    with pytest.raises(ZeroDivisionError):
        bring(target)


# -- laws --------------------------------------------------------------------------------------------------------------

GOVERNED = ("group", "catalog", "schema", "volume", "function", "mask", "tags", "grant", "owner", "secret")
VALUES = {"grant": [{"privileges": []}, {"privileges": ["SELECT"]}, {"privileges": ["MODIFY", "SELECT"]}],
          "tags": [{"tags": {}}, {"tags": {"demo": "d"}}, {"tags": {"demo": "e", "owner": "o"}}]}  # fmt: skip
PLAIN = [{}, {"comment": "a"}, {"comment": "b"}]


@st.composite
def graphs(draw):
    """Resources, each needing some of those before it."""
    found = []
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(GOVERNED + DATA))
        if kind in DATA:
            day = draw(st.sampled_from(["2026-01-01", "2026-01-02"]))
            desired = {"fingerprint": draw(st.sampled_from("fg")), "said": "s", "moves": draw(st.booleans()),
                       "as_of": day, "epoch": "2025-01-01"}  # fmt: skip
        else:
            desired = draw(st.sampled_from(VALUES.get(kind, PLAIN)))
        needs = draw(st.lists(st.sampled_from([one.id for one in found]), unique=True)) if found else []
        one = Resource(kind, f"{draw(st.integers(0, 4))}", desired, tuple(needs))
        found += [one] if one.id not in {before.id for before in found} else []
    return found


@given(graphs(), graphs())
def test_after_an_apply_nothing_differs_whatever_stood_there_before(before, wanted):
    target = Target()
    bring(target, before)
    bring(target, wanted)
    later = [change for change in plan(target, wanted) if change.kind != "keep"]
    assert later == []
    assert {id for id, value in target.there.items() if value} >= {one.id for one in wanted if one.desired}


@given(graphs(), graphs(), st.integers(0, 60))
def test_a_destroy_after_any_part_of_an_apply_leaves_nothing_of_ours(theirs, wanted, steps):
    """Killed at any write of the target or the ledger, in a first apply or a later one."""
    target = Target()
    mine = {one.id for one in wanted}
    others = {one.id: one.desired for one in theirs if one.id not in mine and one.kind not in DATA}
    target.there.update(others)
    target.left = steps
    try:
        bring(target, wanted, parallel=1)
        bring(target, wanted[: len(wanted) // 2], parallel=1)
    except Killed:
        pass
    target.left = None
    assert destroy(target) == ()
    assert target.there == others
    assert target.states() == []


@given(graphs(), st.integers(0, 60))
def test_an_apply_that_was_killed_comes_to_the_same_end(wanted, steps):
    whole, killed = Target(), Target()
    bring(whole, wanted)
    killed.left = steps
    try:
        bring(killed, wanted, parallel=1)
    except Killed:
        killed.left = None
        bring(killed, wanted)
    assert killed.there == whole.there
    assert {one.id: one.status for one in killed.states()} == {one.id: one.status for one in whole.states()}


def test_ids_are_plain_pairs():
    assert GROUPS[0].id == ("group", "a") == ResourceId("group", "a")

"""The engine of an apply on a target made of two dictionaries: order, resuming, failures, and nothing twice."""

from __future__ import annotations

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.governed import Item, Made
from demo_factory.workspace.apply import NotDone, apply_items, left_items, plan_items, remove_items

CATALOG, SCHEMA = Item("catalog", "c", {"comment": ""}), Item("schema", "c.s", {"comment": ""}, (("catalog", "c"),))
GRANTS = [Item("grant", f"schema c.s {who}", {"privileges": ["SELECT"]}, (SCHEMA.ref, ("group", who))) for who in "ab"]
GROUPS = [Item("group", who, {"members": []}) for who in "ab"]
ITEMS = [*GROUPS, CATALOG, SCHEMA, *GRANTS]


class Target:
    """A target and its ledger; `log` says in which order things happened, `broken` what cannot be made or removed."""

    def __init__(self):
        self.there, self.ledger, self.log, self.broken = {}, {}, [], set()

    def find(self, items):
        return {item.ref: self.there.get(item.ref) for item in items}

    def make(self, item, found):
        self.log.append(("make", item.key))
        if item.ref in self.broken:
            raise DemoError(f"no {item.key}")
        self.there[item.ref] = item.want
        return {"id": item.key}

    def remove(self, made):
        self.log.append(("remove", made.key))
        if (made.kind, made.key) in self.broken:
            raise DemoError(f"{made.key} stays")
        return self.there.pop((made.kind, made.key), None) is not None

    def items(self, demo):
        return dict(self.ledger)

    def announce_item(self, demo, item, ours, detail):
        self.log.append(("announce", item.key))
        old = self.ledger.get(item.ref)
        self.ledger[item.ref] = Made(
            item.kind, item.key, item.want, False, ours or (old is not None and old.ours), old.detail if old else detail
        )

    def made_item(self, demo, item, detail):
        self.log.append(("made", item.key))
        announced = self.ledger[item.ref]
        detail = {**announced.detail, **detail}
        self.ledger[item.ref] = Made(item.kind, item.key, item.want, True, announced.ours, detail)

    def forget_item(self, demo, ref):
        del self.ledger[ref]


@pytest.fixture
def target():
    return Target()


def apply(target, items=ITEMS, **more):
    return apply_items(plan_items(items, target, target.items("d")), target, target, "d", **more)


def destroy(target):
    known = list(target.items("d").values())
    remove_items(known[::-1], target, target, "d")
    return left_items(known, target, target, "d")


@pytest.mark.parametrize("parallel", [1, 8])
def test_each_thing_is_announced_before_it_is_made_and_after_what_it_needs(target, parallel):
    heard = []
    assert len(apply(target, parallel=parallel, on_progress=heard.append)) == len(heard) == len(ITEMS)
    at = {entry: place for place, entry in enumerate(target.log)}
    for item in ITEMS:
        assert at["announce", item.key] < at["make", item.key] < at["made", item.key]
        for _, need in item.needs:
            assert at["made", need] < at["announce", item.key]
    assert target.ledger["schema", "c.s"] == Made("schema", "c.s", {"comment": ""}, True, True, {"id": "c.s"})


def test_when_all_is_as_it_should_be_nothing_happens(target):
    apply(target)
    target.log.clear()
    assert apply(target) == ()
    assert target.log == []


def test_a_failure_does_not_hide_others_and_stops_later_waves(target):
    target.broken = {("group", "a"), ("catalog", "c")}
    with pytest.raises(NotDone, match=r"2 things did not work:\n- no a\n- no c\n1 of 6 are done") as caught:
        apply(target)
    assert [reason.message for reason in caught.value.reasons] == ["no a", "no c"]
    assert ("make", "b") in target.log
    assert ("announce", "c.s") not in target.log
    target.broken.clear()
    assert {action.item.key: action.kind for action in apply(target)}["a"] == "create"
    assert len(target.there) == len(ITEMS)


def test_what_was_there_is_used_and_never_removed(target):
    target.there["group", "a"] = {"members": ["somebody"]}
    apply(target)
    assert not target.ledger["group", "a"].ours
    assert destroy(target) == ()
    assert list(target.there) == [("group", "a")]


def test_a_destroy_goes_newest_first_and_stops_at_what_stays(target):
    apply(target, parallel=1)
    target.log.clear()
    target.broken = {("schema", "c.s")}
    with pytest.raises(DemoError, match=r"c\.s stays"):
        destroy(target)
    assert [key for _, key in target.log] == ["schema c.s b", "schema c.s a", "c.s"]
    assert [key for _, key in target.ledger] == ["a", "b", "c", "c.s"]  # what is older may be what it hangs on
    target.broken.clear()
    assert destroy(target) == ()


def test_a_destroy_looks_again(target):
    apply(target, GROUPS)
    target.remove = lambda made: True
    assert destroy(target) == ("group a", "group b")


def test_what_is_no_longer_wanted_goes_last(target):
    apply(target)
    target.log.clear()
    done = apply(target, [*GROUPS, CATALOG, SCHEMA, Item("volume", "c.s.v", {}, (SCHEMA.ref,))])
    assert [(action.kind, action.item.key) for action in done] == [
        ("create", "c.s.v"),
        ("drop", "schema c.s b"),
        ("drop", "schema c.s a"),
    ]


def test_what_is_no_plain_error_ends_the_apply_at_once(target):
    target.make = lambda item, found: 1 / 0
    with pytest.raises(ZeroDivisionError):
        apply(target)

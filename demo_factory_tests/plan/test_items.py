"""Governed things as values: what an apply would do, and in which waves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.plan.items import Item, Made, actions, difference, levels

WANT = {"privileges": ["SELECT"]}
GRANT = Item("grant", "table c.s.t analysts", WANT)


def made(want=WANT, done=True):
    return {GRANT.ref: Made("grant", GRANT.key, want, done)}


@pytest.mark.parametrize(
    ("found", "known", "kind", "reason"),
    [
        (None, {}, "create", "not there yet"),
        (None, made(), "create", "somebody removed it"),
        (WANT, made(), "keep", "as it should be"),
        (WANT, {}, "keep", "as it should be"),
        (WANT, made(done=False), "change", "the last apply of it did not finish"),
        ({"privileges": ["MODIFY", "SELECT"]}, made(), "mend", "by hand: privileges SELECT -> MODIFY, SELECT"),
        ({"privileges": []}, made({"privileges": []}), "change", "definition changed: privileges nothing -> SELECT"),
    ],
)
def test_what_an_apply_does_with_one_thing(found, known, kind, reason):
    [action] = actions([GRANT], {GRANT.ref: found}, known)
    assert (action.kind, action.item, action.found) == (kind, GRANT, found)
    assert reason in action.reason


def test_what_is_no_longer_wanted_goes_newest_first():
    known = {ref: Made(*ref, {}, True) for ref in [("group", "a"), ("group", "b")]}
    assert [(a.kind, a.item.key) for a in actions([], {}, known)] == [("drop", "b"), ("drop", "a")]


def test_a_difference_names_each_field():
    assert difference({"a": 1, "b": {"x": "y"}}, {"a": 2}) == "a 1 -> 2; b x=y -> nothing"


@given(st.lists(st.tuples(st.integers(0, 30), st.sets(st.integers(0, 30))), max_size=30, unique_by=lambda one: one[0]))
def test_each_wave_needs_only_earlier_ones(graph):
    items = [
        Item("group", str(n), needs=tuple(("group", str(m)) for m in sorted(below) if m < n)) for n, below in graph
    ]
    waves = levels(items)
    assert sorted(item.key for wave in waves for item in wave) == sorted(item.key for item in items)
    done, all_refs = set(), {item.ref for item in items}
    for wave in waves:
        assert all(need in done or need not in all_refs for item in wave for need in item.needs)
        done |= {item.ref for item in wave}


def test_a_circle_is_an_error():
    with pytest.raises(ValueError, match="circle"):
        levels([Item("group", "a", needs=(("group", "b"),)), Item("group", "b", needs=(("group", "a"),))])

"""Governed things as values: what an apply would do, and in which waves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.resources.governed import Item, Made, actions, before_us, difference, is_left, levels, ours_of

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
    assert action.known == known.get(GRANT.ref)
    assert reason in action.reason


TAGS = Item("tags", "table c.s.t", {"tags": {"demo": "d", "owner": "o"}})


@pytest.mark.parametrize(
    ("item", "found", "known", "before"),
    [
        (GRANT, None, None, {}),
        (GRANT, {"privileges": ["MODIFY"]}, None, {}),  # not wanted, so not ours to know
        (GRANT, {"privileges": ["MODIFY", "SELECT"]}, None, {"SELECT": True}),
        (GRANT, WANT, Made(*GRANT.ref, WANT, False), {}),  # made by a run that was killed
        (GRANT, None, Made(*GRANT.ref, WANT, True, True, {"before": {"SELECT": True}}), {"SELECT": True}),
        (
            GRANT,
            {"privileges": ["MODIFY", "SELECT"]},
            Made(*GRANT.ref, {"privileges": ["MODIFY"]}, True),
            {"SELECT": True},
        ),
        (TAGS, {"tags": {"demo": "theirs", "team": "t"}}, None, {"demo": "theirs"}),
        (Item("owner", "table c.s.t", {"owner": "a"}), {"owner": "b"}, None, {}),
    ],
)
def test_what_was_there_before_us(item, found, known, before):
    [action] = actions([item], {item.ref: found}, {item.ref: known} if known else {})
    assert before_us(action) == before


def test_what_is_ours_is_what_others_had_not_put_there():
    want = {"privileges": ["MODIFY", "SELECT"]}
    assert ours_of(Made(*GRANT.ref, want, True, True, {"before": {"SELECT": True}})) == {"privileges": ["MODIFY"]}
    assert ours_of(Made(*TAGS.ref, TAGS.want, True, True, {"before": {"demo": "x"}})) == {"tags": {"owner": "o"}}
    assert ours_of(Made("group", "a", {"members": []}, True)) == {"members": []}


@pytest.mark.parametrize(
    ("item", "found", "left"),
    [
        (GRANT, None, False),
        (GRANT, {"privileges": ["MODIFY"]}, False),
        (GRANT, {"privileges": ["MODIFY", "SELECT"]}, True),
        (Item("grant", "table c.s.t a", {"privileges": []}), WANT, False),
        (TAGS, {"tags": {"demo": "again"}}, True),
        (Item("owner", "table c.s.t", {"owner": "a"}), {"owner": "b"}, False),
        (Item("owner", "table c.s.t", {"owner": "a"}), {"owner": "a"}, True),
        (Item("group", "a"), {}, True),
        (Item("group", "a"), None, False),
    ],
)
def test_what_is_left_of_it(item, found, left):
    assert is_left(item, found) is left


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

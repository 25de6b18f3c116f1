"""Governed things as values: what is done with them, and which parts of them are ours."""

import pytest

from demo_factory.resources.diff import diff
from demo_factory.resources.resource import Resource, State
from demo_factory.resources.values import before_us, difference, is_left, owned_part

WANT = {"privileges": ["SELECT"]}
GRANT = Resource("grant", "table c.s.t analysts", WANT)


def known(resource=GRANT, desired=None, status="made", found=None, **detail):
    return State(*resource.id, resource.desired if desired is None else desired, status, detail=detail, found=found)


@pytest.mark.parametrize(
    ("state", "kind", "reason"),
    [
        (None, "create", "not there yet"),
        (known(), "create", "somebody removed it"),
        (known(status="announced"), "create", "not there yet"),
        (known(found=WANT), "keep", "as it should be"),
        (known(status="unknown", found=WANT), "use", "there already, and not ours"),
        (known(status="announced", found=WANT), "change", "the last apply of it did not finish"),
        (known(found={"privileges": ["MODIFY", "SELECT"]}), "mend", "by hand: privileges SELECT -> MODIFY, SELECT"),
        (
            known(desired={"privileges": []}, found={"privileges": []}),
            "change",
            "definition changed: privileges nothing -> SELECT",
        ),
    ],
)
def test_what_is_done_with_one_thing(state, kind, reason):
    [change] = diff([GRANT], {GRANT.id: state} if state else {})
    assert (change.kind, change.resource, change.state) == (kind, GRANT, state)
    assert reason in change.reason


OWNER = Resource("owner", "table c.s.t", {"owner": "a"})
TAGS = Resource("tags", "table c.s.t", {"tags": {"demo": "d", "owner": "o"}})


@pytest.mark.parametrize(
    ("item", "state", "before"),
    [
        (GRANT, None, {}),
        (GRANT, known(status="unknown", desired={}, found={"privileges": ["MODIFY"]}), {}),  # not wanted
        (GRANT, known(status="unknown", desired={}, found={"privileges": ["MODIFY", "SELECT"]}), {"SELECT": True}),
        (GRANT, known(status="announced", found=WANT), {}),  # made by a run that was killed
        (GRANT, known(before={"SELECT": True}), {"SELECT": True}),
        (
            GRANT,
            known(desired={"privileges": ["MODIFY"]}, found={"privileges": ["MODIFY", "SELECT"]}),
            {"SELECT": True},
        ),
        (TAGS, known(TAGS, {}, "unknown", {"tags": {"demo": "theirs", "team": "t"}}), {"demo": "theirs"}),
        (OWNER, known(OWNER, {}, "unknown", {"owner": "b"}), {}),
    ],
)
def test_what_was_there_before_us(item, state, before):
    [change] = diff([item], {item.id: state} if state else {})
    assert before_us(change) == before


def test_what_is_ours_is_what_others_had_not_put_there():
    both = {"privileges": ["MODIFY", "SELECT"]}
    assert owned_part(known(desired=both, before={"SELECT": True})) == {"privileges": ["MODIFY"]}
    assert owned_part(known(TAGS, before={"demo": "x"})) == {"tags": {"owner": "o"}}
    assert owned_part(State("group", "a", {"members": []}, "made")) == {"members": []}


@pytest.mark.parametrize(
    ("item", "found", "left"),
    [
        (GRANT, None, False),
        (GRANT, {"privileges": ["MODIFY"]}, False),
        (GRANT, {"privileges": ["MODIFY", "SELECT"]}, True),
        (Resource("grant", "table c.s.t a", {"privileges": []}), WANT, False),
        (TAGS, {"tags": {"demo": "again"}}, True),
        (Resource("owner", "table c.s.t", {"owner": "a"}), {"owner": "b"}, False),
        (Resource("owner", "table c.s.t", {"owner": "a"}), {"owner": "a"}, True),
        (Resource("group", "a"), {}, True),
        (Resource("group", "a"), None, False),
    ],
)
def test_what_is_left_of_it(item, found, left):
    assert is_left(item, found) is left


def test_a_difference_names_each_field():
    assert difference({"a": 1, "b": {"x": "y"}}, {"a": 2}) == "a 1 -> 2; b x=y -> nothing"

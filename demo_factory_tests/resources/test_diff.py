"""The diff and its order: waves, what goes first, and what holds of every graph of resources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.resources.diff import diff, in_going_order, waves
from demo_factory.resources.resource import Resource, ResourceId, State

GRAPHS = st.lists(st.tuples(st.integers(0, 30), st.sets(st.integers(0, 30))), max_size=30, unique_by=lambda one: one[0])


@given(GRAPHS)
def test_each_wave_needs_only_earlier_ones(graph):
    resources = [
        Resource("group", str(n), needs=tuple(ResourceId("group", str(m)) for m in sorted(below) if m < n))
        for n, below in graph
    ]
    found = waves(resources)
    assert sorted(one.key for wave in found for one in wave) == sorted(one.key for one in resources)
    done, all_ids = set(), {one.id for one in resources}
    for wave in found:
        assert all(need in done or need not in all_ids for one in wave for need in one.needs)
        done |= {one.id for one in wave}


def test_a_circle_is_an_error():
    a, b = ResourceId("group", "a"), ResourceId("group", "b")
    with pytest.raises(ValueError, match="circle"):
        waves([Resource(*a, needs=(b,)), Resource(*b, needs=(a,))])


# As Unity Catalog asks for it: a function that a mask uses cannot be dropped, a schema or catalog that holds something
# neither, who gave a table away may no longer unmask it, and a principal goes when nothing names it any more.
HOLDS = [
    ("owner", "grant"), ("owner", "mask"), ("owner", "tags"), ("mask", "function"), ("row_filter", "function"),
    ("mask", "table"), ("grant", "view"), ("function", "schema"), ("table", "schema"), ("model", "schema"),
    ("volume", "schema"), ("predictions", "schema"), ("secret", "secret_scope"), ("secret_acl", "secret_scope"),
    ("schema", "catalog"), ("catalog", "group"), ("grant", "group"), ("grant", "service_principal"),
]  # fmt: skip


@given(st.permutations(sorted({kind for pair in HOLDS for kind in pair})))
def test_what_hangs_on_a_thing_goes_before_it_in_whatever_order_they_came(kinds):
    gone = [state.kind for state in in_going_order([State(kind, kind, status="made") for kind in kinds])]
    for first, then in HOLDS:
        assert gone.index(first) < gone.index(then), (first, then)


def test_of_those_alike_the_newest_goes_first():
    states = {one.id: one for one in (State("group", key, status="made") for key in "ab")}
    assert [(one.kind, one.id.key) for one in diff([], states)] == [("drop", "b"), ("drop", "a")]


def test_what_the_ledger_has_never_heard_of_is_not_dropped():
    assert diff([], {("group", "a"): State("group", "a", found={})}) == ()

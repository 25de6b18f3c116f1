"""Who may do what: through nested groups, inherited from containers, and only with the whole chain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.access.matrix import difference, matrix
from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory_tests.access.governed import CATALOG, PLACE, governed
from demo_factory_tests.plan.doors import values

CUSTOMERS = f"{PLACE}.customers"


def rights(**changes) -> Rights:
    return Rights(values() | changes)


def cells(who: str, given=None) -> dict[str, object]:
    return {one.object: one for one in matrix(governed(), given or values(), [who])}


def test_groups_are_nested_and_a_group_is_in_itself():
    assert rights().groups_of("gerd@example.com") == {"germans", "analysts"}
    assert rights().groups_of("germans") == {"germans", "analysts"}
    assert rights().groups_of("robot") == {"engineers"}
    assert rights().groups_of("stranger") == frozenset()


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=20))
def test_membership_ends_whatever_circles_there_are(pairs):
    members: dict[str, set[str]] = {}
    for group, member in pairs:
        members.setdefault(group, set()).add(member)
    found = Rights({("group", group): {"members": sorted(them)} for group, them in members.items()})
    for group, them in members.items():
        for member in them:
            assert group in found.groups_of(member)
            assert found.groups_of(group) <= found.groups_of(member)


@pytest.mark.parametrize(
    ("who", "name", "missing"),
    [
        ("analysts", "customers", ()),
        ("gerd@example.com", "spending", ()),
        ("gerd@example.com", "letters", ()),
        ("robot", "notes", ()),
        ("analysts", "letters", (f"SELECT on table {PLACE}.letters",)),
        ("analysts", "orders", (f"SELECT on table {PLACE}.orders",)),
        (
            "nobody",
            "orders",
            (f"USE CATALOG on catalog {CATALOG}", f"USE SCHEMA on schema {PLACE}", f"SELECT on table {PLACE}.orders"),
        ),
        ("stan@example.com", "customers", (f"USE CATALOG on catalog {CATALOG}", f"USE SCHEMA on schema {PLACE}")),
    ],
)
def test_the_chain_is_needed_whole(who, name, missing):
    assert rights().missing(who, "SELECT", "table", f"{PLACE}.{name}") == missing


@pytest.mark.parametrize(
    ("gone", "missing"),
    [
        (f"catalog {CATALOG} analysts", f"USE CATALOG on catalog {CATALOG}"),
        (f"schema {PLACE} analysts", f"USE SCHEMA on schema {PLACE}"),
        (f"table {CUSTOMERS} analysts", f"SELECT on table {CUSTOMERS}"),
    ],
)
def test_each_link_that_is_taken_away_is_named(gone, missing):
    there = values()
    del there["grant", gone]
    assert Rights(there).missing("ann@example.com", "SELECT", "table", CUSTOMERS) == (missing,)


def test_privileges_come_from_containers_and_as_all():
    there = {("grant", f"catalog {CATALOG} ann"): {"privileges": ["ALL_PRIVILEGES"]}}
    assert Rights(there).missing("ann", "SELECT", "table", CUSTOMERS) == ()
    assert Rights(there).because("ann", "SELECT", "table", CUSTOMERS) == f"SELECT on catalog {CATALOG} for ann"
    assert Rights(there).missing("bob", "SELECT", "table", CUSTOMERS)


def test_the_matrix_says_what_each_sees():
    ann, gerd, robot = cells("ann@example.com"), cells("gerd@example.com"), cells("robot")
    assert {name: one.seen for name, one in ann.items()} == {
        "customers": "masked", "orders": "none", "notes": "none", "letters": "none", "spending": "clear",
    }  # fmt: skip
    assert {name: one.seen for name, one in gerd.items()} == {
        "customers": "masked and filtered", "orders": "none", "notes": "none",
        "letters": "masked and filtered", "spending": "filtered",
    }  # fmt: skip
    assert {name: one.seen for name, one in robot.items()} == {
        "customers": "masked", "orders": "clear", "notes": "clear", "letters": "clear", "spending": "clear",
    }  # fmt: skip
    assert ann["customers"].columns == {
        "customer_id": "clear", "first_name": "as '****'", "last_name": "as '****'", "email": "as sha2(email, 256)",
        "born": "as CAST(date_trunc('YEAR', born) AS DATE)", "income": "as NULL", "city": "clear", "country": "clear",
    }  # fmt: skip
    assert gerd["customers"].rows == "country = 'DE'"
    assert gerd["letters"].columns["address"] == "from customers.email as sha2(email, 256)"
    assert robot["letters"].columns["address"] == "clear"


def test_what_differs_is_said():
    there = values()
    there["grant", f"table {PLACE}.orders nobody"] = {"privileges": ["SELECT"]}
    del there["grant", f"table {PLACE}.spending analysts"]
    del there["mask", f"{CUSTOMERS}.email"]
    del there["row_filter", CUSTOMERS]
    declared, effective = cells("gerd@example.com"), cells("gerd@example.com", there)
    said = {name: difference(declared[name], effective[name]) for name in declared}
    assert said["orders"] == ""
    assert "declared filtered, in effect none: missing: SELECT on table" in said["spending"]
    assert said["customers"] == "rows country = 'DE' -> all; email as sha2(email, 256) -> clear"
    assert "address from customers.email as sha2(email, 256) -> clear" in said["letters"]


def test_a_guard_without_its_function_lets_nobody_through():
    there = values()
    del there["function", f"{PLACE}.mask_customers_email"]
    with pytest.raises(DemoError, match="is not there: nobody can read it"):
        Rights(there).cell("robot", CUSTOMERS, "email")
    assert cells("robot", there)["customers"].seen == "none"


def test_a_view_needs_an_owner_who_may_read():
    there = values() | {("owner", f"table {PLACE}.letters"): {"owner": "nobody"}}
    assert "its owner nobody may not read customers" in cells("germans", there)["letters"].why
    assert cells("germans", there)["letters"].seen == "none"

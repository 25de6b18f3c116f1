"""An apply on a workspace: once, again, beside others, after changes by hand, and away again."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from demo_factory.access.unmanaged import going, in_words, without_lists
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource
from demo_factory.resources.values import before_us

from .asking import give, ok
from .double import connect
from .small import (
    CANARY,
    CATALOG,
    DEMO,
    FILTER,
    MASK,
    SCHEMA,
    TABLE,
    VIEW,
    Small,
    containers,
    function,
    make_tables,
    on_tables,
)

pytestmark = pytest.mark.double
EVERYTHING = containers() + on_tables()


@pytest.fixture
def small(double, client):
    double.add_user("ann@example.com")
    return Small(double, client)


def differing(small):
    return {action.id: action for action in small.plan(EVERYTHING) if action.kind != "keep"}


def test_the_second_apply_writes_nothing_and_destroy_leaves_nothing(small, double, capsys):
    before = double.objects()
    assert {action.kind for action in small.build()} == {"create", "change"}  # the owner is a change: a table has one
    first = len(double.calls)
    assert Small(double).apply(EVERYTHING) == []
    second = double.calls[first:]
    assert not [call for call in second if call.write]
    made = double.objects()
    assert (made["groups"], made["masks"], made["row_filters"], made["tags"], made["secrets"]) == (1, 1, 1, 5, 1)
    assert small.destroy() == ()
    assert double.objects() == before
    print(f"calls: {first} of the first apply, {len(second)} of the second, {len(double.calls)} with destroy")
    assert len(second) < 30


def test_things_of_one_wave_are_made_side_by_side_with_fewer_ledger_writes(double):
    double.add_user("ann@example.com")
    one, many = Small(double), Small(double, parallel=8)
    one.build()
    alone = len(double.writes())
    one.destroy()
    before = len(double.writes())
    many.build()
    assert len(double.writes()) - before <= alone
    assert differing(many) == {}


def test_grants_are_to_application_ids_and_members_are_whom_we_named(small, double):
    small.build()
    robot = next(one for one in double.state.principals.values() if one.display_name == "robot")
    assert double.state.grants["schema", SCHEMA] == {robot.name: {"SELECT", "USE_SCHEMA"}}
    assert double.state.kept["scopes"][CATALOG].acls[robot.name] == "READ"
    ann = double.state.principals["ann@example.com"]
    [group] = double.state.groups.values()
    admin = double.state.principals["admin@example.com"]
    assert sorted(group.members) == sorted([admin.id, ann.id, robot.id])
    assert double.state.securables["table", TABLE].owner == "analysts"


def test_what_is_changed_by_hand_is_shown_and_mended(small, double, client):
    small.build()
    give(client, "schema", SCHEMA, "analysts", "USE_SCHEMA")  # a grant of its own: nobody asked for it, nobody minds
    robot = next(one.name for one in double.state.principals.values() if one.display_name == "robot")
    double.state.grants["schema", SCHEMA][robot] = {"USE_SCHEMA", "A_NEW_PRIVILEGE"}
    ok(client, double, f"ALTER TABLE {TABLE} ALTER COLUMN email DROP MASK")
    ok(client, double, f"ALTER TABLE {TABLE} SET TAGS ('classification' = 'public', 'team' = 'theirs')")
    ok(client, double, f"CREATE OR REPLACE FUNCTION {FILTER}(country STRING) RETURNS BOOLEAN RETURN true")
    client.tables.update(TABLE, owner="admin@example.com")
    client.secrets.delete_secret(CATALOG, "password")
    double.state.groups[next(iter(double.state.groups))].members.pop()
    shown = {ref: (action.kind, action.reason) for ref, action in differing(small).items()}
    grant = shown["grant", f"schema {SCHEMA} robot"]
    assert grant == ("mend", "changed by hand: privileges SELECT, USE_SCHEMA -> A_NEW_PRIVILEGE, USE_SCHEMA")
    assert shown["mask", f"{TABLE}.email"] == ("create", "somebody removed it")
    assert "classification=pii" in shown["tags", f"table {TABLE}"][1]
    assert shown["function", FILTER][0] == "mend"
    assert "owner analysts -> admin@example.com" in shown["owner", f"table {TABLE}"][1]
    assert shown["secret", f"{CATALOG}/password"] == ("create", "somebody removed it")
    assert "members" in shown["group", "analysts"][1]
    assert len(shown) == 7
    double.state.grants["schema", SCHEMA][robot] = {"USE_SCHEMA", "EXTERNAL_USE_SCHEMA"}  # unknown to the SDK's enum
    small.apply_some([item for item in EVERYTHING if item.id in shown])
    assert differing(small) == {}
    assert double.state.grants["schema", SCHEMA][robot] == {"SELECT", "USE_SCHEMA"}
    assert double.state.securables["table", TABLE].tags["team"] == "theirs"


def test_a_new_definition_changes_and_what_is_no_longer_wanted_goes(small, double):
    small.build()
    items = [item for item in EVERYTHING if item.id not in (("grant", f"table {TABLE} analysts"),)]
    items = [
        replace(item, desired={"tags": {"demo": "small"}})
        if item.id == ("tags", f"table {TABLE}")
        else replace(item, desired=function("'none'", "value STRING", "STRING"))
        if item.id == ("function", MASK)
        else item
        for item in items
    ]
    todo = {action.id: action for action in small.plan(items) if action.kind != "keep"}
    assert {ref: action.kind for ref, action in todo.items()} == {
        ("tags", f"table {TABLE}"): "change",
        ("function", MASK): "change",
        ("grant", f"table {TABLE} analysts"): "drop",
    }
    small.apply(items)
    assert double.state.securables["table", TABLE].tags == {"demo": "small"}
    assert double.state.securables["function", MASK].info["routine_definition"] == "'none'"
    assert ("table", TABLE) not in double.state.grants
    assert all(action.kind == "keep" for action in small.plan(items))


def test_grants_on_things_that_vanish_do_not_stop_a_destroy(small, double):
    small.build()
    for name in (TABLE, VIEW):
        double.state.securables.pop(("table", name))
        double.state.grants.pop(("table", name), None)
    assert small.destroy() == ()
    assert "grants" not in double.objects()


# Others


def test_groups_and_catalogs_of_others_are_used_and_stay_as_they_are(small, double, client):
    double.add_group("analysts", ["ann@example.com"])
    client.catalogs.create(CATALOG, comment="theirs")
    give(client, "catalog", CATALOG, "analysts", "BROWSE", "USE_CATALOG")
    ok(client, double, f"ALTER CATALOG {CATALOG} SET TAGS ('team' = 'theirs')")
    small.build()
    assert differing(small) == {}
    assert double.state.securables["catalog", CATALOG].info["comment"] == "theirs"
    assert [len(group.members) for group in double.state.groups.values()] == [1]
    assert small.destroy() == ()
    assert double.state.grants["catalog", CATALOG] == {"analysts": {"BROWSE", "USE_CATALOG"}}
    assert double.state.securables["catalog", CATALOG].tags == {"team": "theirs"}
    assert [group.name for group in double.state.groups.values()] == ["analysts"]


def test_of_what_was_partly_there_only_our_part_goes(small, double, client):
    """On somebody else's catalog: privileges and tags that others gave stay, also after a kill."""
    double.add_group("analysts", account=True)
    client.catalogs.create(CATALOG, comment="theirs")
    give(client, "catalog", CATALOG, "analysts", "USE_CATALOG")
    ok(client, double, f"ALTER CATALOG {CATALOG} SET TAGS ('demo' = 'theirs', 'team' = 'theirs')")
    small.apply_some(containers())
    wide = {"privileges": ["BROWSE", "USE_CATALOG"]}
    items = [
        Resource("grant", f"catalog {CATALOG} analysts", wide, (("group", "analysts"), ("catalog", CATALOG))),
        Resource("tags", f"catalog {CATALOG}", {"tags": {"budget": "ours", "demo": "small"}}),
    ]
    for action in small.plan(items):  # killed after the change and before it is noted; the next apply finds all there
        if action.kind == "change":
            small.records.announce(DEMO, action.resource, True, {"before": before_us(action)})
            small.governor.make(action.resource, action.found)
    small.apply_some(items)
    made = {made.key: made.detail["before"] for made in small.records.states(DEMO) if "before" in made.detail}
    assert made == {f"catalog {CATALOG} analysts": {"USE_CATALOG": True}, f"catalog {CATALOG}": {"demo": "theirs"}}
    assert double.state.grants["catalog", CATALOG] == {"analysts": {"BROWSE", "USE_CATALOG"}}
    before = len(double.writes())
    assert small.apply_some(items) == []
    assert len(double.writes()) == before
    assert small.destroy() == ()
    assert double.state.grants["catalog", CATALOG] == {"analysts": {"USE_CATALOG"}}
    assert double.state.securables["catalog", CATALOG].tags == {"demo": "theirs", "team": "theirs"}


def test_a_privilege_that_others_gave_stays_when_it_is_no_longer_wanted(small, double, client):
    double.add_group("analysts", account=True)
    client.catalogs.create(CATALOG, comment="theirs")
    give(client, "catalog", CATALOG, "analysts", "USE_CATALOG")
    small.apply_some(containers())
    needs = (("group", "analysts"), ("catalog", CATALOG))
    for privileges in (["BROWSE", "USE_CATALOG"], ["BROWSE"]):
        small.apply_some([Resource("grant", f"catalog {CATALOG} analysts", {"privileges": privileges}, needs)])
        assert double.state.grants["catalog", CATALOG] == {"analysts": {"BROWSE", "USE_CATALOG"}}
    assert small.destroy() == ()
    assert double.state.grants["catalog", CATALOG] == {"analysts": {"USE_CATALOG"}}


def test_members_that_people_added_to_a_group_without_a_list_are_left_alone(small, double):
    group = Resource("group", "analysts")
    small.apply_some([group])
    [there] = double.state.groups.values()
    there.members.append(double.state.principals["ann@example.com"].id)
    before = len(double.writes())
    assert [action.kind for action in small.plan([group])] == ["keep"]
    assert small.apply_some([group]) == []
    assert len(double.writes()) == before
    assert there.members == [double.state.principals["ann@example.com"].id]
    small.apply_some([replace(group, desired={"members": []})])  # a list, if an empty one
    assert there.members == []


@pytest.mark.parametrize("kind", ["schema", "function", "secret_scope"])
def test_what_somebody_else_made_under_our_name_stops_the_apply(small, double, client, kind):
    if kind == "secret_scope":
        client.secrets.create_scope(CATALOG)
        said = f"secret scope {CATALOG} is there already and demo_factory did not make it"
    else:
        client.catalogs.create(CATALOG, comment="theirs")
        client.schemas.create("shop", CATALOG, comment="tables")
        said = f"schema {SCHEMA} is there already .* it belongs to admin@example.com"
    if kind == "function":
        client.schemas.delete(SCHEMA)
        small.apply_some(containers())
        make_tables(double)
        ok(client, double, f"CREATE FUNCTION {MASK}(value STRING) RETURNS STRING RETURN 'theirs'")
        said = f"function {MASK} is there already .* it belongs to admin@example.com"
    for _ in range(2):  # having tried once makes it no more ours
        with pytest.raises(DemoError, match=said):
            small.build()
    if kind == "function":
        with pytest.raises(DemoError, match=r"not empty.*1 functions"):
            small.destroy()
    else:
        assert small.destroy() == ()
    left = double.objects()
    assert left.get("schemas", 0) == {"schema": 2, "function": 2, "secret_scope": 0}[kind]
    assert left.get("scopes", 0) == (kind == "secret_scope")
    assert ("functions" in left) == (kind == "function")


def test_a_schema_that_holds_something_of_others_stays_and_is_named(small, double):
    small.build()
    double.add_table(f"{SCHEMA}.theirs", {"id": "INT"})
    with pytest.raises(DemoError, match=rf"Could not remove the schema {SCHEMA}: .*not empty.*1 tables"):
        small.destroy()
    assert ("table", f"{SCHEMA}.theirs") in double.state.securables
    double.state.securables.pop(("table", f"{SCHEMA}.theirs"))
    assert small.destroy() == ()


@pytest.mark.parametrize(
    ("switch", "said"),
    [
        ("create_groups", "There is no group analysts, and this target may not create one"),
        ("create_service_principals", "There is no service principal robot, and"),
        ("create_catalog", f"There is no catalog {CATALOG} that you may use"),
    ],
)
def test_what_a_target_may_not_create_has_to_be_there(double, switch, said):
    double.add_user("ann@example.com")
    small = Small(double, allow={switch: False})
    with pytest.raises(DemoError, match=said):
        small.build()
    double.add_group("analysts", account=True)
    if switch == "create_groups":
        assert small.build()


def test_a_group_of_the_workspace_alone_is_refused(small, double):
    double.add_group("analysts", account=False)
    with pytest.raises(DemoError, match="analysts is a group of the workspace, and such groups cannot hold grants"):
        small.build()


def test_one_failure_hides_no_other_and_stops_what_comes_later(small, double, client):
    small.apply_some(containers())
    items = [Resource("owner", f"table {SCHEMA}.{name}", {"owner": "analysts"}) for name in ("one", "two")]
    later = Resource("secret_scope", "late", {}, (items[0].id,))
    fine = Resource("secret_scope", "fine")
    with pytest.raises(DemoError) as caught:
        small.apply_some([*items, fine, later])
    assert "2 things did not work" in str(caught.value)
    assert "shop.one" in str(caught.value)
    assert "shop.two" in str(caught.value)
    assert [scope.name for scope in client.secrets.list_scopes()] == ["fine"]


# By hand


def test_what_people_gave_tagged_and_added_by_hand_is_shown_and_left_alone(small, double, client):
    items = [replace(item, desired={}) if item.kind == "group" else item for item in EVERYTHING]
    small.apply_some([item for item in items if item in containers() or item.kind == "group"])
    make_tables(double)
    double.add_user("bob@example.com")
    [group] = double.state.groups.values()
    group.members.append(double.state.principals["bob@example.com"].id)
    group.members.append(double.state.principals["admin@example.com"].id)  # who may hand tables over to it
    small.apply_some(items)
    objects = [("table", TABLE), ("table", VIEW)]
    added = {("group", "analysts"): {"members": ["admin@example.com", "bob@example.com"]}}
    assert small.governor.by_hand(items, objects) == added
    give(client, "schema", SCHEMA, "bob@example.com", "USE_SCHEMA")
    give(client, "table", VIEW, "analysts", "SELECT")  # of ours, on what the blueprint does not name
    double.state.grants["table", TABLE]["bob@example.com"] = {"SELECT", "A_NEW_PRIVILEGE"}
    ok(client, double, f"ALTER TABLE {TABLE} SET TAGS ('team' = 'theirs')")
    ok(client, double, f"ALTER TABLE {TABLE} ALTER COLUMN country SET TAGS ('checked' = 'yes')")
    calls = len(double.writes())
    found = small.governor.by_hand(items, objects)
    assert found == {
        **added,
        ("grant", f"schema {SCHEMA} bob@example.com"): {"privileges": ["USE_SCHEMA"]},
        ("grant", f"table {TABLE} bob@example.com"): {"privileges": ["A_NEW_PRIVILEGE", "SELECT"]},
        ("grant", f"table {VIEW} analysts"): {"privileges": ["SELECT"]},
        ("tags", f"table {TABLE}"): {"tags": {"team": "theirs"}},
        ("tags", f"column {TABLE}.country"): {"tags": {"checked": "yes"}},
    }
    assert f"given by hand: USE SCHEMA to bob@example.com on schema {SCHEMA}; not ours, left alone" in in_words(found)
    assert [action.kind for action in small.plan(items)] == ["keep"] * len(items)
    assert small.apply_some(items) == []
    assert len(double.writes()) == calls
    made = small.records.states(DEMO)
    lost = going(made, small.governor.by_hand(without_lists(made), ()))
    assert lost == ("the group analysts goes with those whom people added to it: admin@example.com, bob@example.com",)
    assert small.destroy() == ()


def test_what_stands_on_a_catalog_of_others_is_not_ours_to_tell(small, double, client):
    client.catalogs.create(CATALOG, comment="theirs")
    give(client, "catalog", CATALOG, "ann@example.com", "USE_CATALOG")
    small.apply_some(containers())
    assert small.governor.by_hand(containers(), []) == {}


# Secrets


def test_a_secret_is_seen_nowhere_but_in_its_scope(small, double, client, caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        actions = small.build()
        small.plan(EVERYTHING)
    files = [node.get("content", b"") for node in double.state.kept["workspace"].values()]
    out = capfd.readouterr()
    for text in (caplog.text, out.out, out.err, repr(actions), repr(files), repr(small.records.states(DEMO))):
        assert CANARY not in text
    assert client.dbutils.secrets.get(CATALOG, "password") == CANARY
    assert double.token not in caplog.text + repr(small.client) + repr(small.client.config)


def test_a_secret_without_a_value_names_its_variable(small):
    small.environ.clear()
    with pytest.raises(DemoError, match="the environment variable SMALL_PASSWORD is not set"):
        small.build()


# Two at once


def test_of_two_applies_at_once_one_is_told_who_writes(small, double):
    other = Small(double, connect(double))
    with small.records.writing("build small"):
        with pytest.raises(DemoError, match=r"written by admin@example.com on here, process 1 \(build small, since"):
            other.apply(EVERYTHING)
        assert double.objects().get("groups") is None
    assert other.apply_some(containers())

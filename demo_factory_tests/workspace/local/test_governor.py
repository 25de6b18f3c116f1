"""Governance on a laptop: found as it was made, gone as it was removed, and no secret in any file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from demo_factory.access.stages import with_access
from demo_factory.access.unmanaged import objects_of
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.registry import governed_resources
from demo_factory.resources.resource import Resource
from demo_factory.workspace.local.governor import LocalGovernor
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory.workspace.observe import notes
from demo_factory_tests.access.governed import CATALOG, PLACE, governed, items
from demo_factory_tests.workspace.local.governed import apply_items, governed_workspace, pretend
from demo_factory_tests.workspace.memory import differs

pytestmark = pytest.mark.e2e
PLAN = governed()
ITEMS = governed_resources(PLAN)


@pytest.fixture
def workspace(tmp_path):
    return governed_workspace(tmp_path / "home", PLAN)


def kinds(workspace):
    return {change.kind for change in differs(ITEMS, workspace.governor, workspace.records, "gov")}


def test_what_was_made_is_found_and_a_second_time_changes_nothing(workspace):
    assert workspace.governor.find(ITEMS) == {item.id: item.desired for item in ITEMS}
    assert kinds(workspace) == {"keep"}
    before = workspace.governor.everything()
    apply_items(workspace, PLAN)
    assert workspace.governor.find(ITEMS) == {item.id: item.desired for item in ITEMS}
    assert workspace.governor.everything() == before


def test_files_of_a_volume_are_ours_and_those_of_others_stay(workspace):
    folder = workspace.state.volume(CATALOG, "shop", "papers")
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "terms.txt": "Be kind.\n",
        "prices.csv": "bread,3\nmilk,2\n",
    }
    (folder / "terms.txt").write_text("Be rude.")
    (folder / "theirs.txt").write_text("theirs")
    [change] = [one for one in differs(ITEMS, workspace.governor, workspace.records, "gov") if one.kind != "keep"]
    assert change.id == ("volume", f"{PLACE}.papers")
    assert "terms.txt=Be kind." in change.reason
    assert "terms.txt=Be rude." in change.reason
    assert "theirs.txt" not in change.reason
    apply_items(workspace, PLAN)
    assert (folder / "terms.txt").read_text() == "Be kind.\n"
    state = next(one for one in workspace.records.states("gov") if one.kind == "volume")
    with pytest.raises(DemoError, match=r"still holds theirs\.txt"):
        workspace.governor.remove(state)
    assert [file.name for file in folder.iterdir()] == ["theirs.txt"]


def test_looking_at_nothing_writes_nothing(tmp_path):
    governor = LocalGovernor(StateFolder(tmp_path / "home"))
    assert set(governor.find(ITEMS).values()) == {None}
    assert governor.everything() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_there_before_is_found(tmp_path):
    state = StateFolder(tmp_path)
    state.schema(CATALOG, "shop").mkdir(parents=True)
    found = LocalGovernor(state).find(ITEMS)
    assert found["catalog", CATALOG] == {"comment": ""}
    assert found["schema", PLACE] == {"comment": ""}
    assert found["group", "analysts"] is None


def test_all_goes_newest_first_and_nothing_is_left(workspace):
    for name in ("customers", "orders", "notes"):
        shutil.rmtree(workspace.state.table(CATALOG, "shop", name))
    shutil.rmtree(workspace.state.schema(CATALOG, "shop") / "_views")
    for made in reversed(workspace.records.states("gov")):
        workspace.governor.remove(made)
        workspace.records.forget("gov", made.id)
    assert set(workspace.governor.find(ITEMS).values()) == {None}
    assert workspace.governor.everything() == {}
    assert workspace.records.states("gov") == []
    assert not workspace.state.catalog(CATALOG).exists()


def test_removing_what_is_gone_says_so(workspace):
    made = workspace.records.look("gov")["secret_scope", CATALOG]
    assert workspace.governor.remove(made) is True
    assert workspace.governor.remove(made) is False


def test_a_schema_with_tables_in_it_is_not_removed(workspace):
    made = workspace.records.look("gov")["schema", PLACE]
    with pytest.raises(DemoError, match=r"schema dev_gov_demo\.shop still holds .*customers"):
        workspace.governor.remove(made)
    assert workspace.governor.find([items()["schema", PLACE]])["schema", PLACE] is not None


def test_what_hangs_on_a_vanished_table_is_not_found(workspace):
    shutil.rmtree(workspace.state.table(CATALOG, "shop", "customers"))
    found = workspace.governor.find(ITEMS)
    gone = {(kind, key) for (kind, key), value in found.items() if value is None}
    assert {kind for kind, _ in gone} == {"tags", "mask", "row_filter", "grant", "owner"}
    assert all(".customers" in key for _, key in gone)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Resource("grant", f"table {PLACE}.missing analysts", {"privileges": ["SELECT"]}), "missing is not there"),
        (Resource("grant", f"table {PLACE}.orders strangers", {"privileges": ["SELECT"]}), "no group .* strangers"),
        (Resource("mask", f"{PLACE}.orders.amount", {"function": f"{PLACE}.nope", "using": []}), "needs the function"),
        (Resource("row_filter", f"{PLACE}.missing", {"function": "f", "on": []}), "missing is not there"),
        (Resource("group", "more", {"members": ["strangers"]}), "no group .* strangers"),
        (Resource("owner", f"table {PLACE}.orders", {"owner": "strangers"}), "no group .* strangers"),
        (Resource("secret_acl", f"{CATALOG} strangers", {"permission": "READ"}), "no group .* strangers"),
    ],
)
def test_what_hangs_on_nothing_is_refused(workspace, item, words):
    with pytest.raises(DemoError, match=words):
        workspace.governor.make(item, None)
    assert item.id not in workspace.governor.everything()


def test_a_secret_is_kept_nowhere(tmp_path, monkeypatch):
    monkeypatch.setenv("GOV_PASSWORD", "canary-4711-value")
    workspace = governed_workspace(tmp_path, PLAN)
    assert workspace.records.look("gov")["secret", f"{CATALOG}/password"].detail == {
        "value": "in the environment variable GOV_PASSWORD"
    }
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or b"canary" not in file.read_bytes()


def test_a_secret_without_value_is_said_to_be_missing(workspace, monkeypatch):
    monkeypatch.delenv("GOV_PASSWORD", raising=False)
    said = workspace.governor.make(items()["secret", f"{CATALOG}/password"], None)
    assert said == {"value": "missing: the environment variable GOV_PASSWORD is not set"}


def test_the_ledger_knows_what_was_made(workspace):
    known = workspace.records.look("gov")
    assert list(known) == [item.id for item in ITEMS]
    assert all(made.made and dict(made.desired) == dict(items()[ref].desired) for ref, made in known.items())
    assert workspace.records.states("other") == []


def test_an_announced_item_is_not_made_and_stays_ours(workspace):
    item = replace(items()["group", "nobody"], desired={"members": []})
    workspace.records.announce("gov", item, owned=False)
    made = workspace.records.look("gov")["group", "nobody"]
    assert (made.made, made.owned, made.desired) == (False, True, {"members": []})
    workspace.records.announce("two", item, owned=False)
    assert not workspace.records.look("two")["group", "nobody"].owned
    with pytest.raises(DemoError, match="never announced"):
        workspace.records.made("three", item, {})


def test_members_of_a_group_without_a_list_are_left_alone(workspace):
    listed, left = Resource("group", "nobody", {"members": ["noa@example.com"]}), Resource("group", "nobody")
    assert workspace.governor.find([left]) == {left.id: {}}
    workspace.governor.make(left, {})
    assert workspace.governor.find([listed])[left.id] == listed.desired
    assert workspace.governor.find([Resource("group", "unknown")]) == {("group", "unknown"): None}


def test_what_others_gave_stays_when_ours_goes(workspace):
    grant = items()["grant", f"schema {PLACE} engineers"]
    workspace.records.announce("gov", grant, True, {"before": {"SELECT": True}})
    workspace.records.made("gov", grant, {"principal": "engineers"})
    made = workspace.records.look("gov")[grant.id]
    assert made.detail == {"before": {"SELECT": True}, "principal": "engineers"}
    assert workspace.governor.remove(made)
    assert workspace.governor.find([grant])[grant.id] == {"privileges": ["SELECT"]}


def test_what_was_given_by_hand_is_told_from_what_is_declared(workspace):
    group, grant = ("group", "nobody"), ("grant", f"table {PLACE}.orders bob@example.com")
    with closing(sqlite3.connect(workspace.governor.file)) as db, db:
        db.execute("INSERT INTO things VALUES (?, ?, ?)", (*grant, '{"privileges": ["SELECT"]}'))
    left = [replace(item, desired={}) if item.id == group else item for item in ITEMS]
    assert workspace.governor.by_hand(left, objects_of(PLAN)) == {
        group: {"members": ["noa@example.com"]},
        grant: {"privileges": ["SELECT"]},
    }
    assert workspace.governor.by_hand(ITEMS, []) == {}


def test_grants_that_may_not_be_read_stop_no_plan(workspace, monkeypatch):
    def refuse(items, objects):
        raise DemoError("Could not read the grants on it: a privilege is missing.")

    plan = with_access(PLAN, ITEMS)
    assert notes(plan, workspace) == ()
    monkeypatch.setattr(LocalGovernor, "by_hand", lambda self, items, objects: refuse(items, objects))
    said = "what people added by hand is not known: Could not read the grants on it: a privilege is missing."
    assert notes(plan, workspace) == (said,)


def test_many_threads_write_at_once(tmp_path):
    workspace = LocalWorkspace(StateFolder(tmp_path))
    pretend(workspace.state, PLAN)
    groups = [Resource("group", f"group_{number}", {"members": []}) for number in range(12)]
    threads = [threading.Thread(target=workspace.governor.make, args=(item, None)) for item in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {item.id for item in groups} <= set(workspace.governor.everything())


def test_a_damaged_file_is_named(workspace):
    workspace.governor.file.write_bytes(b"no database at all, and long enough to be looked at" * 40)
    with pytest.raises(DemoError, match=r"_governance\.db"):
        workspace.governor.find(ITEMS)

"""What holds on any workspace: the double, MiniLake and, when one is given, a real one (`make test-workspace`).

Only our public doors and the SDK are used here; what cannot be shown somewhere is skipped there with its reason.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import PermissionsChange, Privilege

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, ResourceId
from demo_factory.workspace.databricks.warehouse import StatementFailed

from .sites import double, minilake, real
from .sites.demo import CANARY, SECRET, Process, everything
from .sites.site import Site, calls_of, of_mark, writes

pytestmark = pytest.mark.double


@pytest.fixture(params=["double", "minilake", "real"])
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv(SECRET, CANARY)
    mark = f"df_test_{uuid.uuid4().hex[:8]}"
    if request.param == "real":
        why = real.why_not()
        if why:
            pytest.skip(why)
        with real.open_site(mark) as found:
            yield found
        return
    for name in ("DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE", "DATABRICKS_CLIENT_ID", "DATABRICKS_AUTH_TYPE"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "double":
        with double.open_site(monkeypatch.setenv, mark) as found:
            yield found
    else:
        url = request.getfixturevalue("minilake_url")
        with minilake.open_site(url, monkeypatch.setenv, mark) as found:
            yield found


@pytest.fixture
def process(site: Site) -> Process:
    return Process(site)


# Once, again, and away


def test_a_second_apply_writes_nothing_and_destroy_leaves_nothing(site: Site, process: Process) -> None:
    items = everything(site)
    done = process.build(items)
    assert {action.id for action in done if action.kind != "use"} == {
        item.id for item in items if item.id not in _used(site)
    }
    again = Process(site)
    calls = calls_of(again.workspace.client)
    assert again.apply(items) == []
    assert calls
    assert not writes(calls)
    assert process.destroy() == ()
    assert of_mark(site) == []
    for item in items:
        if item.kind == "grant":
            assert _held(site.client, *item.key.split()[:2]) == [], item.key


def _used(site: Site) -> set[ResourceId]:
    """A catalog that was there before is used as it is."""
    return set() if site.own_catalog else {("catalog", site.catalog)}


def _held(client: WorkspaceClient, kind: str, name: str) -> list[object]:
    try:
        return list(client.grants.get(kind, name).privilege_assignments or ())
    except NotFound:
        return []


def test_what_is_no_longer_wanted_goes(site: Site, process: Process) -> None:
    items = [
        item for item in everything(site) if item.kind in ("catalog", "schema", "volume", "secret_scope", "secret")
    ]
    process.apply(items)
    fewer = [item for item in items if item.kind not in ("volume", "secret")]
    assert {ref[0]: action.kind for ref, action in process.differing(fewer).items()} == {
        "volume": "drop",
        "secret": "drop",
    }
    process.apply(fewer)
    assert process.differing(fewer) == {}
    assert not list(site.client.volumes.list(*site.schema.split(".")))
    assert not list(site.client.secrets.list_secrets(site.mark))


# What is changed by hand is shown, and mended


def _no_members(process: Process) -> None:
    [group] = process.site.client.groups.list(filter=f'displayName eq "{process.names.analysts}"')
    for member in group.members or ():
        path = f"/api/2.0/identity/groups/{group.id}/direct-members/{member.value}"
        process.site.client.api_client.do("DELETE", path)
        return


def _more_rights(process: Process) -> None:
    application = next(
        str(one.application_id)
        for one in process.site.client.service_principals.list()
        if one.display_name == process.names.robot
    )
    change = PermissionsChange(principal=application, add=[Privilege.MODIFY], remove=[Privilege.SELECT])
    process.site.client.grants.update("table", process.names.table, changes=[change])


def _sql(statement: str) -> Callable[[Process], None]:
    def change(process: Process) -> None:
        process.workspace.governor.warehouse.run(
            statement.format(table=process.names.table, schema=process.site.schema)
        )

    return change


BY_HAND: dict[str, tuple[Callable[[Process], object], str]] = {
    "group": (_no_members, "mend"),
    "volume": (lambda one: one.site.client.volumes.delete(f"{one.site.schema}.files"), "create"),
    "schema": (lambda one: one.site.client.schemas.update(one.site.schema, comment="theirs"), "mend"),
    "tags": (_sql("ALTER TABLE {table} SET TAGS ('classification' = 'public')"), "mend"),
    "function": (
        _sql("CREATE OR REPLACE FUNCTION {schema}.keep_country(country STRING) RETURNS BOOLEAN RETURN true"),
        "mend",
    ),
    "mask": (_sql("ALTER TABLE {table} ALTER COLUMN email DROP MASK"), "create"),
    "row_filter": (_sql("ALTER TABLE {table} DROP ROW FILTER"), "create"),
    "grant": (_more_rights, "mend"),
    "owner": (
        lambda one: one.site.client.tables.update(
            one.names.table, owner=str(one.site.client.current_user.me().user_name)
        ),
        "mend",
    ),
    "secret_scope": (lambda one: one.site.client.secrets.delete_scope(one.site.mark), "create"),
    "secret": (lambda one: one.site.client.secrets.delete_secret(one.site.mark, "password"), "create"),
}


@pytest.mark.parametrize("kind", BY_HAND)
def test_what_is_changed_by_hand_is_shown_and_mended(site: Site, process: Process, kind: str) -> None:
    site.needs(kind)
    items = _with_needs(everything(site), kind)
    process.build(items)
    by_hand, expected = BY_HAND[kind]
    by_hand(process)
    shown = process.differing(items)
    assert [action.kind for ref, action in shown.items() if ref[0] == kind] == [expected]
    reason = next(action.reason for ref, action in shown.items() if ref[0] == kind)
    assert reason.startswith({"mend": "changed by hand: ", "create": "somebody removed it"}[expected])
    process.apply(items)
    assert process.differing(items) == {}


def _with_needs(items: list[Resource], kind: str) -> list[Resource]:
    """The things of a kind, what they need, and what is in a scope."""
    wanted = {item.id for item in items if item.kind == kind or (kind == "secret_scope" and item.kind == "secret")}
    for item in reversed(items):
        if item.id in wanted:
            wanted |= set(item.needs)
    return [item for item in items if item.id in wanted]


# Others' things


def test_a_schema_of_others_stops_the_apply_and_stays(site: Site, process: Process) -> None:
    items = [item for item in everything(site) if item.kind in ("catalog", "schema")]
    process.apply(items[:1])
    site.client.schemas.create(site.schema.partition(".")[2], site.catalog, comment="tables")
    for _ in range(2):  # having tried once makes it no more ours
        with pytest.raises(DemoError, match=f"schema {site.schema} is there already .* it belongs to"):
            process.apply(items)
    site.needs("non-empty")
    if site.own_catalog:
        with pytest.raises(DemoError, match=f"Could not remove the catalog {site.catalog}: .*not empty"):
            process.destroy()
    else:
        assert process.destroy() == ()
    assert site.client.schemas.get(site.schema).comment == "tables"


def test_a_scope_of_others_stops_the_apply_and_stays(site: Site, process: Process) -> None:
    site.client.secrets.create_scope(site.mark)
    site.client.secrets.put_secret(site.mark, "password", string_value="theirs")
    items = [item for item in everything(site) if item.kind in ("secret_scope", "secret")]
    for _ in range(2):
        with pytest.raises(DemoError, match=f"scope {site.mark} is there already and demo_factory did not make it"):
            process.apply(items)
    assert process.destroy() == ()
    assert [one.key for one in site.client.secrets.list_secrets(site.mark)] == ["password"]


def test_a_schema_with_something_of_others_stays_and_is_named(site: Site, process: Process) -> None:
    site.needs("non-empty")
    items = [item for item in everything(site) if item.kind in ("catalog", "schema")]
    process.build(items)
    site.make(f"{site.schema}.theirs", {"id": "BIGINT"}, "table")
    with pytest.raises(DemoError, match=f"Could not remove the schema {site.schema}: .*not empty"):
        process.destroy()
    theirs = f"table {site.schema}.theirs"
    assert theirs in of_mark(site)
    site.client.tables.delete(f"{site.schema}.theirs")
    assert process.destroy() == ()
    assert of_mark(site) == []


# Ledger and lock


def test_of_two_applies_at_once_one_is_told_who_writes(site: Site, process: Process) -> None:
    me = str(site.client.current_user.me().user_name)
    with process.workspace.writing("build first"):
        with pytest.raises(DemoError, match=rf"is being written by {re.escape(me)} on .* \(build first, since"):
            Process(site).apply([Resource("secret_scope", site.mark)])
        assert [one for one in of_mark(site) if not one.startswith("file ")] == []
    assert Process(site).apply([Resource("secret_scope", site.mark)])


def test_what_was_announced_and_not_finished_is_finished_or_removed(site: Site, process: Process) -> None:
    scope, other = Resource("secret_scope", site.mark), Resource("secret_scope", f"{site.mark}_other")
    for item in (scope, other):
        process.workspace.records.announce(process.demo, item, True)
    site.client.secrets.create_scope(site.mark)  # of the two one was made before the process died
    later = Process(site)
    assert {ref[1]: (one.kind, one.reason) for ref, one in later.differing([scope, other]).items()} == {
        scope.key: ("change", "the last apply of it did not finish"),
        other.key: ("create", "not there yet"),
    }
    later.apply([scope, other])
    assert later.differing([scope, other]) == {}
    later.workspace.records.announce(process.demo, scope, True)
    assert Process(site).destroy() == ()
    assert of_mark(site) == []


# Secrets


def test_a_secret_is_in_its_scope_and_nowhere_else(
    site: Site, process: Process, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    items = [item for item in everything(site) if item.kind in ("secret_scope", "secret")]
    with caplog.at_level(logging.DEBUG):
        done = process.apply(items)
    assert [one.key for one in site.client.secrets.list_secrets(site.mark)] == ["password"]
    out = capfd.readouterr()
    ledger = repr(process.workspace.records.states(process.demo))
    for text in (caplog.text, out.out, out.err, repr(done), ledger):
        assert CANARY not in text
    site.needs("secret value")
    assert site.client.dbutils.secrets.get(site.mark, "password") == CANARY


def test_a_secret_without_a_value_names_its_variable(
    site: Site, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET)
    items = [item for item in everything(site) if item.kind in ("secret_scope", "secret")]
    with pytest.raises(DemoError, match=f"the environment variable {SECRET} is not set"):
        process.apply(items)


# Statements, tables


def test_a_statement_runs_and_one_that_fails_says_why(site: Site, process: Process) -> None:
    warehouse = process.workspace.governor.warehouse
    with pytest.raises(DemoError, match=r"(?i)see it on .*|see it: ") as caught:
        warehouse.run(f"SELECT * FROM {site.mark}_nowhere.a.b", what="see it")
    assert site.mark in str(caught.value)
    assert isinstance(caught.value, StatementFailed) or site.name == "minilake"  # which answers 400
    found = warehouse.run("SELECT 1 AS one")
    assert found.columns == ("one",)
    site.needs("typed rows")
    assert found.rows == ((1,),)


def test_tables_and_views_are_told_apart_and_dropped_once(site: Site, process: Process) -> None:
    process.build([item for item in everything(site) if item.kind in ("catalog", "schema")])
    table = process.table
    assert process.there() == "table"
    assert process.workspace.drop("table", table)
    assert not process.workspace.drop("table", table)
    assert process.there() is None
    site.needs("views")
    site.make(str(table), {"id": "BIGINT"}, "view")
    assert process.there() == "view"
    assert process.workspace.drop("view", table)


# Files of a volume


def test_files_of_a_volume_are_ours_and_those_of_others_stay(site: Site, process: Process) -> None:
    items = [item for item in everything(site) if item.kind in ("catalog", "schema", "volume")]
    process.apply(items)
    files, folder = site.client.files, f"/Volumes/{site.schema.replace('.', '/')}/files"
    assert files.download(f"{folder}/read.me").contents.read() == "grüezi\n".encode()
    files.upload(f"{folder}/read.me", BytesIO(b"changed"), overwrite=True)
    [change] = process.differing(items).values()
    assert (change.kind, change.reason) == ("mend", "changed by hand: files read.me=grüezi -> read.me=changed")
    process.apply(items)
    assert files.download(f"{folder}/read.me").contents.read() == "grüezi\n".encode()
    files.upload(f"{folder}/theirs.txt", BytesIO(b"theirs"), overwrite=True)
    assert process.differing(items) == {}, "nobody asked about it"
    [volume] = [one for one in items if one.kind == "volume"]
    process.apply([*items[:-1], replace(volume, desired={"comment": "other", "files": {"b.txt": "b"}})])
    assert [one.name for one in files.list_directory_contents(folder)] == ["b.txt", "theirs.txt"]
    with pytest.raises(DemoError, match=r"still holds theirs\.txt, which demo_factory did not put there"):
        process.destroy()
    assert files.download(f"{folder}/theirs.txt").contents.read() == b"theirs"
    files.delete(f"{folder}/theirs.txt")
    process.destroy()
    with pytest.raises(NotFound):
        site.client.volumes.read(f"{site.schema}.files")


# What a run stages


def test_a_volume_for_staging_lives_as_long_as_the_run(site: Site, process: Process) -> None:
    process.apply([item for item in everything(site) if item.kind in ("catalog", "schema")])
    files, records = site.client.files, process.workspace.records
    with process.workspace.compute.staging_volume(process.demo, *site.schema.split(".")) as folder:
        volume = folder.removeprefix("/Volumes/").replace("/", ".")
        assert f"volume {volume}" in of_mark(site)
        path = f"{folder}/one/code.zip"
        files.create_directory(path.rpartition("/")[0])
        files.upload(path, BytesIO(b"code"), overwrite=True)
        assert files.download(path).contents.read() == b"code"
        assert ("volume", volume) in {one.id for one in records.states(process.demo)}
        files.delete(path)
    assert f"volume {volume}" not in of_mark(site)
    assert ("volume", volume) not in {one.id for one in records.states(process.demo)}
    with pytest.raises(NotFound):
        files.get_metadata(path)


def test_script_and_code_of_a_run_are_there_and_go_again(site: Site, process: Process) -> None:
    site.needs("upload")
    process.apply([item for item in everything(site) if item.kind in ("catalog", "schema", "volume")])
    volume = f"/Volumes/{site.schema.replace('.', '/')}/files"
    before = of_mark(site)
    with process.workspace.compute.run_files(volume, "run", b"print(1)", b"code") as (script, code):
        assert site.client.files.download(code).contents.read() == b"code"
        assert f"file {script}" in of_mark(site)
    assert of_mark(site) == before
    there = [one.name for one in site.client.files.list_directory_contents(volume)]
    assert there == ["read.me"], "the volume's own"


def test_the_step_launchers_files_are_read_where_they_were_put_and_go_with_the_run(
    site: Site, process: Process
) -> None:
    site.needs("upload")
    process.apply([item for item in everything(site) if item.kind in ("catalog", "schema", "volume")])
    volume, before = f"/Volumes/{site.schema.replace('.', '/')}/files", of_mark(site)
    with process.workspace.compute.launcher_files(volume, "run") as files:
        script, code = files.path("run", "step", "main.py"), files.path("run", "step", "code.zip")
        for path in (script, code, code):
            files.put(path, b"text")
        assert files.read(code) == b"text"
        assert files.read(files.path("run", "step", "0_events")) == b""
        with site.client.workspace.download(script) as file:
            assert file.read() == b"text"
        assert not any(path.startswith(("/dbfs", "dbfs:", "/Workspace/Shared")) for path in (script, code))
    assert of_mark(site) == before
    assert [one.name for one in site.client.files.list_directory_contents(volume)] == ["read.me"]


# Faults


def test_a_busy_workspace_is_asked_again(site: Site, process: Process) -> None:
    site.needs("faults")
    assert site.fail is not None
    item = Resource("secret_scope", site.mark)
    site.fail(503, 1)
    assert process.differing([item])
    site.fail(429, 1)
    assert [action.resource for action in process.apply([item])] == [item]
    assert process.differing([item]) == {}

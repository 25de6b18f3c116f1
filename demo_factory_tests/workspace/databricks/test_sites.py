"""The workspaces under test themselves: what MiniLake cannot do, what its passes must not hide, and the sweep."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from databricks.sdk.errors import DatabricksError
from databricks.sdk.service.catalog import PermissionsChange, Privilege
from databricks.sdk.service.workspace import ImportFormat

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource

from .sites import double, minilake, real
from .sites.demo import CANARY, SECRET, Process, everything
from .sites.site import Site, of_mark

pytestmark = pytest.mark.double
MARK = "df_test_sites"


@pytest.fixture
def lake(minilake_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """MiniLake with the demo's catalog, schema and table."""
    with minilake.open_site(minilake_url, monkeypatch.setenv, MARK) as site:
        process = Process(site)
        process.build(_containers(site))
        yield process


def _containers(site: Site) -> list[Resource]:
    catalog = Resource("catalog", site.catalog, {"comment": ""})
    return [catalog, Resource("schema", site.schema, {"comment": ""}, (catalog.id,))]


def _cannot(site: Site) -> dict[str, Resource]:
    table, function = f"{site.schema}.customers", f"{site.schema}.hide"
    what = {"definition": "'*'", "parameters": "value STRING", "returns": "STRING", "comment": ""}
    return {
        "group": Resource("group", f"{MARK}_analysts", {"members": []}),
        "owner": Resource("owner", f"table {table}", {"owner": "somebody"}),
        "tags": Resource("tags", f"table {table}", {"tags": {"a": "b"}}),
        "function": Resource("function", function, what),
        "mask": Resource("mask", f"{table}.email", {"function": function, "using": []}),
        "row_filter": Resource("row_filter", table, {"function": function, "on": ["email"]}),
    }


@pytest.mark.parametrize("kind", ["group", "owner", "tags", "function", "mask", "row_filter"])
def test_what_minilake_cannot_do_is_refused_in_plain_words(lake, kind):
    """If one of these begins to work its reason in `minilake.CANNOT` has to go, and the suite shows it there too."""
    assert kind in minilake.CANNOT
    item = _cannot(lake.site)[kind]
    with pytest.raises(DemoError, match=f"Could not .*{MARK}"):
        lake.workspace.governor.make(item, None)


def test_minilake_drops_what_is_not_empty_and_the_guard_tells(minilake_url, monkeypatch):
    with (  # noqa: PT012 - the guard speaks at the end
        pytest.raises(AssertionError, match=rf"schemas/{MARK}.* was dropped with .*customers in it"),
        minilake.open_site(minilake_url, monkeypatch.setenv, MARK) as site,
    ):
        process = Process(site)
        process.build(_containers(site))
        assert process.there() == "table"
        site.client.schemas.delete(site.schema)
        assert process.there() is None


def test_minilake_keeps_grants_of_what_is_gone(lake):
    table = f"{lake.site.schema}.customers"
    give = PermissionsChange(principal="nobody", add=[Privilege.SELECT])
    lake.site.client.grants.update("table", table, changes=[give])
    lake.workspace.drop("table", lake.table)
    assert lake.site.client.grants.get(
        "table", table
    ).privilege_assignments  # so the suite asks for them after a destroy


def test_minilake_knows_no_view(lake):
    name = f"{lake.site.schema}.letters"
    lake.workspace.governor.warehouse.run(f"CREATE VIEW {name} AS SELECT 1 AS one")
    assert lake.site.client.tables.get(name).table_type.value == "MANAGED"
    lake.site.client.tables.delete(name)
    assert lake.site.client.tables.exists(name).table_exists
    lake.workspace.governor.warehouse.run(f"DROP VIEW {name}")


def test_minilake_keeps_the_values_of_secrets_to_itself(lake):
    lake.site.client.secrets.create_scope(MARK)
    lake.site.client.secrets.put_secret(MARK, "one", string_value="1")
    with pytest.raises(DatabricksError, match=r"only be read via dbutils"):
        lake.site.client.dbutils.secrets.get(MARK, "one")


def test_minilake_refuses_the_upload_of_a_workspace_file(lake):
    with pytest.raises((DatabricksError, TimeoutError)):
        lake.site.client.workspace.upload(f"{lake.site.target.folder}/a.py", BytesIO(b"1"), format=ImportFormat.AUTO)


def test_without_a_workspace_the_reason_is_said():
    assert real.why_not({real.HOST: "https://example.com"}).startswith(
        f"no workspace is given: {real.WAREHOUSE} not set"
    )
    assert real.why_not({real.HOST: "https://example.com", real.WAREHOUSE: "w"}) is None


# The way to a real workspace, with the double at its end


def test_a_catalog_of_others_is_used_and_stays(monkeypatch):
    monkeypatch.setenv(SECRET, CANARY)
    with double.open_site(monkeypatch.setenv, MARK, catalog="theirs") as site:
        process, items = Process(site), everything(site)
        assert ("catalog", "theirs") not in {action.id for action in process.build(items) if action.kind != "use"}
        assert process.differing(items) == {}
        assert process.destroy() == ()
        assert of_mark(site) == []


def test_principals_may_be_left_out(monkeypatch):
    monkeypatch.setenv(SECRET, CANARY)
    with double.open_site(monkeypatch.setenv, MARK, principals="no") as site:
        process, items = Process(site), everything(site)
        assert {"mask", "row_filter", "tags", "secret"} <= {item.kind for item in items}
        assert not {item.kind for item in items} & {"group", "service_principal", "grant", "owner", "secret_acl"}
        process.build(items)
        assert process.differing(items) == {}
        assert process.destroy() == ()


def test_a_test_that_breaks_off_leaves_nothing(monkeypatch):
    monkeypatch.setenv(SECRET, CANARY)
    site = broken = None
    try:
        with double.open_site(monkeypatch.setenv, MARK) as site:
            Process(site).build(everything(site))
            site.make(f"{site.schema}.theirs", {"id": "BIGINT"}, "table")
            assert len(of_mark(site)) > 8
            raise KeyError
    except KeyError as error:
        broken = error
    assert broken is not None  # so the double held nothing that was not there before, or that had been raised


def test_what_cannot_be_swept_is_named(monkeypatch):
    monkeypatch.setitem(real._REMOVE, "secret_scope", lambda client, name: None)
    with (
        pytest.raises(AssertionError, match=f"still on http://.*: secret_scope {MARK}; remove them by hand"),
        double.open_site(monkeypatch.setenv, MARK) as site,
    ):
        site.client.secrets.create_scope(site.mark)

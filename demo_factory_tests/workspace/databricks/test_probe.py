"""What a workspace and a principal can do, by reading alone."""

from __future__ import annotations

import pytest

from demo_factory.workspace.databricks.api import WorkspaceApi
from demo_factory.workspace.databricks.probe import probe

from .asking import give
from .double import connect
from .small import CATALOG, SCHEMA, Small

pytestmark = pytest.mark.double


def asked(double, token=None, rights=("CREATE_SCHEMA",), inside=(), **more):
    small = Small(double, connect(double, token), **more)
    written = len(double.writes())
    api = WorkspaceApi(small.client, small.target, small.governor.warehouse, small.environ.get, small.records)
    found = {one.name: one for one in probe(api, SCHEMA, rights=rights, inside=inside)}
    assert len(double.writes()) == written
    assert all(one.ok or one.remedy for one in found.values())
    return found


def test_an_admin_can_do_all_that_is_there(double):
    double.add_catalog("system")
    for schema, table in (("access", "audit"), ("query", "history")):
        double.add_schema(f"system.{schema}")
        double.add_table(f"system.{schema}.{table}", {"id": "INT"})
    found = asked(double)
    assert [name for name, one in found.items() if not one.ok] == []
    assert found["catalog"].reason == f"{CATALOG} may be created"
    assert found["login"].reason == "admin@example.com"


@pytest.mark.parametrize(
    ("state", "said"), [("RUNNING", "running"), ("STOPPED", "stopped: the first statement waits until it has started")]
)
def test_a_warehouse_that_rests_is_told_before_people_wait_for_it(double, state, said):
    double.state.kept["warehouses"][double.warehouse_id]["state"] = state
    assert asked(double)["warehouse"].reason == f"demo-warehouse ({double.warehouse_id}), {said}"


def test_a_guest_is_told_what_is_off(double, client):
    found = asked(double, double.add_user("ann@example.com"), warehouse="none")
    off = {name: one.reason for name, one in found.items() if not one.ok}
    assert set(off) == {"warehouse", "catalog", "principals", "system.access.audit", "system.query.history"}
    assert "ann@example.com holds no CREATE CATALOG on the metastore" in off["catalog"]
    assert "ann@example.com is no admin" in off["principals"]
    assert "There is no SQL warehouse none" in off["warehouse"]
    give(client, "metastore", double.state.metastore_id, "ann@example.com", "CREATE_CATALOG")
    assert asked(double, double.token_for("ann@example.com"))["catalog"].ok


def test_rights_come_from_groups_too_and_from_all_of_the_account(double, client):
    token = double.add_user("ann@example.com")
    double.add_group("builders", ["ann@example.com"])
    assert not asked(double, token)["catalog"].ok
    give(client, "metastore", double.state.metastore_id, "builders", "CREATE_CATALOG")
    assert asked(double, token)["catalog"].ok
    client.catalogs.create(CATALOG)
    give(client, "catalog", CATALOG, "account users", "USE_CATALOG")
    rights = ("USE_CATALOG", "CREATE_SCHEMA", "MANAGE")
    off = asked(double, token, rights)["catalog"]
    assert off.reason == f"{CATALOG} is there, and ann@example.com holds no CREATE SCHEMA, MANAGE on it"
    assert f"GRANT CREATE SCHEMA, MANAGE ON CATALOG `{CATALOG}` TO `ann@example.com`" in off.remedy
    give(client, "catalog", CATALOG, "builders", "ALL_PRIVILEGES")  # which MANAGE is not among
    assert asked(double, token, rights)["catalog"].reason.endswith("holds no MANAGE on it")
    client.catalogs.update(CATALOG, owner="builders")
    assert asked(double, token, rights)["catalog"].ok


@pytest.mark.parametrize(
    ("compute", "name", "ok", "said"),
    [
        ({"spark_version": "17.3.x-scala2.13", "node_type": "i3.xlarge", "workers": 1}, "compute", True, "i3.xlarge"),
        ({"spark_version": "1.x", "node_type": "i3.xlarge", "workers": 1}, "compute", False, "no Spark version 1.x"),
        ({"spark_version": "17.3.x-scala2.13", "node_type": "x", "workers": 1}, "compute", False, "no node type x"),
        ({"spark_version": "17.3.x-scala2.13", "node_type": "i3.xlarge", "workers": 1}, "staging", True, "volume"),
        ({"existing": "1125-none"}, "compute", False, "1125-none"),
    ],
)
def test_compute_of_a_target(double, compute, name, ok, said):
    found = asked(double, compute={"cluster": compute})[name]
    assert found.ok is ok
    assert said in found.reason

"""What a workspace and a principal can do, by reading alone; and queries over its system tables."""

from __future__ import annotations

import pytest

from demo_factory.plan.monitoring import audit, slow_queries

from .asking import give
from .double import connect
from .small import CATALOG, Small


def asked(double, token=None, **more):
    small = Small(double, connect(double, token), **more)
    written = len(double.writes())
    found = {one.name: one for one in small.governor.capabilities(CATALOG)}
    assert len(double.writes()) == written
    return found


def test_an_admin_can_do_all_that_is_there(double):
    double.add_group("admins", ["admin@example.com"], account=False)
    double.add_catalog("system")
    for schema, table in (("access", "audit"), ("query", "history")):
        double.add_schema(f"system.{schema}")
        double.add_table(f"system.{schema}.{table}", {"id": "INT"})
    found = asked(double)
    assert [name for name, one in found.items() if not one.ok] == []
    assert found["catalog"].reason == f"{CATALOG} may be created"
    assert found["login"].reason == "admin@example.com"


def test_a_guest_is_told_what_is_off(double, client):
    found = asked(double, double.add_user("ann@example.com"), warehouse="none")
    off = {name: one.reason for name, one in found.items() if not one.ok}
    assert set(off) == {"warehouse", "catalog", "principals", "system.access.audit", "system.query.history"}
    assert "Could not read the rights on" in off["catalog"]
    assert "ann@example.com is no admin" in off["principals"]
    assert "There is no SQL warehouse none" in off["warehouse"]
    give(client, "metastore", double.state.metastore_id, "ann@example.com", "CREATE_CATALOG")
    assert asked(double, double.token_for("ann@example.com"))["catalog"].ok


@pytest.mark.parametrize(
    ("compute", "name", "ok", "said"),
    [
        ({"spark_version": "17.3.x-scala2.13", "node_type": "i3.xlarge", "workers": 1}, "compute", True, "i3.xlarge"),
        ({"spark_version": "1.x", "node_type": "i3.xlarge", "workers": 1}, "compute", False, "no Spark version 1.x"),
        ({"spark_version": "17.3.x-scala2.13", "node_type": "x", "workers": 1}, "compute", False, "no node type x"),
        ({"spark_version": "17.3.x-scala2.13", "node_type": "i3.xlarge", "workers": 1}, "staging", True, "DBFS root"),
        ({"existing": "1125-none"}, "compute", False, "1125-none"),
    ],
)
def test_compute_of_a_target(double, client, compute, name, ok, said):
    client.dbfs.mkdirs("/tmp")
    found = asked(double, compute={"cluster": compute})[name]
    assert found.ok is ok
    assert said in found.reason


def test_system_tables_are_asked_by_the_warehouse(double):
    warehouse = Small(double).governor.warehouse
    double.set_rows(
        "system.query.history", _columns(slow_queries("dev_small").text), [["t", "ann", "FINISHED", 900, *[0] * 5]]
    )
    slow = slow_queries("dev_small")
    [row] = warehouse.run(slow.text, slow.parameters).rows
    assert row[:4] == ("t", "ann", "FINISHED", 900)
    read = audit("dev_small", days=7)
    double.set_rows(
        "system.access.audit", _columns(read.text), [["t", "ann", "getTable", "dev_small.shop.t", 200, "::1"]]
    )
    assert warehouse.run(read.text, read.parameters).rows[0][1:3] == ("ann", "getTable")


def _columns(text):
    import sqlglot

    return [one.alias_or_name for one in sqlglot.parse_one(text, dialect="databricks").selects]

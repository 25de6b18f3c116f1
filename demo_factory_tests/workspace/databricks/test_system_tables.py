"""Slow queries and audit, read from a workspace's system tables by its warehouse."""

from __future__ import annotations

from dataclasses import fields

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Event, Query
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace

from .double import connect
from .small import CATALOG, target

pytestmark = pytest.mark.double
SLOW = ["2026-11-25T07:00:00.000Z", "ann", 9000, 3, "FINISHED", f"SELECT * FROM {CATALOG}.shop.t", 200, 4096, "s-1"]
QUICK = ["2026-11-25T08:00:00.000Z", "ann", 12, None, "FAILED", f"SELECT x FROM {CATALOG}.shop.t", 0, None, "s-2"]
READ = ["2026-11-25T07:00:00.000Z", "ann", "getTable", f"{CATALOG}.shop.t", 200, "::1", None]


def there(double):
    return DatabricksWorkspace("dev", target(double), connect(double))


def columns(shape):
    """As the double holds them: if the SQL selects others than the value has fields, both tests fail."""
    return [field.name for field in fields(shape)]


def test_slow_queries_come_as_values(double):
    double.set_rows("system.query.history", columns(Query), [SLOW, QUICK])
    slow, quick = there(double).slow_queries("small", CATALOG)
    assert (slow.milliseconds, slow.rows, slow.waited, slow.statement_id) == (9000, 3, 200, "s-1")
    assert (quick.status, quick.rows, quick.read_bytes) == ("FAILED", None, None)
    assert double.writes() == []


def test_an_audit_comes_as_values(double):
    double.set_rows("system.access.audit", columns(Event), [READ])
    [event] = there(double).audit(f"{CATALOG}.shop", days=7)
    assert (event.who, event.action, event.object, event.status) == ("ann", "getTable", f"{CATALOG}.shop.t", 200)


@pytest.mark.parametrize("ask", [lambda one: one.slow_queries("d", CATALOG), lambda one: one.audit(CATALOG, 7)])
def test_a_table_that_may_not_be_read_is_named_with_what_to_ask_for(double, ask):
    double.set_rows("system.query.history", ["other"], [["x"]])
    double.set_rows("system.access.audit", ["other"], [["x"]])
    with pytest.raises(DemoError, match=r"enable system\.(query|access) and grant .* SELECT ON system"):
        ask(there(double))

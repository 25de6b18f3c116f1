"""Statements on a warehouse: slow ones, failing ones, typed values, and warehouses that are not there."""

import datetime as dt

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.databricks import warehouse as statements
from demo_factory.workspace.databricks.warehouse import StatementFailed, Warehouse

pytestmark = pytest.mark.double


@pytest.fixture
def warehouse(client):
    return Warehouse(client, "demo-warehouse", sleep=lambda seconds: None)


def test_values_go_typed_and_come_back_typed(double, warehouse):
    seen = []

    def backend(statement):
        seen.append(statement)
        return ["name", "number", "share", "yes"], [["a", 1, 0.5, True], [None, 2, 1.5, False]]

    double.settings.sql_backend = backend
    values = {"day": dt.date(2026, 1, 2), "at": dt.datetime(2026, 1, 2, 3), "n": 5, "x": 1.5, "on": True, "who": "o'x"}
    found = warehouse.run("SELECT * FROM t WHERE :day, :at, :n, :x, :on, :who", values)
    assert seen == ["SELECT * FROM t WHERE DATE'2026-01-02', TIMESTAMP'2026-01-02 03:00:00', 5, 1.5, true, 'o\\'x'"]
    assert found.columns == ("name", "number", "share", "yes")
    assert found.rows == (("a", 1, 0.5, True), (None, 2, 1.5, False))


def test_a_stopped_warehouse_is_waited_for(double, client):
    client.warehouses.stop(double.warehouse_id)
    double.settings.slow_polls = 3
    slept = []
    found = Warehouse(client, double.warehouse_id, sleep=slept.append).run("SELECT 1 AS one")
    assert found.rows == ((1,),)
    assert slept == [0.5, 1.0, 2.0]


def test_many_rows_come_in_parts(double, warehouse):
    double.settings.chunk_rows = 2
    double.settings.sql_backend = lambda statement: (["n"], [[n] for n in range(5)])
    assert warehouse.run("SELECT n FROM t").rows == ((0,), (1,), (2,), (3,), (4,))


def test_an_answer_that_was_cut_is_refused_unless_that_is_what_was_asked_for(double, warehouse):
    """The API cuts what comes INLINE at 25 MiB and says so by `manifest.truncated` alone (Statement Execution API)."""
    double.settings.sql_backend = lambda statement: (["n"], [["x" * 50] for _ in range(100)])
    assert len(warehouse.run("SELECT n FROM t", most=3).rows) == 3
    double.settings.inline_bytes = 2000
    with pytest.raises(DemoError, match=r"more than 25 MiB.*first \d+ rows"):
        warehouse.run("SELECT n FROM t")
    with pytest.raises(DemoError, match="more than 25 MiB"):
        warehouse.run("SELECT n FROM t", most=90)


def test_a_failure_comes_with_its_reason(warehouse):
    with pytest.raises(StatementFailed, match=r"Could not see it on demo-warehouse: failed: .*NO_SUCH_CATALOG"):
        warehouse.run("SELECT * FROM nowhere.information_schema.table_tags", what="see it")


def test_what_never_ends_is_cancelled(double, warehouse, monkeypatch):
    monkeypatch.setattr(statements, "LONGEST", 30)
    double.settings.slow_polls = 10_000
    with pytest.raises(DemoError, match="demo-warehouse did not finish in 0 minutes"):
        warehouse.run("SELECT 1")
    assert double.calls[-1].path.endswith("/cancel")


def test_what_nobody_waits_for_any_more_is_cancelled(double, warehouse):
    double.settings.slow_polls = 3
    still = iter([True, False])
    with pytest.raises(KeyboardInterrupt):
        warehouse.run("SELECT 1", is_wanted=lambda: next(still))
    assert double.calls[-1].path.endswith("/cancel")


@pytest.mark.parametrize(
    ("shown", "sku"),
    [({}, "SERVERLESS_SQL_COMPUTE"), ({"enable_serverless_compute": False}, "SQL_PRO_COMPUTE"),
     ({"enable_serverless_compute": False, "warehouse_type": "CLASSIC"}, "SQL_COMPUTE")],
)  # fmt: skip
def test_a_warehouse_says_as_what_it_is_billed(double, warehouse, shown, sku):
    double.state.kept["warehouses"][double.warehouse_id] |= shown
    assert warehouse.billed == (sku, "2X-Small", 10)


def test_an_unknown_warehouse_names_those_that_are_there(double, client):
    with pytest.raises(
        DemoError, match="There is no SQL warehouse none that you may use; those you may: demo-warehouse"
    ):
        Warehouse(client, "none").run("SELECT 1")
    assert not double.writes()


def test_a_name_that_two_warehouses_have_wants_an_id(double, client):
    from .double.kinds.warehouse import add_warehouse

    second = add_warehouse(double.state, "demo-warehouse", "STOPPED")
    with pytest.raises(DemoError, match=f"2 SQL warehouses are called demo-warehouse: {double.warehouse_id}, {second}"):
        Warehouse(client, "demo-warehouse").run("SELECT 1")

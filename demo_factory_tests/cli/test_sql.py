"""sql on a real session: short names, formats, limits, and errors in one line."""

import json

import pytest

from demo_factory.cli import main
from demo_factory.resources.resource import Resource
from demo_factory.workspace.local.catalog import create_view, ensure_schema
from demo_factory.workspace.local.ledger import LocalLedger

pytestmark = pytest.mark.e2e
SCHEMA = "test_demo.cli_sql"


@pytest.fixture(scope="module")
def home(spark, state):
    """A built demo as the ledger sees it: one table, one view."""
    ensure_schema(spark, state, "test_demo", "cli_sql")
    ledger = LocalLedger(state)
    things = [
        Resource(kind, f"{SCHEMA}.{name}", {"fingerprint": "f"}, name=name)
        for kind, name in (("table", "orders"), ("view", "totals"))
    ]
    for thing in things:
        ledger.announce("cli_sql", thing)
    spark.sql(
        "SELECT id, concat('name ', id) AS name, IF(id = 2, NULL, CAST(id * 1.5 AS DECIMAL(10,2))) AS paid,"
        " timestamp_seconds(1767225600 + id) AS at FROM range(1, 5)"
    ).write.format("delta").saveAsTable(f"{SCHEMA}.orders")
    create_view(spark, state, f"{SCHEMA}.totals", f"SELECT sum(paid) AS paid FROM {SCHEMA}.orders")
    for thing in things:
        ledger.made("cli_sql", thing, {})
    yield state.root
    spark.sql("USE spark_catalog.default")
    for one in ledger.states("cli_sql"):
        ledger.forget("cli_sql", one.id)


def ask(home, *words: str) -> int:
    return main(["--home", str(home), "sql", "--demo", "cli_sql", *words])


def test_short_names_nulls_and_times_in_utc(home, capsys):
    assert ask(home, "SELECT * FROM orders ORDER BY id LIMIT 2") == 0
    assert capsys.readouterr().out.splitlines() == [
        "id  name    paid  at",
        " 1  name 1  1.50  2026-01-01 00:00:01",
        " 2  name 2  NULL  2026-01-01 00:00:02",
        "2 rows",
    ]
    assert ask(home, "SELECT paid FROM totals", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == [{"paid": "12.00"}]


def test_csv_is_whole_a_limit_says_that_there_is_more_and_both_are_noted(home, capsys):
    assert ask(home, "SELECT id FROM orders ORDER BY id", "--format", "csv") == 0
    assert capsys.readouterr().out == "id\n1\n2\n3\n4\n"
    assert ask(home, "SELECT id FROM orders", "--limit", "2") == 0
    out, err = capsys.readouterr()
    assert "2 rows" in out
    assert "There are more rows: --limit 20 shows more, --limit 0 all." in err
    assert main(["--home", str(home), "status", "cli_sql", "--queries", "--json"]) == 0
    noted = {one["text"]: one for one in json.loads(capsys.readouterr().out)["cli_sql"]}
    assert noted["SELECT id FROM orders"]["rows"] == 2
    whole = noted["SELECT id FROM orders ORDER BY id"]
    assert (whole["status"], whole["rows"], whole["milliseconds"] > 0) == ("FINISHED", 4, True)


def test_show_and_describe_work(home, capsys):
    assert ask(home, "SHOW TABLES") == 0
    assert "orders" in capsys.readouterr().out
    assert ask(home, "DESCRIBE orders") == 0
    assert "decimal(10,2)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT nme FROM orders", "Did you mean one of the following? [`name`"),
        ("SELECT * FROM ordrs", "There is no table or view ordrs. Did you mean 'orders'?"),
        ("SELECT 1 / 0", "Division by zero."),
        ("SELECT id FROM orders GROUP WHERE", "Syntax error"),
        ("SELECT assert_true(id > 99) FROM orders", "'(id > 99)' is not true"),
    ],
)
def test_an_error_is_one_line_without_java(home, capsys, query, says):
    assert ask(home, query) == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1
    assert "org.apache" not in err
    assert "SQLSTATE" not in err

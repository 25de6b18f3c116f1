"""`access` and `sql --as` on real tables: what each principal gets is what the matrix says, cell by cell."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil

import pytest

from demo_factory.access.matrix import CLEAR, matrix
from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.cli import main
from demo_factory.resources.resource import State
from demo_factory.workspace.local.catalog import create_view, ensure_schema
from demo_factory.workspace.local.query_as import as_principal, rights_of
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory_tests.access.governed import GOVERNED
from demo_factory_tests.plan.demos import AS_OF
from demo_factory_tests.workspace.local.governed import apply_items

pytestmark = pytest.mark.e2e
CATALOG, SCHEMA = "test_demo", "access_door"
PLACE = f"{CATALOG}.{SCHEMA}"
PEOPLE = ("ann@example.com", "gerd@example.com", "robot", "nobody", "stan@example.com")


@pytest.fixture(scope="module")
def plan():
    from demo_factory.blueprint.load import loads
    from demo_factory.plan.compile import compile_demo

    text = GOVERNED.replace('"{env}_gov_demo"', CATALOG).replace("schema: shop", f"schema: {SCHEMA}")
    return compile_demo(loads(text), as_of=AS_OF)


@pytest.fixture(scope="module")
def workspace(spark, state, plan):
    """The governed shop with real rows, as a build leaves it."""
    from demo_factory.generate.tables import write_table

    workspace = LocalWorkspace(state)
    ensure_schema(spark, state, CATALOG, SCHEMA)
    ledger = workspace.records
    for step in plan.steps.values():
        [thing] = plan.resources_of(step)
        ledger.announce("gov", thing)
        if step.kind == "table":
            write_table(spark, step.plan, {}, "spark")
        else:
            create_view(spark, state, str(step.plan.full_name), step.plan.sql)
        ledger.made("gov", thing, {})
    apply_items(workspace, plan)
    yield workspace
    spark.sql("USE spark_catalog.default")
    workspace.governor.file.unlink()
    for one in ledger.states("gov"):
        ledger.forget("gov", one.id)


def rows(spark, sql: str) -> list[dict[str, object]]:
    return [row.asDict() for row in spark.sql(sql).collect()]


def sees(spark, workspace, who: str, query: str) -> list[dict[str, object]]:
    rights = rights_of(workspace.state, who)
    return [row.asDict() for row in as_principal(workspace.state, (CATALOG, SCHEMA), rights, who, query).collect()]


def shown(how: str, value: object) -> object:
    """What a cell must be, worked out without Spark from what the matrix says of it."""
    if how == CLEAR:
        return value
    if how == "as NULL":
        return None
    if how == "as '****'":
        return "****"
    if how.startswith("as sha2("):
        return hashlib.sha256(str(value).encode()).hexdigest()
    if how.startswith("as concat(substring("):
        return f"{str(value)[0]}***"
    assert how.startswith("as CAST(date_trunc('YEAR'"), how
    assert isinstance(value, dt.date)
    return value.replace(month=1, day=1)


def test_every_cell_of_every_table_is_as_the_matrix_says(spark, workspace, plan):
    seen = {"none": 0, "cells": 0, "masked": 0}
    for cell in matrix(plan, workspace.governor.everything(), PEOPLE):
        if cell.kind != "table":
            continue
        query = f"SELECT * FROM {cell.object} ORDER BY 1"
        if not cell.allowed:
            with pytest.raises(DemoError, match=f"may not read {PLACE}.{cell.object}: .*(is|are) missing"):
                sees(spark, workspace, cell.principal, query)
            seen["none"] += 1
            continue
        where = "" if cell.rows == "all" else f" WHERE {cell.rows}"
        real = rows(spark, f"SELECT * FROM {PLACE}.{cell.object}{where} ORDER BY 1")
        expected = [{name: shown(how, row[name]) for name, how in cell.columns.items()} for row in real]
        assert sees(spark, workspace, cell.principal, query) == expected, cell
        assert real
        seen["cells"] += len(real) * len(cell.columns)
        seen["masked"] += sum(how != CLEAR for how in cell.columns.values())
    assert (seen["none"], seen["masked"]) == (10, 11)
    assert seen["cells"] > 900


def test_views_show_masked_cells_and_filtered_rows(spark, workspace):
    raw = rows(spark, f"SELECT email, first_name, country FROM {PLACE}.customers WHERE country = 'DE'")
    letters = sees(spark, workspace, "germans", "SELECT * FROM letters")
    hashed = {hashlib.sha256(str(row["email"]).encode()).hexdigest() for row in raw}
    assert {row["address"] for row in letters} == hashed
    assert {(row["name"], row["country"]) for row in letters} == {("****", "DE")}
    spending = sees(spark, workspace, "gerd@example.com", "SELECT * FROM spending")
    assert [row["country"] for row in spending] == ["DE"]
    assert {row["country"] for row in sees(spark, workspace, "ann@example.com", "FROM spending SELECT *")} == {
        "DE",
        "US",
    }
    assert sees(spark, workspace, "robot", "SELECT * FROM spending ORDER BY 1") == rows(
        spark, f"SELECT * FROM {PLACE}.spending ORDER BY 1"
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT email, first_name, last_name, CAST(income AS STRING) i FROM customers",
        "SELECT c.* FROM shop.customers c".replace("shop", SCHEMA),
        "WITH customers AS (SELECT * FROM customers) SELECT * FROM customers",
        "SELECT * FROM (WITH customers AS (SELECT 1 AS a) SELECT * FROM customers) x CROSS JOIN customers",
        "SELECT x FROM customers LATERAL VIEW explode(array(email, first_name, last_name)) t AS x",
        "SELECT to_json(struct(c.*)) AS x FROM customers c",
        "SELECT collect_list(email) AS x, max(first_name) AS y FROM customers",
        "SELECT (SELECT max(email) FROM customers) AS x",
        "SELECT * FROM customers TABLESAMPLE (100 PERCENT)",
        "SELECT * FROM customers |> WHERE email IS NOT NULL |> SELECT email, first_name",
        "SELECT * FROM customers a JOIN customers b ON a.customer_id = b.customer_id",
        "SELECT email FROM customers UNION SELECT first_name FROM customers",
        "SELECT * FROM letters",
        "SELECT transform(array(email), e -> e) AS x FROM customers",
        "DESCRIBE customers",
        "SHOW TABLES",
        "SHOW COLUMNS IN customers",
    ],
)
def test_no_raw_value_comes_out_in_any_form(spark, workspace, query):
    canaries = set()
    for row in rows(spark, f"SELECT email, CAST(income AS STRING) AS income, last_name FROM {PLACE}.customers"):
        canaries |= {str(row["email"]), str(row["income"]), str(row["last_name"])}
    found = str(sees(spark, workspace, "germans", query))
    assert found != "[]"
    assert not [canary for canary in canaries if canary in found]


@pytest.mark.parametrize(
    "query",
    [
        r"SELECT r'\' AS a, 'it\'s' AS b, 'x' 'y' AS c, 'line\nend' AS d",
        "SELECT \"it's\" AS a, '\\u0041' AS b, 1 AS `od``d`",
        "SELECT x'1F' AS a, 1.5BD AS b, date'2020-01-01' AS c, interval '2' day AS d",
        "SELECT * FROM range(4) WHERE id % 2 = 1 ORDER BY id DESC",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM (WITH a AS (SELECT 2 AS x) SELECT * FROM a) b, a",
        "SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(n, s)",
    ],
)
def test_what_needs_no_guard_gives_what_it_gives_without_the_door(spark, workspace, query):
    assert sees(spark, workspace, "nobody", query) == rows(spark, query)


def run(workspace, *words: str) -> int:
    return main(["--home", str(workspace.state.root), *words])


def test_the_command_line_answers_as_somebody(workspace, capsys):
    assert (
        run(workspace, "sql", "--demo", "gov", "--as", "germans", "SELECT first_name, country FROM customers LIMIT 1")
        == 0
    )
    assert capsys.readouterr().out.splitlines()[1].split() == ["****", "DE"]
    assert run(workspace, "sql", "--demo", "gov", "--as", "germans", "SELECT * FROM orders") == 1
    err = capsys.readouterr().err
    assert f"germans may not read {PLACE}.orders: SELECT on table {PLACE}.orders is missing." in err
    assert len(err.splitlines()) == 1
    assert run(workspace, "sql", "--demo", "gov", "--as", "germens", "SELECT 1") == 2
    assert "Nobody here is called germens. Did you mean 'germans'?" in capsys.readouterr().err
    assert run(workspace, "sql", "--demo", "gov", "--as", "nobody", "SHOW TABLES") == 0
    assert "0 rows" in capsys.readouterr().out
    assert run(workspace, "sql", "--demo", "gov", "SELECT count(*) FROM orders") == 0  # one's own door is as before
    noted = [(one.who, one.status) for one in workspace.slow_queries("gov", CATALOG)]
    assert {("germans", "FINISHED"), ("germans", "FAILED"), ("nobody", "FINISHED")} < set(noted)


def test_rights_are_read_from_what_exists_not_from_the_blueprint(spark, workspace, plan):
    governor = workspace.governor
    key = f"table {PLACE}.customers analysts"
    value = governor.everything()["grant", key]
    governor.remove(State("grant", key, value, True))
    with pytest.raises(DemoError, match=r"SELECT on table .*customers is missing"):
        sees(spark, workspace, "ann@example.com", "SELECT * FROM customers")
    apply_items(workspace, plan)
    mask = State("mask", f"{PLACE}.customers.income", governor.everything()["mask", f"{PLACE}.customers.income"], True)
    governor.remove(mask)
    assert None not in {
        row["income"] for row in sees(spark, workspace, "ann@example.com", "FROM customers SELECT income")
    }
    apply_items(workspace, plan)
    assert sees(spark, workspace, "ann@example.com", "SELECT * FROM customers")
    assert Rights(governor.everything()).principals


def test_access_prints_the_matrix_and_what_differs(workspace, plan, tmp_path, capsys):
    file = tmp_path / "gov.yaml"
    text = GOVERNED.replace('"{env}_gov_demo"', CATALOG).replace("schema: shop", f"schema: {SCHEMA}")
    file.write_text(text, encoding="utf-8")
    assert run(workspace, "access", str(file)) == 0
    out = capsys.readouterr().out
    assert "In effect as declared." in out
    assert run(workspace, "access", str(file), "--as", "gerd@example.com") == 0
    out = capsys.readouterr().out
    assert "as sha2(email, 256)" in out
    assert "rows: country = 'DE'" in out
    key = f"table {PLACE}.spending analysts"
    workspace.governor.remove(State("grant", key, {"privileges": ["SELECT"]}, True))
    assert run(workspace, "access", str(file)) == 0
    out = capsys.readouterr().out
    assert "(!) spending for analysts: declared clear, in effect none: missing: SELECT on table" in out
    assert "4 cells not as declared" in out
    assert run(workspace, "access", str(file), "--as", "analysts", "--json") == 0
    said = {cell["object"]: cell for cell in json.loads(capsys.readouterr().out)["access"]}
    assert said["spending"]["declared"]["sees"] == "clear"
    assert said["spending"]["effective"]["sees"] == "none"
    assert run(workspace, "access", str(file), "--as", "analist") == 2
    assert "Did you mean 'analysts'?" in capsys.readouterr().err
    apply_items(workspace, plan)


def test_a_demo_without_governance_has_no_such_door(workspace, capsys):
    kept = workspace.governor.file.rename(workspace.governor.file.with_suffix(".kept"))
    try:
        assert run(workspace, "sql", "--demo", "gov", "--as", "germans", "SELECT 1") == 1
        assert "Nobody has any rights" in capsys.readouterr().err
    finally:
        shutil.move(kept, workspace.governor.file)

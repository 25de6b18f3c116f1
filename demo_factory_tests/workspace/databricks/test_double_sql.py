"""The workspace double's SQL: governance statements, the asynchronous protocol, results."""

import pytest
from databricks.sdk import errors
from databricks.sdk.service import sql

from .asking import failed, ok, run

pytestmark = pytest.mark.double


def test_tags(double, client, demo):
    ok(client, double, "ALTER TABLE `demo`.`shop`.`customers` SET TAGS ('owner' = 'it''s', 'pii' = 'yes')")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN `email` SET TAGS ('class' = 'pii')")
    ok(client, double, "ALTER CATALOG demo SET TAGS ('budget' = 'x')")
    rows = ok(
        client,
        double,
        "SELECT tag_name, tag_value FROM demo.information_schema.table_tags "
        "WHERE schema_name = :schema AND table_name = 'customers' ORDER BY tag_name",
        parameters=[sql.StatementParameterListItem(name="schema", value="shop")],
    )
    assert rows == [["owner", "it's"], ["pii", "yes"]]
    ok(client, double, f"ALTER TABLE {demo} UNSET TAGS ('owner', 'pii')")
    assert ok(client, double, "SELECT * FROM demo.information_schema.table_tags") == []
    found = ok(client, double, "SELECT column_name, tag_value FROM demo.information_schema.column_tags")
    assert found == [["email", "pii"]]
    assert double.objects()["tags"] == 2
    assert "not valid" in failed(client, double, "ALTER CATALOG demo SET TAGS ('a.b' = 'c')")
    assert "cannot be found" in failed(client, double, "ALTER TABLE demo.shop.none SET TAGS ('a' = 'b')")


def test_masks_and_row_filters(double, client, demo):
    ok(
        client,
        double,
        "CREATE OR REPLACE FUNCTION demo.shop.hide(value STRING) RETURNS STRING COMMENT 'hides' "
        "RETURN CASE WHEN is_account_group_member('pii') THEN value ELSE '****' END",
    )
    ok(client, double, "CREATE FUNCTION demo.shop.only(country STRING) RETURNS BOOLEAN RETURN country = 'DE'")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide")
    ok(client, double, f"ALTER TABLE {demo} SET ROW FILTER demo.shop.only ON (country)")
    shown = client.tables.get(demo)
    assert shown.columns[1].mask.function_name == "demo.shop.hide"
    assert shown.row_filter.input_column_names == ["country"]
    function = client.functions.get("demo.shop.hide")
    assert function.comment == "hides"
    assert function.routine_definition.startswith("CASE WHEN")
    assert {"masks": 1, "row_filters": 1, "functions": 2}.items() <= double.objects().items()
    assert "takes 1 arguments" in failed(
        client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide USING COLUMNS (country)"
    )
    assert "not LONG" in failed(client, double, f"ALTER TABLE {demo} ALTER COLUMN id SET MASK demo.shop.hide")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email DROP MASK")
    ok(client, double, f"ALTER TABLE {demo} DROP ROW FILTER")
    ok(client, double, "DROP FUNCTION demo.shop.hide")
    ok(client, double, "DROP FUNCTION IF EXISTS demo.shop.hide")
    assert "cannot be found" in failed(client, double, "DROP FUNCTION demo.shop.hide")


def test_a_function_that_guards_something_is_not_dropped(double, client, demo):
    ok(client, double, "CREATE FUNCTION demo.shop.hide(value STRING) RETURNS STRING RETURN '****'")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide")
    with pytest.raises(errors.BadRequest, match=r"still guards demo\.shop\.customers\.email"):
        client.functions.delete("demo.shop.hide")
    assert len(double.violations) == 1
    double.violations.clear()


def test_owners_comments_and_drops_by_sql(double, client, demo):
    double.add_group("stewards")
    double.add_table("demo.shop.v", {"id": "INT"}, table_type="VIEW")
    ok(client, double, "COMMENT ON TABLE demo.shop.customers IS 'people'")
    ok(client, double, "COMMENT ON COLUMN demo.shop.customers.email IS 'where to write'")
    ok(client, double, f"ALTER TABLE {demo} SET OWNER TO `stewards`")
    shown = client.tables.get(demo)
    assert (shown.comment, shown.columns[1].comment, shown.owner) == ("people", "where to write", "stewards")
    assert "EXPECT_TABLE_NOT_VIEW" in failed(client, double, "DROP TABLE demo.shop.v")
    ok(client, double, "DROP VIEW demo.shop.v")
    ok(client, double, "CREATE SCHEMA IF NOT EXISTS demo.more COMMENT 'x'")
    ok(client, double, "DROP SCHEMA demo.more")
    ok(client, double, f"DROP TABLE {demo}")
    assert not client.tables.exists(demo).table_exists


def test_the_asynchronous_protocol(double, client):
    api = client.statement_execution
    answer = api.execute_statement("SELECT current_user()", double.warehouse_id, wait_timeout="0s")
    states = [answer.status.state.value]
    while answer.status.state.value in ("PENDING", "RUNNING"):
        answer = api.get_statement(answer.statement_id)
        states.append(answer.status.state.value)
    assert states == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert answer.result.data_array == [["admin@example.com"]]
    for wrong in ("4s", "51s", "1m"):
        with pytest.raises(errors.InvalidParameterValue, match="wait_timeout"):
            api.execute_statement("SELECT 1", double.warehouse_id, wait_timeout=wrong)
    with pytest.raises(errors.InvalidParameterValue, match="not a valid endpoint id"):
        api.execute_statement("SELECT 1", "nowhere")
    with pytest.raises(errors.NotFound, match="does not exist"):
        api.execute_statement("SELECT 1", "0123456789abcdef")
    pending = api.execute_statement("SELECT current_user()", double.warehouse_id, wait_timeout="0s")
    api.cancel_execution(pending.statement_id)
    assert api.get_statement(pending.statement_id).status.state is sql.StatementState.CANCELED


def test_what_the_double_does_not_understand_goes_to_the_backend(double, client):
    assert "not understood by the double" in failed(client, double, "CACHE TABLE demo.shop.customers")
    seen = []
    double.settings.sql_backend = lambda statement: seen.append(statement) or (["n", "ok"], [[1, True], [2, None]])
    item = sql.StatementParameterListItem
    parameters = [item(name="n", value="7", type="INT"), item(name="s", value="it's")]
    rows = ok(client, double, "SELECT n, ok FROM t WHERE n > :n AND s = :s", parameters=parameters)
    assert rows == [["1", "true"], ["2", None]]
    assert seen == ["SELECT n, ok FROM t WHERE n > 7 AND s = 'it\\'s'"]
    with pytest.raises(errors.InvalidParameterValue, match="not of type INT"):
        run(client, double, "SELECT :n FROM t", parameters=[item(name="n", value="x", type="INT")])
    assert "unbound parameter: n" in failed(client, double, "SELECT :n FROM t")
    assert "one statement at a time" in failed(client, double, "SELECT 1 FROM t; SELECT 2 FROM t")


def test_results_come_in_chunks(double, client):
    double.settings.chunk_rows = 2
    double.set_rows("system.access.audit", ["who", "what"], [[str(n), "read"] for n in range(5)])
    answer = run(client, double, "SELECT who, what FROM system.access.audit WHERE event_date > '2026-01-01'")
    assert answer.manifest.total_row_count == 5
    found, index = list(answer.result.data_array), answer.result.next_chunk_index
    while index is not None:
        more = client.statement_execution.get_statement_result_chunk_n(answer.statement_id, index)
        found += more.data_array
        index = more.next_chunk_index
    assert [row[0] for row in found] == ["0", "1", "2", "3", "4"]
    assert "the test put in who, what" in failed(client, double, "SELECT whom FROM system.access.audit")


def test_warehouses(double, client):
    client.warehouses.stop(double.warehouse_id)
    assert client.warehouses.get(double.warehouse_id).state is sql.State.STOPPED
    ok(client, double, "SELECT current_user()")
    assert [one.state for one in client.warehouses.list()] == [sql.State.RUNNING]


def test_constants_and_who_asks(double, client):
    double.add_group("analysts", ["admin@example.com"])
    rows = ok(client, double, "SELECT 1, current_user() AS me, is_account_group_member('analysts') AS analyst")
    assert rows == [["1", "admin@example.com", "true"]]
    with pytest.raises(errors.InvalidParameterValue, match="together"):
        run(client, double, "SELECT 1", catalog="demo")

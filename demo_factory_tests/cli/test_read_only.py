"""sql only reads, and Spark's errors become one line."""

import pytest

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.operations.query import read_only
from demo_factory.workspace.query_errors import plain

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1;",
        "with a as (select 1) select * from a",
        "(SELECT 1) UNION (SELECT 2)",
        "FROM customers SELECT segment",
        "show tables",
        "DESCRIBE customers",
        "describe detail customers",
        "EXPLAIN SELECT 1",
        "VALUES (1)",
        "SELECT 'drop table; delete' AS x",
        "select form x y z",  # wrong, which Spark says best
    ],
)
def test_reading_passes(query):
    assert read_only(query) == query.rstrip(";")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE customers",
        "INSERT INTO customers SELECT 1",
        "with a as (select 1) insert into x select * from a",
        "FROM a INSERT INTO b SELECT *",
        "UPDATE customers SET segment = 'x'",
        "DELETE FROM customers",
        "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE",
        "CREATE TABLE x AS SELECT 1",
        "OPTIMIZE customers",
        "VACUUM customers",
        "USE default",
        "SET spark.sql.ansi.enabled = false",
        "CALL x()",
    ],
)
def test_writing_is_refused_in_a_plain_sentence(query):
    with pytest.raises(WrongUsage, match="sql only reads"):
        read_only(query)


@pytest.mark.parametrize(("query", "says"), [("  ; ", "no query"), ("SELECT 1; DROP TABLE x", "one statement")])
def test_nothing_and_two_statements_are_refused(query, says):
    with pytest.raises(WrongUsage, match=says):
        read_only(query)


@pytest.mark.parametrize(
    ("spark", "ours"),
    [
        (
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name `nix` cannot be "
            "resolved. Did you mean one of the following? [`day`, `id`]. SQLSTATE: 42703; line 1 pos 7;\n'Project",
            "A column, variable, or function parameter with name `nix` cannot be resolved. Did you mean one of the "
            "following? [`day`, `id`] (line 1, position 8).",
        ),
        (
            "[TABLE_OR_VIEW_NOT_FOUND] The table or view `custmers` cannot be found. Verify the spelling.\nIf you did "
            "not qualify the name with a schema, verify the current_schema() output. SQLSTATE: 42P01; line 1 pos 14;",
            "There is no table or view custmers. Did you mean 'customers'?",
        ),
        (
            "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. "
            "SQLSTATE: 22012\n== SQL (line 1, position 8) ==\nSELECT 1/0",
            "Division by zero.",
        ),
    ],
)
def test_an_error_of_spark_is_one_line(spark, ours):
    assert str(plain(Exception(spark), ["customers", "orders"])) == ours

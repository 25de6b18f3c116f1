"""The guard in real Spark: whatever form a query has, it gives what plain Spark gives over views masked by hand."""

from __future__ import annotations

import re

import pytest

from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.registry import governed_resources
from demo_factory.workspace.local.catalog import create_view, ensure_schema
from demo_factory.workspace.local.query_as import answer
from demo_factory.workspace.local.query_guard import QueryGuard, open_guard
from demo_factory_tests.access.governed import GOVERNED
from demo_factory_tests.plan.demos import AS_OF

CATALOG, SCHEMA = "test_demo", "guarded"
PLACE = f"{CATALOG}.{SCHEMA}"
PRINCIPALS = ("ann@example.com", "gerd@example.com", "germans", "robot")
# What the blueprint's masks and filter mean, written by hand: expression of each column, and rows.
MASKED = (
    "customer_id, '****' AS first_name, '****' AS last_name, sha2(email, 256) AS email,"
    " CAST(date_trunc('YEAR', born) AS DATE) AS born, CAST(NULL AS DECIMAL(10,2)) AS income, city, country"
)
SEEN = {
    "ann@example.com": f"SELECT {MASKED} FROM {PLACE}.customers",
    "gerd@example.com": f"SELECT {MASKED} FROM {PLACE}.customers WHERE country = 'DE'",
    "robot": "SELECT customer_id, first_name, last_name, email, born, CAST(NULL AS DECIMAL(10,2)) AS income, city,"
    f" country FROM {PLACE}.customers",
}
SEEN["germans"] = SEEN["gerd@example.com"]


@pytest.fixture(scope="module")
def plan():
    text = GOVERNED.replace('"{env}_gov_demo"', CATALOG).replace("schema: shop", f"schema: {SCHEMA}")
    return compile_demo(loads(text), as_of=AS_OF)


@pytest.fixture(scope="module")
def values(spark, state, plan):
    """The governed shop with real rows; gives its rights."""
    from demo_factory.generate.tables import write_table

    ensure_schema(spark, state, CATALOG, SCHEMA)
    for step in plan.steps.values():
        if step.kind == "table":
            write_table(spark, step.plan, {}, "spark")
        else:
            create_view(spark, state, str(step.plan.full_name), step.plan.sql)
    return {item.id: dict(item.desired) for item in governed_resources(plan)}


@pytest.fixture(scope="module")
def guard_of(state, values):
    made: dict[str, QueryGuard] = {}

    def guard(principal: str, rights=None) -> QueryGuard:
        if rights is not None:
            return open_guard(state, (CATALOG, SCHEMA), Rights(rights), principal)
        if principal not in made:
            made[principal] = open_guard(state, (CATALOG, SCHEMA), Rights(values), principal)
        return made[principal]

    return guard


FORMS = [
    "SELECT * FROM customers",
    "SELECT email FROM customers",
    "select EMAIL from CUSTOMERS",
    "SELECT c.email FROM customers AS c",
    "SELECT customers.email FROM customers",
    "SELECT email FROM guarded.customers",
    "SELECT email FROM test_demo.guarded.customers",
    "SELECT `email` FROM `test_demo`.`guarded`.`customers`",
    "SELECT test_demo.guarded.customers.email FROM test_demo.guarded.customers",
    "SELECT guarded.customers.* FROM guarded.customers",
    "SELECT * EXCEPT (email) FROM customers",
    "SELECT a.email, b.born FROM customers a JOIN customers b ON a.email = b.email",
    "SELECT * FROM customers a LEFT JOIN customers b USING (customer_id)",
    "SELECT * FROM customers, customers AS other",
    "SELECT * FROM (SELECT email AS e FROM customers) WHERE e LIKE '%@%'",
    "SELECT * FROM (customers JOIN customers AS d ON customers.city = d.city)",
    "SELECT (SELECT max(email) FROM customers) AS top",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE email = 'a')",
    "SELECT country FROM customers WHERE email IN (SELECT email FROM customers)",
    "SELECT country, count(*) FROM customers GROUP BY country HAVING max(email) > 'a' ORDER BY 1",
    "SELECT email FROM customers UNION ALL SELECT first_name FROM customers",
    "SELECT email FROM customers INTERSECT SELECT email FROM customers",
    "WITH c AS (SELECT * FROM customers) SELECT email FROM c",
    "WITH customers AS (SELECT * FROM customers) SELECT email FROM customers",
    "WITH customers AS (SELECT 1 AS email) SELECT email FROM customers",
    "WITH a AS (SELECT * FROM customers), b AS (SELECT * FROM a) SELECT * FROM b",
    "SELECT * FROM customers, (WITH customers AS (SELECT 1 AS a) SELECT * FROM customers) inside",
    "SELECT * FROM (WITH customers AS (SELECT 1 AS a) SELECT * FROM customers) inside, customers",
    "WITH a AS (WITH a AS (SELECT * FROM customers) SELECT * FROM a) SELECT * FROM a",
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n, customers",
    "SELECT * FROM customers LATERAL VIEW explode(array(email, first_name)) t AS x",
    "SELECT * FROM customers, LATERAL (SELECT o.email FROM customers o WHERE o.city = customers.city) l",
    "SELECT * FROM customers TABLESAMPLE (5 ROWS)",
    "SELECT * FROM customers PIVOT (count(email) FOR country IN ('DE', 'US'))",
    "SELECT row_number() OVER (PARTITION BY country ORDER BY email) AS n FROM customers",
    "SELECT CASE WHEN email LIKE 'a%' THEN first_name END AS x FROM customers",
    "SELECT transform(array(email), e -> upper(e)) AS x FROM customers",
    "SELECT named_struct('e', email).e AS x FROM customers",
    "FROM customers SELECT email",
    "FROM customers |> SELECT email |> WHERE email IS NOT NULL",
    "SELECT email /* SELECT raw */ FROM customers -- comment",
    "SELECT /*+ BROADCAST(c) */ email FROM customers c",
    "(SELECT email FROM customers)",
    "SELECT * FROM customers c(a, b, d, e, f, g, h, i)",
    "SELECT * FROM spending",
    "SELECT s.* FROM spending s JOIN customers c ON c.country = s.country",
    "SELECT * FROM range(3), customers",
    "SELECT * FROM customers LATERAL VIEW OUTER posexplode(array(email)) t AS p, x",
    "SELECT * FROM customers, LATERAL inline(array(struct(email AS e)))",
    "SELECT * FROM customers UNPIVOT (v FOR n IN (email, city))",
    "SELECT 1 AS one",
]  # fmt: skip


@pytest.fixture(scope="module", params=["gerd@example.com", pytest.param("robot", marks=pytest.mark.nightly)])
def principal(request, spark, values):
    """Somebody, while plain Spark has views masked by hand as he sees the tables."""
    who = str(request.param)
    spark.sql(f"USE {PLACE}")
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW customers AS {SEEN[who]}")
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW letters AS SELECT email AS address, upper(first_name) AS name, country"
        " FROM customers"
    )
    spark.sql(
        "CREATE OR REPLACE TEMPORARY VIEW spending AS SELECT l.country, count(*) AS orders, sum(o.amount) AS amount"
        f" FROM {PLACE}.orders o JOIN customers c ON c.customer_id = o.customer_id"
        " JOIN letters l ON l.address = c.email GROUP BY l.country"
    )
    yield who
    for name in ("spending", "letters", "customers"):
        spark.sql(f"DROP VIEW {name}")
    spark.sql("USE spark_catalog.default")


@pytest.mark.parametrize("query", FORMS)
def test_every_form_gives_what_plain_spark_gives_over_masked_views(spark, guard_of, principal, query):
    short = re.sub(r"`?test_demo`?\.`?guarded`?\.|\bguarded\.", "", query)
    ours, theirs = guard_of(principal).query(query), spark.sql(short)
    assert ours.columns == theirs.columns
    assert sorted(map(str, ours.collect())) == sorted(map(str, theirs.collect()))


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("WITH a AS (SELECT 1 AS x), customers AS (SELECT * FROM a) SELECT c.*, d.email FROM customers c,"
         " test_demo.guarded.customers d", ["x", "email"]),
        ("SELECT 1 AS `a`` FROM test_demo.guarded.customers -- `", ["a` FROM test_demo.guarded.customers -- "]),
        (r"SELECT r'\' AS a, ' FROM test_demo.guarded.customers -- ' AS b", ["a", "b"]),
        ("SELECT 'x''y' AS a, '${env:HOME}' AS b, test_demo.guarded.customers.* FROM test_demo.guarded.customers",
         ["a", "b", "customer_id", "first_name", "last_name", "email", "born", "income", "city", "country"]),
    ],
)  # fmt: skip
def test_names_in_texts_and_scopes_mean_what_they_mean_to_spark(spark, guard_of, query, columns):
    secrets = {row[0] for row in spark.sql(f"SELECT email FROM {PLACE}.customers").collect()}
    frame = guard_of("ann@example.com").query(query)
    assert frame.columns == columns
    found = [tuple(row) for row in frame.collect()]
    assert found
    assert not secrets & {value for row in found for value in row}
    if columns[:2] == ["a", "b"] and len(columns) > 2:
        assert found[0][:2] == ("x'y", "${env:HOME}")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        # unknown places
        ("SELECT * FROM delta.`/tmp/x/customers`", "There is no table or view delta./tmp/x/customers"),
        ("SELECT * FROM parquet.`/tmp/x`", "There is no table or view parquet./tmp/x"),
        ("SELECT * FROM spark_catalog.guarded.customers", "There is no table or view spark_catalog.guarded.customers"),
        ("SELECT * FROM other.guarded.customers", "There is no table or view other.guarded.customers"),
        ("SELECT * FROM information_schema.tables", "There is no table or view information_schema.tables"),
        ("SELECT * FROM a.test_demo.guarded.customers", "There is no table or view a."),
        ("SELECT * FROM custmers", "Did you mean 'customers'?"),
        ("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "There is no table or view x"),
        ("WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x", "There is no table or view y"),
        # past the guards
        ("SELECT * FROM customers VERSION AS OF 0", "Time travel goes round masks and filters"),
        ("SELECT * FROM customers TIMESTAMP AS OF '2026-01-01'", "Time travel goes round masks and filters"),
        ("SELECT * FROM customers@v0", "Syntax error at or near '@'"),
        ("SELECT * FROM `customers@v0`", "There is no table or view customers@v0"),
        ("SELECT * FROM IDENTIFIER(concat('cust', 'omers'))", "IDENTIFIER"),
        ("SELECT * FROM table_changes('customers', 0)", "table_changes"),
        ("SELECT * FROM read_files('/tmp')", "read_files"),
        ("SELECT * FROM STREAM customers", "NamedStreamingRelation could go round"),
        ("SELECT TRANSFORM(email) USING 'cat' FROM customers", "Only one SELECT"),
        ("SELECT reflect('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT java_method('java.lang.System', 'getenv', 'HOME')", "java_method"),
        ("SELECT input_file_name() FROM customers", "input_file_name"),
        ("SELECT * FROM text.`/etc/passwd`", "There is no table or view"),
        ("SELECT * FROM `test_demo.guarded.customers`", "There is no table or view"),
        ("SELECT `reflect`('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT system.builtin.reflect('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT IDENTIFIER('reflect')('java.lang.System', 'getenv')", "IDENTIFIER"),
        ("SELECT * FROM customers, LATERAL table_changes_by_path('/x', 0)", "table_changes_by_path"),
        ("SELECT * FROM customers LATERAL VIEW table_changes_by_path('/x', 0) t", "table_changes_by_path"),
        # other statements
        ("EXPLAIN SELECT * FROM customers", "EXPLAIN in this form shows files"),
        ("DESCRIBE HISTORY customers", "Only DESCRIBE and a table's name"),
        ("DESCRIBE DETAIL customers", "Only DESCRIBE and a table's name"),
        ("DESCRIBE EXTENDED customers", "Only DESCRIBE and a table's name"),
        ("DESC FORMATTED customers", "Only DESCRIBE and a table's name"),
        ("DESCRIBE QUERY SELECT * FROM customers", "Only DESCRIBE and a table's name"),
        ("SHOW CREATE TABLE customers", "SHOW in this form"),
        ("SHOW TBLPROPERTIES customers", "SHOW in this form"),
        ("SHOW PARTITIONS customers", "SHOW in this form"),
        ("SHOW TABLE EXTENDED LIKE '*'", "SHOW in this form"),
        ("INSERT INTO customers SELECT * FROM customers", "Only one SELECT"),
        ("CREATE TABLE x AS SELECT * FROM customers", "Only one SELECT"),
        ("DROP TABLE customers", "Only one SELECT"),
        ("EXECUTE IMMEDIATE 'SELECT * FROM customers'", "Only one SELECT"),
        ("SET spark.sql.variable.substitute", "Only one SELECT"),
        ("USE spark_catalog.shop", "Only one SELECT"),
        ("CACHE TABLE customers", "Only one SELECT"),
        ("SELECT 1; SELECT * FROM customers", "not SQL that can be guarded"),
        ("SELECT a b c FROM customers", "not SQL that can be guarded"),
    ],
)  # fmt: skip
def test_whatever_could_go_round_is_refused(guard_of, query, says):
    with pytest.raises(DemoError, match=says):
        answer(guard_of("ann@example.com"), query)


@pytest.mark.parametrize("query", ["SELECT * FROM orders", "SELECT 1 FROM customers, orders", "DESCRIBE orders",
                                   "SHOW COLUMNS IN orders", "WITH x AS (SELECT * FROM orders) SELECT * FROM x",
                                   "SELECT nosuch FROM orders"])  # fmt: skip
def test_a_missing_privilege_is_named_with_its_object(guard_of, query):
    with pytest.raises(DemoError, match=rf"ann@example.com may not read {PLACE}.orders: SELECT on table .*orders is"):
        answer(guard_of("ann@example.com"), query)


def test_a_view_of_an_owner_who_may_not_read_is_refused(guard_of, values):
    there = values | {("owner", f"table {PLACE}.letters"): {"owner": "nobody"}}
    with pytest.raises(
        DemoError, match=r"nobody may not read .*customers, which the view .*letters needs of its owner"
    ):
        guard_of("germans", there).query("SELECT * FROM letters")


def test_show_and_describe_know_only_what_may_be_read(guard_of):
    def rows(who: str, text: str) -> list[tuple]:
        return [tuple(row) for row in answer(guard_of(who), text).collect()]

    ann = "ann@example.com"
    assert rows(ann, "SHOW TABLES") == [(SCHEMA, "customers"), (SCHEMA, "spending")]
    assert rows(ann, f"show tables in {PLACE}") == rows(ann, f"SHOW TABLES FROM {SCHEMA}") == rows(ann, "SHOW TABLES")
    assert rows(ann, "SHOW TABLES IN spark_catalog.shop") == []
    assert rows(ann, "SHOW VIEWS") == [(SCHEMA, "spending")]
    assert (SCHEMA,) in rows(ann, "SHOW SCHEMAS")
    assert rows("noa@example.com", "SHOW CATALOGS") == []
    assert rows(ann, f"DESCRIBE {SCHEMA}.customers")[3] == ("email", "string")
    assert ("income", "decimal(10,2)") in rows(ann, "DESC customers")
    assert ("city",) in rows(ann, "SHOW COLUMNS IN customers")

"""At the door every table stands behind its guards, in whatever form a query names it."""

from __future__ import annotations

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.showing import statement_for
from demo_factory_tests.plan.doors import door, values
from demo_factory_tests.plan.governed import PLACE

PRINCIPALS = ("ann@example.com", "gerd@example.com", "germans", "robot")
GUARDS = {
    "ann@example.com": "SELECT `customer_id`, CAST('****' AS STRING) AS `first_name`, CAST('****' AS STRING) AS "
    "`last_name`, CAST(SHA2(`email`, 256) AS STRING) AS `email`, CAST(DATE_TRUNC('YEAR', `born`) AS DATE) AS `born`, "
    "CAST(NULL AS DECIMAL(10, 2)) AS `income`, `city`, `country` FROM `dev_gov_demo`.`shop`.`customers`",
    "robot": "SELECT `customer_id`, `first_name`, `last_name`, `email`, `born`, CAST(NULL AS DECIMAL(10, 2)) AS "
    "`income`, `city`, `country` FROM `dev_gov_demo`.`shop`.`customers`",
}
GUARDS["gerd@example.com"] = GUARDS["germans"] = f"{GUARDS['ann@example.com']} WHERE `country` = 'DE'"


def check_law(sql: str, principal: str) -> None:
    """Every real table stands in a SELECT that is exactly its guard, and every other name is one of WITH."""
    tree = sqlglot.parse_one(sql.replace(" TABLESAMPLE (5 ROWS)", ""), dialect="spark")  # Spark reads it there
    names = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            continue
        if not table.db:
            assert table.name in names, sql
            assert table.name.startswith("with_"), sql
            continue
        select = table.parent_select
        assert select is not None
        if table.name == "customers":
            assert select.sql(dialect="spark") == GUARDS[principal], sql
        else:
            assert table.name in ("orders", "notes"), sql
            assert not list(select.find_all(exp.Where)), sql


FORMS = [
    "SELECT * FROM customers",
    "SELECT email FROM customers",
    "select EMAIL from CUSTOMERS",
    "SELECT c.email FROM customers AS c",
    "SELECT customers.email FROM customers",
    "SELECT email FROM shop.customers",
    "SELECT email FROM dev_gov_demo.shop.customers",
    "SELECT `email` FROM `dev_gov_demo`.`shop`.`customers`",
    "SELECT dev_gov_demo.shop.customers.email FROM dev_gov_demo.shop.customers",
    "SELECT shop.customers.* FROM shop.customers",
    "SELECT * EXCEPT (email) FROM customers",
    "SELECT a.email, b.born FROM customers a JOIN customers b ON a.email = b.email",
    "SELECT * FROM customers a LEFT JOIN customers b USING (customer_id)",
    "SELECT * FROM customers, customers AS other",
    "SELECT * FROM (SELECT email AS e FROM customers) WHERE e LIKE '%@%'",
    "SELECT * FROM (customers JOIN customers AS d ON customers.city = d.city)",
    "SELECT (SELECT max(email) FROM customers) AS top",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE email = 'a')",
    "SELECT country FROM customers WHERE email IN (SELECT email FROM customers)",
    "SELECT country, count(*) FROM customers GROUP BY country HAVING max(email) > 'a' ORDER BY max(email)",
    "SELECT email FROM customers UNION ALL SELECT first_name FROM customers",
    "SELECT email FROM customers INTERSECT SELECT email FROM customers",
    "WITH c AS (SELECT * FROM customers) SELECT email FROM c",
    "WITH customers AS (SELECT * FROM customers) SELECT email FROM customers",
    "WITH customers AS (SELECT 1 AS email) SELECT email FROM customers",
    "WITH a AS (SELECT * FROM customers), b AS (SELECT * FROM a) SELECT * FROM b",
    "WITH a AS (SELECT 1 AS x), customers AS (SELECT * FROM a) SELECT * FROM customers, dev_gov_demo.shop.customers d",
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
    "SELECT 1 AS `a`` FROM dev_gov_demo.shop.customers -- `",
    r"SELECT r'\' AS a, ' FROM dev_gov_demo.shop.customers -- ' AS b",
    "SELECT * FROM customers LATERAL VIEW OUTER posexplode(array(email)) t AS p, x",
    "SELECT * FROM customers, LATERAL inline(array(struct(email AS e)))",
    "SELECT * FROM customers UNPIVOT (v FOR n IN (email, city))",
    "SELECT 1 AS one",
]  # fmt: skip


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("query", FORMS)
def test_every_form_stands_behind_the_guards(query, principal):
    check_law(statement_for(door(principal), query), principal)


def test_a_view_shows_what_its_tables_show_to_who_asks():
    sql = statement_for(door("gerd@example.com"), "SELECT address FROM letters")
    check_law(sql, "gerd@example.com")
    assert "`dev_gov_demo`.`shop`.`customers`" in sql  # of which gerd's own rights are not asked, but the masks are
    assert "SHA2(`email`, 256)" in sql


_names = st.sampled_from(
    ["customers", "shop.customers", "dev_gov_demo.shop.customers", "CUSTOMERS", "`customers`", "spending", "a", "b"]
)


@st.composite
def queries(draw, depth=3):
    """Selects with WITH, joins, subqueries and unions, whose names shadow each other."""
    if depth == 0:
        return f"SELECT * FROM {draw(_names)}"
    inner = queries(depth=depth - 1)
    match draw(st.sampled_from(["with", "nested", "union", "join", "exists", "scalar", "plain"])):
        case "with":
            one, other = draw(st.sampled_from(["a", "b", "customers"])), draw(st.sampled_from(["a", "b", "orders"]))
            if one == other:
                other = "c"
            return f"WITH {one} AS ({draw(inner)}), {other} AS ({draw(inner)}) {draw(inner)}"
        case "nested":
            return f"SELECT * FROM ({draw(inner)}) x, {draw(_names)} y"
        case "union":
            return f"({draw(inner)}) UNION ALL ({draw(inner)})"
        case "join":
            return f"SELECT * FROM {draw(_names)} p JOIN {draw(_names)} q ON p.country = q.country"
        case "exists":
            return f"SELECT * FROM {draw(_names)} WHERE EXISTS ({draw(inner)})"
        case "scalar":
            return f"SELECT (SELECT max(email) FROM ({draw(inner)}) z) AS m"
    return f"SELECT * FROM {draw(_names)}"


@given(queries(), st.sampled_from(PRINCIPALS))
def test_no_query_reaches_a_table_past_its_guards(query, principal):
    try:
        sql = statement_for(door(principal), query)
    except DemoError as error:  # a name of WITH that is not in scope, or orders
        refused = error.message
    else:
        refused = ""
        check_law(sql, principal)
    assert refused == "" or "There is no table or view" in refused or "may not read" in refused


@pytest.mark.parametrize(
    ("query", "says"),
    [
        # unknown places
        ("SELECT * FROM delta.`/tmp/x/customers`", "There is no table or view delta./tmp/x/customers"),
        ("SELECT * FROM parquet.`/tmp/x`", "There is no table or view parquet./tmp/x"),
        ("SELECT * FROM spark_catalog.shop.customers", "There is no table or view spark_catalog.shop.customers"),
        ("SELECT * FROM other.shop.customers", "There is no table or view other.shop.customers"),
        ("SELECT * FROM information_schema.tables", "There is no table or view information_schema.tables"),
        ("SELECT * FROM a.dev_gov_demo.shop.customers", "is no name of a table"),
        ("SELECT * FROM custmers", "Did you mean 'customers'?"),
        ("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) y, x", "There is no table or view x"),
        ("WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x", "There is no table or view y"),
        # past the guards
        ("SELECT * FROM customers VERSION AS OF 0", "Time travel goes round masks and filters"),
        ("SELECT * FROM customers TIMESTAMP AS OF '2026-01-01'", "Time travel goes round masks and filters"),
        ("SELECT * FROM customers@v0", "is no name of a table"),
        ("SELECT * FROM `customers@v0`", "There is no table or view customers@v0"),
        ("SELECT * FROM IDENTIFIER('customers')", "identifier"),
        ("SELECT * FROM table_changes('customers', 0)", "table_changes"),
        ("SELECT * FROM read_files('/tmp')", "read_files"),
        ("SELECT * FROM STREAM customers", "STREAM could go round"),
        ("SELECT TRANSFORM(email) USING 'cat' FROM customers", "QUERYTRANSFORM could go round"),
        ("SELECT reflect('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT java_method('java.lang.System', 'getenv', 'HOME')", "java_method"),
        ("SELECT input_file_name() FROM customers", "input_file_name"),
        ("SELECT '${env:HOME}'", "replaced before anybody can look at it"),
        (r"SELECT '\u0024{env:HOME}'", "replaced before anybody can look at it"),
        ("SELECT 'x''y'", "doubled quote"),
        ("SELECT * FROM text.`/etc/passwd`", "There is no table or view"),
        ("SELECT * FROM `dev_gov_demo.shop.customers`", "There is no table or view"),
        ("SELECT `reflect`('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT system.builtin.reflect('java.lang.System', 'getenv', 'HOME')", "reflect"),
        ("SELECT IDENTIFIER('reflect')('java.lang.System', 'getenv')", "not SQL that can be guarded"),
        ("SELECT * FROM customers, LATERAL table_changes_by_path('/x', 0)", "table_changes_by_path"),
        ("SELECT * FROM customers LATERAL VIEW table_changes_by_path('/x', 0) t", "table_changes_by_path"),
        ("SELECT is_account_group_member(country) FROM customers", "takes one group's name in quotes"),
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
        ("TABLE customers", "TABLE in this form"),
        ("INSERT INTO customers SELECT * FROM customers", "Only one SELECT"),
        ("CREATE TABLE x AS SELECT * FROM customers", "Only one SELECT"),
        ("DROP TABLE customers", "Only one SELECT"),
        ("EXECUTE IMMEDIATE 'SELECT * FROM customers'", "Only one SELECT"),
        ("SET spark.sql.variable.substitute", "Only one SELECT"),
        ("USE spark_catalog.shop", "Only one SELECT"),
        ("CACHE TABLE customers", "Only one SELECT"),
        ("SELECT 1; SELECT * FROM customers", "Only one SELECT"),
        ("SELECT * FROM", "not SQL that can be guarded"),
    ],
)  # fmt: skip
def test_whatever_could_go_round_is_refused(query, says):
    with pytest.raises(DemoError, match=says):
        statement_for(door("ann@example.com"), query)


@pytest.mark.parametrize("query", ["SELECT * FROM orders", "SELECT 1 FROM customers, orders", "DESCRIBE orders",
                                   "SHOW COLUMNS IN orders", "WITH x AS (SELECT * FROM orders) SELECT 1"])  # fmt: skip
def test_a_missing_privilege_is_named_with_its_object(query):
    with pytest.raises(DemoError, match=rf"ann@example.com may not read {PLACE}.orders: SELECT on table .*orders is"):
        statement_for(door("ann@example.com"), query)


def test_who_asks_is_the_principal():
    sql = statement_for(
        door("gerd@example.com"),
        "SELECT current_user(), session_user(), user(), is_account_group_member('analysts'), is_member('engineers')",
    )
    assert sql == "SELECT 'gerd@example.com', 'gerd@example.com', 'gerd@example.com', TRUE, FALSE"


def test_a_view_of_an_owner_who_may_not_read_is_refused():
    there = values() | {("owner", f"table {PLACE}.letters"): {"owner": "nobody"}}
    with pytest.raises(
        DemoError, match=r"nobody may not read .*customers, which the view .*letters needs of its owner"
    ):
        statement_for(door("germans", there), "SELECT * FROM letters")


def test_show_and_describe_know_only_what_may_be_read():
    ann = door("ann@example.com")
    assert statement_for(ann, "SHOW TABLES") == (
        "SELECT * FROM VALUES ('shop', 'customers'), ('shop', 'spending') AS t(namespace, tableName)"
    )
    assert statement_for(ann, "show tables in dev_gov_demo.shop") == statement_for(ann, "SHOW TABLES FROM shop")
    assert "WHERE false" in statement_for(ann, "SHOW TABLES IN spark_catalog.shop")
    assert "'spending'" in statement_for(ann, "SHOW VIEWS")
    assert "'customers'" not in statement_for(ann, "SHOW VIEWS")
    assert "'shop'" in statement_for(ann, "SHOW SCHEMAS")
    assert "WHERE false" in statement_for(door("noa@example.com"), "SHOW CATALOGS")
    assert statement_for(ann, "DESCRIBE shop.customers") == "DESCRIBE TABLE `dev_gov_demo`.`shop`.`customers`"
    assert statement_for(ann, "SHOW COLUMNS IN customers") == "SHOW COLUMNS IN `dev_gov_demo`.`shop`.`customers`"

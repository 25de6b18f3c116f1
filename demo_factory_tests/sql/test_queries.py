"""SQL of views and models: full names, clear refusals, lineage."""

import datetime as dt

import pytest

from demo_factory.sql.expressions import ExpressionError
from demo_factory.sql.queries import bind_query
from demo_factory.sql.query_columns import Source, query_lineage

SCHEMAS = {"orders": ("id", "customer_id", "amount", "day"), "customers": ("customer_id", "segment")}


def bind(sql: str, **dates: dt.date):
    return bind_query(sql, SCHEMAS, "dev_x", "s", **dates)


def test_short_names_become_full_and_all_else_stays_as_it_was_written():
    query = bind(
        "SELECT c.segment, sum(orders.amount) AS paid FROM orders JOIN customers c USING (customer_id) GROUP BY 1"
    )
    assert query.sql == (
        "SELECT c.segment, sum(orders.amount) AS paid FROM `dev_x`.`s`.`orders` JOIN `dev_x`.`s`.`customers` c"
        " USING (customer_id) GROUP BY 1"
    )
    assert query.columns == ("segment", "paid")
    assert query.sources == ("orders", "customers")


def test_a_star_is_spread_and_ctes_are_not_tables():
    query = bind("WITH big AS (SELECT * FROM orders WHERE amount > 5) SELECT * FROM big")
    assert query.columns == SCHEMAS["orders"]
    assert query.sources == ("orders",)


def test_dates_stand_for_their_names():
    query = bind("SELECT id FROM orders WHERE day <= :as_of", as_of=dt.date(2026, 1, 31))
    assert query.sql == "SELECT id FROM `dev_x`.`s`.`orders` WHERE day <= DATE'2026-01-31'"


@pytest.mark.parametrize(
    ("sql", "says", "remedy"),
    [
        ("SELECT amont FROM orders", "'amont' is not a column of orders", "Did you mean 'amount'?"),
        ("SELECT o.id FROM ordrs o", "is no table or view of this demo", "Did you mean 'orders'?"),
        ("SELECT id FROM other.orders", "is no table or view", ""),
        ("SELECT id FROM orders WHERE day = :today", ":today is not a known date", ""),
        ("SELECT count(*) FROM orders", "has no name", "Add AS"),
        ("SELECT id, customer_id AS id FROM orders", "selected twice", ""),
        ("SELECT nosuch(id) AS x FROM orders", "nosuch() is no built-in function", ""),
        ("SELECT upper(id, day) AS x FROM orders", "upper() takes 1 argument, and it is given 2", ""),
        ("SELECT uper(id) AS x FROM orders", "uper() is no built-in function", "Did you mean upper()?"),
        ("DROP TABLE orders", "exactly one SELECT", ""),
        ("SELECT id FROM orders; SELECT id FROM orders", "exactly one SELECT", ""),
        ("SELECT 'a FROM orders", "not SQL", "Close every quote"),
    ],
)
def test_what_cannot_be_a_view_is_refused_in_plain_words(sql, says, remedy):
    with pytest.raises(ExpressionError) as error:
        bind(sql)
    assert says in error.value.message
    assert remedy in error.value.remedy


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.customer_id = o.customer_id)",
        "SELECT id FROM orders WHERE NOT EXISTS((SELECT 1 FROM customers))",
        "SELECT id FROM orders WHERE EXISTS (WITH x AS (SELECT 1 AS a) SELECT a FROM x)",
        "SELECT segment FROM customers WHERE segment LIKE ANY ('a', 'b', 'c') OR segment NOT LIKE ALL ('d', 'e')",
        "SELECT exists(array(id, 2), x -> x > 1) AS some, any(amount > 1) AS a FROM orders GROUP BY ALL",
        "SELECT '1.25'::decimal(5,1) AS a, CAST(amount AS DECIMAL (10, 2)) AS b FROM orders",
        "SELECT CAST(NULL AS STRUCT<a: DECIMAL(10,2), b: MAP<STRING, ARRAY<INT>>>) AS s FROM orders",
        "FROM orders |> EXTEND (amount + id) AS g |> AGGREGATE (sum(g)) AS t GROUP BY (day)",
        "SELECT id FROM orders |> UNION ALL SELECT customer_id FROM customers |> AGGREGATE count(*) AS n GROUP BY id",
        "WITH RECURSIVE r (a) MAX RECURSION LEVEL 5 AS (SELECT 1 UNION ALL SELECT a + 1 FROM r WHERE a < 4) FROM r",
    ],
)
def test_words_before_a_parenthesis_that_call_nothing_are_no_functions(sql):
    assert (
        bind(sql).sql.replace("`dev_x`.`s`.`orders`", "orders").replace("`dev_x`.`s`.`customers`", "customers") == sql
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders, (SELECT 1 AS map) WHERE map < reflect('a', 'b')",
        "SELECT id FROM orders, (SELECT 1 AS map) WHERE map<reflect(id, id) AND map > 1",
        "SELECT id FROM orders WHERE EXISTS (SELECT reflect('a', 'b'))",
        "FROM orders |> reflect('a', 'b')",
        "FROM orders |> EXTEND (reflect('a', 'b')) AS x",
        "SELECT id FROM orders WHERE 'a' LIKE ANY (reflect('a', 'b'))",
    ],
)
def test_no_form_hides_a_function_that_runs_code(sql):
    with pytest.raises(ExpressionError, match=r"reflect\(\) runs code"):
        bind(sql)


def test_lineage_goes_through_subqueries_and_joins():
    query = bind(
        "SELECT segment, total FROM customers JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1) o"
        " USING (customer_id)"
    )
    found = query_lineage(query.sql, query.columns, SCHEMAS)
    assert found["segment"] == (Source("customers", "segment"),)
    assert found["total"] == (Source("orders", "amount"),)

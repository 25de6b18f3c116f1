"""SQL of views and models: full names, clear refusals, lineage."""

import datetime as dt

import pytest

from demo_factory.plan.expressions import ExpressionError
from demo_factory.plan.queries import bind_query
from demo_factory.plan.query_columns import query_lineage
from demo_factory.plan.steps import Source

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


def test_lineage_goes_through_subqueries_and_joins():
    query = bind(
        "SELECT segment, total FROM customers JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1) o"
        " USING (customer_id)"
    )
    found = query_lineage(query.sql, query.columns, SCHEMAS)
    assert found["segment"] == (Source("customers", "segment"),)
    assert found["total"] == (Source("orders", "amount"),)

"""Queries over system tables: valid SQL, values as parameters, only what is asked for."""

import pytest
import sqlglot
from sqlglot import exp

from demo_factory.plan.monitoring import audit, slow_queries


@pytest.mark.parametrize(
    "statement", [slow_queries("Dev_Shop"), audit("Dev_Shop.main", days=30)], ids=["slow", "audit"]
)
def test_every_marker_has_a_value_and_no_value_stands_in_the_text(statement):
    tree = sqlglot.parse_one(statement.text, dialect="databricks")
    assert {marker.name for marker in tree.find_all(exp.Placeholder)} == set(statement.parameters)
    assert "dev_shop" not in statement.text.lower()


def test_slow_queries_are_of_seven_days_and_slowest_first():
    found = slow_queries("Dev_Shop", most=5)
    tree = sqlglot.parse_one(found.text, dialect="databricks")
    assert found.parameters == {"days": 7, "catalog": "dev_shop", "at_least_ms": 0}
    assert tree.args["limit"].expression.name == "5"
    assert tree.args["order"].sql() == "ORDER BY total_duration_ms DESC"
    assert tree.find(exp.Table).sql() == "system.query.history"


def test_an_audit_sees_an_object_and_what_is_in_it_and_no_namesake():
    found = audit("Dev_Shop.main", days=30)
    assert found.parameters == {"days": 30, "inside": "dev_shop.main."}  # `dev_shop.main2` does not start so
    assert "event_date >= " in found.text

"""What explain says: formulas as the blueprint has them, readable SQL, helpers in words, lineage both ways."""

import datetime as dt
from pathlib import Path

import pytest

import demo_factory
from demo_factory.blueprint.load import load, loads
from demo_factory.formulas.random import draw, normal_cdf, probit
from demo_factory.plan.compile import compile_demo
from demo_factory.plan.explain import explain_column, readable, rule_words
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.lineage import Lineage
from demo_factory.sql.query_columns import Source
from demo_factory_tests.plan.demos import SHOP

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def plan() -> DemoPlan:
    return compile_demo(load(Path(demo_factory.__file__).parent / "demos" / "retail.yaml"), as_of=dt.date(2026, 1, 31))


@pytest.mark.parametrize(
    ("table", "column", "said"),
    [
        ("customers", "customer_id", "key: CUST-0000000"),
        ("customers", "segment", "choice: {Budget: 0.35, Regular: 0.4, Premium: 0.18, VIP: 0.07}"),
        ("stores", "store_name", "template: '{city} {format}'"),
        ("support_tickets", "product_id", "ref: products"),
        ("transactions", "customer_id", "ref: {table: customers, pick: zipf, exponent: 0.8}"),
        ("customers", "birth_date", "date: {min: '1946-01-01', max: '2006-12-31'}"),
    ],
)
def test_the_formula_is_said_as_in_the_blueprint(plan, table, column, said):
    assert explain_column(plan, plan.steps[table].plan, column).blueprint == said


def test_a_column_of_the_layout_is_explained_too():
    text = SHOP.format(schema="s").replace(
        "    contract: {rows", "    layout: {partition_by: day}\n    contract: {rows"
    )
    plan = compile_demo(loads(text), as_of=dt.date(2026, 1, 31))
    found = explain_column(plan, plan.steps["orders"].plan, "day_month")
    assert found.blueprint == "layout: {partition_by: day, grain: month}"
    assert Lineage(plan).above(Source("orders", "day_month")) == (Source("orders", "day"),)


def test_sql_that_is_written_out_gets_its_name_back():
    assert readable(f"1 + {draw('id', -5)}") == "1 + draw(id)"
    assert readable(draw("`_row_x`", -(2**63))) == "draw(`_row_x`)"
    assert readable(f"exp({probit('`_u_x`')})") == "exp(probit(`_u_x`))"
    assert readable(normal_cdf("`_z_x`")) == "normal_cdf(`_z_x`)"


def test_long_constants_are_cut_and_counted():
    numbers = ",".join(str(n) for n in range(1000))
    assert readable(f"split('{numbers}', ',')").endswith("... 1,000 values', ',')")
    assert readable("split('a;b', ';') || 'don\\'t'") == "split('a;b', ';') || 'don\\'t'"
    assert "... 40 values" in readable(f"array({', '.join(map(str, range(40)))})")


def test_every_column_of_the_demo_can_be_explained_and_no_helper_is_nameless(plan):
    for step in plan.of_kind("table"):
        for name in step.plan.order:
            found = explain_column(plan, step.plan, name)
            assert found.blueprint, name
            assert len(found.sql) < 9000, name
            for helper in found.helpers:
                assert helper.meaning != "a helper of the formula", (step.name, name, helper.name)


def test_unabridged_sql_is_what_spark_gets(plan):
    table = plan.steps["customers"].plan
    column = next(one for one in table.columns if one.name == "household_income")
    assert explain_column(plan, table, "household_income", shorten=False).sql == column.sql


def test_rules_are_sentences(plan):
    said = [rule_words(rule) for rule in plan.steps["transactions"].plan.rules]
    assert "customer_id must exist in customers.customer_id" in said
    assert "transaction_date must not lie before customers.signup_date" in said
    assert "quantity must be at most 30" in said
    tickets = [rule_words(rule) for rule in plan.steps["support_tickets"].plan.rules]
    assert all(one.endswith("(a warning only)") for one in tickets)


def test_lineage_goes_through_tables_views_models_and_predictions(plan):
    lineage = Lineage(plan)
    assert lineage.above(Source("sales_trends", "margin")) == (
        Source("products", "unit_cost"), Source("transactions", "amount"), Source("transactions", "quantity"),
    )  # fmt: skip
    below = lineage.below(Source("customers", "segment"))
    assert {Source("transactions", "channel"), Source("customer_segments", "segment")} <= set(below)
    assert Source("customer_segmentation", "segment") in below
    scores = lineage.below(Source("customer_segmentation", "income"))
    assert Source("customer_segment_predictions", "prediction") in scores

"""Spark reads a blueprint before anything is written: every mistake at once, each at its place."""

from __future__ import annotations

import datetime as dt

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import load, loads
from demo_factory.operations.analysis import problems_of, refuse_problems
from demo_factory.operations.settings import SHIPPED
from demo_factory.plan.compile import compile_demo
from demo_factory.workspace.open import trial_session

pytestmark = pytest.mark.spark
AS_OF = dt.date(2026, 1, 31)
WRONG = """\
demo: wrong
history: 30 days
tables:
  shops:
    rows: 9
    columns:
      id: {key: S-000}
      kind: {choice: [big, small]}
      nth: {expr: "element_at(array(1, 2), kind)", type: int}
      day: {expr: "cast(concat('no', 'w') as timestamp)", type: timestamp}
      yes: {expr: "case when kind then 'a' else 'b' end"}
      fine: {expr: "upper(kind) -- shown large"}
  sales:
    rows: 60
    arrives: {}
    columns:
      id: {key: integer}
      shop_id: {ref: shops}
      sold_at: {arrival: timestamp}
      price: {lognormal: {median: 20, sigma: 0.6}, type: "decimal(10,2)"}
views:
  sum: {sql: "SELECT id, price + sold_at AS x FROM sales"}
  wide: {sql: "SELECT * FROM sales PIVOT (sum(price) FOR shop_id IN ('S-001' AS a))"}
  late: {sql: "SELECT a, nosuch FROM wide"}
  fit: {sql: "SELECT id, a FROM wide"}
governance:
  groups: {germans: {}}
  row_filters: {shops: {keep: "kind + 1"}}
"""


def test_every_mistake_is_found_at_once_with_its_line(spark, state, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG, encoding="utf-8")
    plan = compile_demo(loads(WRONG), as_of=AS_OF)
    with pytest.raises(BlueprintError) as error:
        refuse_problems(file, plan, trial_session(state.root, plan))
    lines = str(error.value).splitlines()
    assert [line.split(": ")[0].rpartition(":")[2] for line in lines] == ["9", "10", "11", "22", "24", "28"]
    assert "columns.nth.expr" in lines[0]
    assert 'requires the "INT" type' in lines[0]
    assert "the day 'now' gives another value each time" in lines[1]
    assert "columns.yes.expr" in lines[2]
    assert 'Cannot resolve "(price + sold_at)"' in lines[3]
    assert "`nosuch` cannot be resolved. Did you mean one of the following? [`a`" in lines[4]
    assert "a filter is true or false, and this gives bigint" in lines[5]
    assert not [line for line in lines if "\tat " in line or "java." in line or "test_demo" in line]


def test_the_shipped_demo_is_taken_whole(spark, state):
    plan = compile_demo(load(SHIPPED / "retail.yaml"), as_of=AS_OF)
    assert problems_of(plan, trial_session(state.root, plan)) == ()
    assert not (state.lakehouse / plan.catalog / plan.schema).exists()

"""A value that only Spark finds impossible ends in one sentence with its column, and in no table."""

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import loads
from demo_factory.operations.materialize import make
from demo_factory.plan.compile import compile_demo
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
DEMO = """
demo: cells
catalog: test_demo
schema: cells
tables:
  t:
    rows: 50
    columns:
      n: {{uniform: {{min: 1, max: 90_000}}, type: int}}
      word: {{choice: [a, b]}}
      c: {{expr: "{expr}", type: {kind}}}
      after: {{expr: c, type: string}}
"""


@pytest.mark.parametrize(
    ("carrier", "expr", "kind", "condition"),
    [
        ("dbldatagen", "case when n > 0 then n * n end", "bigint", "ARITHMETIC_OVERFLOW"),
        ("spark", "cast(word as int)", "int", "CAST_INVALID_INPUT"),
        ("spark", "n / (n - n)", "double", "DIVIDE_BY_ZERO"),
        ("spark", "power(n, 4)", "'decimal(6,2)'", "NUMERIC_VALUE_OUT_OF_RANGE"),
    ],
)
def test_an_impossible_value_names_its_column(spark, state, carrier, expr, kind, condition):
    plan = compile_demo(loads(DEMO.format(expr=expr, kind=kind)), as_of=AS_OF)
    with pytest.raises(DemoError) as caught:
        make(plan, plan.steps["t"], LocalWorkspace(state, carrier=carrier))
    said = str(caught.value)
    assert said.startswith("tables.t.columns.c: Spark cannot make a value: ")
    assert condition in said
    assert "\n" not in said
    assert len(said) < 400, said
    assert not spark.catalog.tableExists("test_demo.cells.t")

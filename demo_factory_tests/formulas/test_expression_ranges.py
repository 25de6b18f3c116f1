"""Expressions whose numbers surely leave their types or checks are refused; what may be right is left to the build.

int ends at 2^31 - 1 and bigint at 2^63 - 1. generate/test_ranges_hold.py makes what is accepted in Spark.
"""

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import load, loads
from demo_factory.operations.settings import SHIPPED
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.plan.demos import AS_OF, shop_plan

TABLE = """\
demo: d
tables:
  parents: {{rows: 50, columns: {{p_id: {{key: integer}}, many: {{uniform: {{min: 0, max: 90_000}}, type: int}}}}}}
  t:
    rows: 500
    columns:
      id: {{key: integer}}
      parent: {{ref: parents}}
      n: {{uniform: {{min: 1, max: 100_000}}, type: int}}
      m: {{uniform: {{min: 1, max: 100_000}}, type: int}}
      count: {{poisson: {{mean: 2}}}}
      big: {{uniform: {{min: 1, max: 9_000_000_000}}, type: bigint}}
      price: {{lognormal: {{median: 20, sigma: 0.5, max: 900}}, type: 'decimal(10,2)'}}
      near: {{uniform: {{min: 1, max: 46_341}}, type: int}}
      nearer: {{uniform: {{min: 1, max: 46_341}}, type: int}}
      twice: {{expr: n * 2, type: int}}
      c: {column}
"""
REFUSED = [
    ("{expr: n * m, type: bigint}", "expr: a product of int numbers gives", "cast(x as bigint)"),
    ("{expr: n * parents.many, type: bigint}", "expr: a product of int numbers gives", "int ends at 2,147,483,647"),
    ("{expr: '-n * m', type: bigint}", "expr: a product of int numbers gives -", "int ends at -2,147,483,648"),
    ("{expr: big * n * m, type: 'decimal(38,0)'}", "expr: a product of bigint numbers", "cast(x as decimal(38,0))"),
    ("{expr: n + 2147483647, type: bigint}", "expr: a sum of int numbers gives", "bigint"),
    (
        "{expr: 'round(price * (0.45 + 9000000.5 * n), 2)', type: 'decimal(10,2)'}",
        "type: the expression gives",
        "decimal(10,2) ends at 99,999,999.99",
    ),
    ("{expr: 'round(n * m)', type: bigint}", "expr: a product of int numbers gives", "bigint"),
    ("{expr: 'round(-n - 0.5)', type: int, check: {min: 0}}", "check.min: the expression gives at most -2", "min"),
    ("{expr: big + 1, type: int}", "type: the expression gives", "int ends at 2,147,483,647"),
    ("{expr: price * 1000000, type: 'decimal(8,2)'}", "type: the expression gives", "decimal(8,2) ends at 999,999.99"),
    (
        "{expr: case when n > 5 then 3000000000 else 4000000000 end, type: int}",
        "type: the expression gives",
        "int ends",
    ),
    ("{expr: 10 + count, type: int, check: {max: 9}}", "check.max: the expression gives at least 10", "9"),
    ("{expr: '-(n + 1)', type: int, check: {min: 0}}", "check.min: the expression gives at most -2", "lower check.min"),
]
ACCEPTED = [
    "{expr: cast(n as bigint) * m, type: bigint}",
    "{expr: n * 2, type: int, check: {min: 0}}",
    "{expr: n - n + 5, type: tinyint}",
    "{expr: case when n < 100 then n * n else 0 end, type: int}",
    "{expr: case when id > 5 then 3000000000 else 1 end, type: bigint}",
    "{expr: price - price * 0.2, type: 'decimal(10,2)', check: {min: 0}}",
    "{expr: price * 2.5, type: 'decimal(12,2)'}",
    "{expr: 'round(price) * 1000000000', type: 'decimal(20,0)'}",
    "{expr: n * 1.5E0, type: double}",
    "{expr: 'round(price * 1.005, 2)', type: 'decimal(10,2)', check: {min: 0}}",
    "{expr: 'round(n * 0.3)', type: int}",
    "{expr: near * nearer, type: int}",
    "{expr: twice * 3, type: int}",
    "{expr: count * 2 - 40, type: int, check: {min: 0, blocking: false}}",
]


def blueprint(column: str) -> str:
    return TABLE.format(column=column)


@pytest.mark.parametrize(("column", "says", "also"), REFUSED)
def test_what_is_sure_to_fail_is_one_sentence(column, says, also):
    with pytest.raises(BlueprintError) as caught:
        compile_demo(loads(blueprint(column)), as_of=AS_OF)
    assert len(caught.value.problems) == 1
    said = str(caught.value)
    assert f"tables.t.columns.c.{says}" in said
    assert also in said


@pytest.mark.parametrize("column", ACCEPTED)
def test_what_may_be_right_is_accepted(column):
    compile_demo(loads(blueprint(column)), as_of=AS_OF)


def test_an_overflow_is_said_at_its_own_column_alone():
    text = blueprint("{expr: n * m, type: bigint}") + "      after: {expr: c + 1, type: bigint}\n"
    with pytest.raises(BlueprintError) as caught:
        compile_demo(loads(text), as_of=AS_OF)
    assert [problem.path[3] for problem in caught.value.problems] == ["c"]


def test_shipped_demos_and_columns_that_need_each_other_are_read_to_the_end():
    assert shop_plan()
    for file in SHIPPED.glob("*.yaml"):
        assert compile_demo(load(file), as_of=AS_OF)
    circle = blueprint("{expr: d + 1, type: int}") + "      d: {expr: c + 1, type: int}\n"
    with pytest.raises(BlueprintError, match="circle"):
        compile_demo(loads(circle), as_of=AS_OF)

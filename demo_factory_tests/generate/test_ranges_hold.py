"""The law of ranges: what the pure range function says bounds what Spark makes, and what is accepted can be made.

Spark is the oracle. Draws at random seldom come near the ends, so here every draw is one of the shares that a hash can
give: the smallest, the largest and some between.
"""

import datetime as dt
import random
from decimal import Decimal

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.laws import LAST_SHARE
from demo_factory.blueprint.load import loads
from demo_factory.blueprint.lookup import Broken, Lookup
from demo_factory.blueprint.ranges import as_type, drawn, exact, limits_of
from demo_factory.generate.carriers import frame_of
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.formulas import test_expression_ranges as expressions
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
SHARES = (1 - LAST_SHARE, 1e-12, 0.3, 0.5, 0.75, 1 - 1e-12, LAST_SHARE)
COLUMNS = 60


def formula(dice: random.Random) -> str:
    """One formula of one column, some of them with bounds."""
    size = 10 ** dice.uniform(-1, 12)
    low, high = sorted(round(dice.uniform(-size, size), dice.randint(0, 3)) for _ in range(2))
    spread = max(high - low, 1e-3)
    a, b = sorted(dice.uniform(0.2, 3) for _ in range(2))
    bounds = dice.choice(["", f", max: {high}", f", min: {low}", f", min: {low}, max: {high}"])
    positive = dice.choice(["", f", max: {size * b}", f", min: {size * a}, max: {size * (b + 1)}"])
    return dice.choice(
        [
            f"uniform: {{min: {low}, max: {high + 1}}}",
            f"uniform: {{min: {int(low)}, max: {int(high) + 2}}}",
            f"normal: {{mean: {(low + high) / 2}, std: {spread}{bounds}}}",
            f"lognormal: {{median: {size}, sigma: {a}{positive}}}",
            f"exponential: {{mean: {size}{positive}}}",
            f"pareto: {{min: {size}, alpha: {b + 1}{dice.choice(['', f', max: {size * 50}'])}}}",
            f"weibull: {{shape: {b}, scale: {size}{positive}}}",
            f"triangular: {{min: {low}, max: {low + spread}, mode: {low + spread * dice.choice([0, 0.4])}}}",
            f"gamma: {{shape: {b}, scale: {size}{positive}}}",
            f"beta: {{a: {a}, b: {b}, min: {low}, max: {low + spread}}}",
            f"poisson: {{mean: {a * 20}}}",
            f"zipf: {{n: {dice.randint(1, 400)}, exponent: {a}}}",
            f"choice: [{low}, {high}, {int(low)}]",
            f"cycle: [{int(low)}, {int(high) + 1}]",
        ]
    )


def column(dice: random.Random) -> tuple[str, str]:
    """(formula, type) of one column."""
    precision = dice.randint(1, 24)
    decimal = f"decimal({precision},{dice.randint(0, min(precision, 6))})"
    return formula(dice), dice.choice(["", "int", "bigint", "double", decimal, decimal])


def blueprint(columns: list[tuple[str, str]]) -> str:
    """A table with these columns, c0 and on."""
    lines = [
        f"      c{place}: {{{formula}{f', type: {chr(39)}{kind}{chr(39)}' if kind else ''}}}"
        for place, (formula, kind) in enumerate(columns)
    ]
    return "demo: law\nhistory: 9 days\ntables:\n  t:\n    rows: 49\n    columns:\n" + "\n".join(lines) + "\n"


def accepted(one: tuple[str, str]) -> bool:
    try:
        loads(blueprint([one]))
    except BlueprintError:
        return False
    return True


@pytest.fixture
def at_the_ends(monkeypatch):
    """Every draw is one of SHARES, and each row has another pair of them for neighbouring columns."""
    shares = f"array({', '.join(f'{share!r}D' for share in SHARES)})"

    def draw(row: str, seed: int) -> str:
        place = f"pmod(pmod({row}, 7) + pmod({row} div 7, 7) * {seed % 7}, 7)"
        return f"element_at({shares}, CAST({place} AS INT) + 1)"

    for module in ("columns", "table"):
        monkeypatch.setattr(f"demo_factory.formulas.{module}.draw", draw)


def ends(spark, columns: list[tuple[str, str]]) -> list[tuple[object, object, int]]:
    """(smallest, largest, how many are NULL) of each column as Spark makes it."""
    table = compile_demo(loads(blueprint(columns)), as_of=AS_OF).steps["t"].plan
    frame = frame_of(spark, table, 0, 49, 1, "spark")
    asked = [
        call
        for place in range(len(columns))
        for name in [f"c{place}"]
        for call in (F.min(name), F.max(name), F.count_if(F.col(name).isNull()))
    ]
    row = frame.agg(*asked).first()
    return [tuple(row[3 * place : 3 * place + 3]) for place in range(len(columns))]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_what_is_accepted_is_made_and_stays_inside_its_range(spark, at_the_ends, seed):
    dice = random.Random(seed)
    columns = [one for one in (column(dice) for _ in range(4 * COLUMNS)) if accepted(one)][:COLUMNS]
    assert len(columns) == COLUMNS
    lookup = Lookup(loads(blueprint(columns)), Broken())
    for place, (low, high, empty) in enumerate(ends(spark, columns)):
        said = drawn(lookup, "t", f"c{place}")
        assert empty == 0, columns[place]
        if said is not None:  # values that are listed have no range
            kind = columns[place][1] or "double"
            assert exact(as_type(said.low, kind)) <= exact(low), columns[place]
            assert exact(high) <= exact(as_type(said.high, kind)), columns[place]


def test_what_is_refused_for_its_type_would_not_have_fitted(spark, at_the_ends):
    """The other half: a refused column, made as a double, does hold values that its type does not."""
    dice = random.Random(7)
    refused = [one for one in (column(dice) for _ in range(6 * COLUMNS)) if one[1] and not accepted(one)]
    refused = [one for one in refused if accepted((one[0], "double")) and limits_of(one[1])][:COLUMNS]
    whole = [one for one in refused if one[1] in ("int", "bigint")]
    assert len(refused) > COLUMNS // 2
    assert whole
    for (spec, kind), (low, high, _) in zip(
        refused, ends(spark, [(spec, "double") for spec, _ in refused]), strict=True
    ):
        least, most = (Decimal(limit) for limit in limits_of(kind))
        step = max(Decimal(10) ** -30, abs(most) * Decimal("1e-7"))  # quantiles in SQL are right to eight digits
        inside = least + step <= Decimal(low) and Decimal(high) <= most - step
        fraction = kind in ("int", "bigint") and spec.startswith("choice")  # 0.5 is no whole number
        assert fraction or not inside, (spec, kind, low, high)


WHOLE = """
demo: whole
history: 9 days
tables:
  t:
    rows: 3000
    columns:
      small: {uniform: {min: -3, max: 3}, type: int}
      above: {uniform: {min: 9007199254740993, max: 9007199254740999}, type: bigint}
      below: {uniform: {min: -9223372036854775808, max: -9223372036854775807}, type: bigint}
      half: {uniform: {min: 0.2, max: 2.9}, type: int}
      wide: {uniform: {min: -5000000000000000000, max: 4000000000000000000}, type: bigint}
      widest: {uniform: {min: -9223372036854775808, max: 9223372036854775807}, type: bigint}
      tied: {uniform: {min: 0, max: 9223372036854775807}, type: bigint, correlate: {with: other, r: 0.9}}
      other: {normal: {mean: 0, std: 1}}
"""


def test_whole_numbers_are_exact_up_to_the_widest_bigint(spark):
    """Bounds by hand; the mean of a uniform column lies within 5 standard errors of its middle."""
    table = compile_demo(loads(WHOLE), as_of=AS_OF).steps["t"].plan
    made = frame_of(spark, table, 0, 3000, 2, "spark").toPandas()
    assert sorted(set(made["small"])) == [-3, -2, -1, 0, 1, 2, 3]
    assert sorted(set(made["above"])) == list(range(9007199254740993, 9007199254741000))
    assert sorted(set(made["below"])) == [-(2**63), -(2**63) + 1]
    assert sorted(set(made["half"])) == [1, 2]
    for name, low, high in (
        ("wide", -5 * 10**18, 4 * 10**18),
        ("widest", -(2**63), 2**63 - 1),
        ("tied", 0, 2**63 - 1),
    ):
        values = [int(value) for value in made[name]]
        assert all(low <= value <= high for value in values), name
        assert len(set(values)) == 3000, name
        error = (high - low) / 12**0.5 / 3000**0.5
        assert abs(sum(values) / 3000 - (low + high) / 2) < 5 * error, name
        assert {value % 7 for value in values} == set(range(7)), name  # the last digits are drawn too


def test_numbers_beside_text_are_text(spark):
    columns = [("choice: [7, b, true]", ""), ("cycle: [1.5, x]", "")]
    table = compile_demo(loads(blueprint(columns)), as_of=AS_OF).steps["t"].plan
    frame = frame_of(spark, table, 0, 49, 1, "spark")
    assert {row.c0 for row in frame.collect()} == {"7", "b", "true"}
    assert {row.c1 for row in frame.collect()} == {"1.5", "x"}


def test_days_lie_between_their_bounds(spark, at_the_ends):
    spec = "date: {min: 1999-12-31, max: 2000-03-01}"
    assert ends(spark, [(spec, "")]) == [(dt.date(1999, 12, 31), dt.date(2000, 3, 1), 0)]


def made(spark, column: str, monkeypatch):
    """The column as Spark makes it, asked or not whether it can."""
    monkeypatch.setattr("demo_factory.plan.compile.check_expressions", lambda lookup, table: ())
    table = compile_demo(loads(expressions.blueprint(column)), as_of=AS_OF).steps["t"].plan
    return frame_of(spark, table, 0, table.rows, 1, "spark").agg(F.min("c"), F.max("c")).first()


def test_expressions_that_are_refused_fail_in_spark_or_break_their_check(spark, monkeypatch):
    for column, says, _ in expressions.REFUSED:
        if says.startswith("check"):
            bound = loads(expressions.blueprint(column)).tables["t"].columns["c"].check
            low, high = made(spark, column, monkeypatch)
            assert low > bound.max if bound.max is not None else high < bound.min, column
        else:
            with pytest.raises(PySparkException) as caught:
                made(spark, column, monkeypatch)
            link, said = caught.value, ""
            while link is not None:  # Spark wraps what a task meets
                said, link = said + str(link), getattr(link, "_cause", None)
            assert "OVERFLOW" in said or "OUT_OF_RANGE" in said, (column, said)


def test_expressions_that_are_accepted_are_made(spark, monkeypatch):
    for column in expressions.ACCEPTED:
        assert None not in made(spark, column, monkeypatch), column

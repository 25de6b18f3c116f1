"""Whatever numbers stand in a column, it is planned or refused in words: nothing overflows on the way."""

import random

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.plan.demos import AS_OF

NUMBERS = (0, 1, -1, 0.5, 1e308, -1e308, 1e-308, 2**63, -(2**63), 2**63 - 1, 10**38, 2**53 + 1, 17, -3.25)
TYPES = (
    "int", "bigint", "tinyint", "float", "double", "string", "decimal(38,0)", "decimal(3,3)", "decimal(38,38)", "date",
    "timestamp", "boolean", "array<int>",
)  # fmt: skip
FORMULAS = (
    "uniform: {{min: {0}, max: {1}}}", "normal: {{mean: {0}, std: {1}}}", "normal: {{mean: {0}, std: {1}, min: {2}}}",
    "lognormal: {{median: {0}, sigma: 2, max: {1}}}", "pareto: {{min: {0}, alpha: {1}}}",
    "weibull: {{shape: {0}, scale: {1}}}", "triangular: {{min: {0}, max: {1}, mode: {2}}}",
    "gamma: {{shape: {0}, scale: {1}}}", "beta: {{a: 1, b: 2, min: {0}, max: {1}}}", "poisson: {{mean: {0}}}",
    "zipf: {{n: 90, exponent: {0}}}", "exponential: {{mean: {0}, min: {1}}}", "choice: [{0}, {1}]",
    "choice: [{0}, a, true]", "cycle: [{0}, {1}, {2}]", "expr: k * {0} + u - k", "expr: -(u * u * {0})",
    "expr: case when u > 1 then u * {0} end", "date: {{min: 2020-01-01, max: 2020-01-05}}",
)  # fmt: skip
TABLE = """
demo: d
history: 9 days
tables:
  t:
    rows: {rows}
    columns:
      k: {{key: integer}}
      u: {{uniform: {{min: 0, max: 9}}}}
      c: {{{formula}, check: {{{check}}}{more}}}
"""


def blueprint(dice: random.Random) -> str:
    numbers = dice.sample(NUMBERS, 3) if dice.random() < 0.5 else sorted(dice.sample(NUMBERS, 3))
    check = [
        text
        for text in (f"min: {dice.choice(NUMBERS)}", f"max: {dice.choice(NUMBERS)}", "unique: true", "required: true",
                     f"allowed: [{dice.choice(NUMBERS)}, {dice.choice(['a', 'true', '2020-01-01'])}]")
        if dice.random() < 0.3
    ]  # fmt: skip
    more = [
        text
        for text in (f"type: '{dice.choice(TYPES)}'", "correlate: {with: u, r: 0.5}", "nulls: 0.1")
        if dice.random() < 0.4
    ]
    return TABLE.format(
        rows=dice.choice([1, 50, 10**10]),
        formula=dice.choice(FORMULAS).format(*numbers),
        check=", ".join(check),
        more="".join(f", {one}" for one in more),
    )


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 40))])
def test_any_numbers_are_planned_or_refused_in_words(seed):
    dice = random.Random(seed)
    planned = 0
    for _ in range(150):
        text = blueprint(dice)
        try:
            compile_demo(loads(text), as_of=AS_OF, scale=dice.choice([0.001, 1, 1000]))
        except BlueprintError:
            continue  # any other error is a fault of ours and ends the test
        planned += 1
    assert 5 < planned < 145

"""Contradictions between what a formula gives and what its column holds or promises: refused with place and remedy.

The limits are those of Spark's own documentation (sql-ref-datatypes): int ends at 2^31 - 1, bigint at 2^63 - 1,
decimal(p,s) holds p digits, s of them behind the point.
"""

import pytest

from demo_factory.blueprint.load import loads
from demo_factory.blueprint.lookup import Broken, Lookup
from demo_factory.blueprint.ranges import drawn
from demo_factory_tests.blueprint.small import complaints

TABLE = """\
demo: d
tables:
  parents: {{rows: 20, columns: {{p_id: {{key: integer}}, tag: {{choice: [x, y], nulls: 0.5}}}}}}
  t:
    rows: {rows}
    contract: {contract}
    columns:
      id: {{key: integer}}
      p: {{ref: parents}}
      maybe: {{ref: parents, nulls: 0.2}}
      n1: {{uniform: {{min: 1, max: 9}}, type: int}}
      c: {column}
"""
LINE = 12


def said(column: str, rows: int = 500, contract: str = "{}") -> list[str]:
    return complaints(TABLE.format(column=column, rows=rows, contract=contract))


@pytest.mark.parametrize(
    ("column", "path", "words"),
    [
        ("{uniform: {min: 0, max: 10_000_000_000}, type: int}", "type", "10,000,000,000, and int holds at most 2,147"),
        ("{uniform: {min: -3_000_000_000, max: 0}, type: int}",
         "type", "down to -3,000,000,000, and int holds at least -2,147"),
        ("{uniform: {min: 0, max: 9223372036854775808}, type: bigint}",
         "type", "holds at most 9,223,372,036,854,775,807"),
        ("{uniform: {min: 0.2, max: 0.7}, type: int}", "uniform", "no whole number lies between 0.2 and 0.7"),
        ("{uniform: {min: 0, max: 999.999}, type: 'decimal(5,2)'}",
         "type", "up to 999.999, and decimal(5,2) holds at most 999.99"),
        ("{lognormal: {median: 500, sigma: 1}, type: 'decimal(5,2)'}", "type", "give lognormal a max"),
        ("{normal: {mean: 0, std: 1e9}, type: int}", "type", "int holds at most"),
        ("{poisson: {mean: 900}, type: 'decimal(3,0)'}", "type", "decimal(3,0) holds at most 999"),
        ("{choice: [1, 9223372036854775808]}", "choice", "9,223,372,036,854,775,808 does not fit bigint"),
        ("{cycle: [100, 1000], type: 'decimal(4,1)'}",
         "cycle", "1,000 does not fit decimal(4,1), which holds -999.9 to 999.9"),
        ("{choice: [1, a], type: int}", "choice", "'a' is no int; use type: string"),
        ("{choice: ['2024-02-30', '2024-03-01'], type: date}", "choice", "'2024-02-30' is no date"),
        ("{normal: {mean: 5, std: 1, min: 50}}", "normal", "leave almost nothing of the distribution; widen them"),
        ("{pareto: {min: 1, alpha: 0.01}}", "pareto", "reaches beyond what a double holds"),
        ("{weibull: {shape: 0.001, scale: 1}}", "weibull", "reaches beyond what a double holds"),
        ("{uniform: {min: -1e308, max: 1e308}}", "uniform", "reaches beyond what a double holds"),
        ("{triangular: {min: 0, max: 1e300, mode: 1e200}}", "triangular", "reaches beyond what a double holds"),
        ("{normal: {mean: 45, std: 14}, check: {min: 0}}",
         "check.min", "below the check's 0; lower check.min, or give normal a min"),
        ("{uniform: {min: 0, max: 10}, check: {max: 9}}",
         "check.max", "above the check's 9; raise check.max, or lower uniform.max"),
        ("{poisson: {mean: 3}, check: {max: 5}}", "check.max", "above the check's 5"),
        ("{zipf: {n: 30}, check: {max: 29}}", "check.max", "up to 30, above"),
        ("{cycle: [1, 2, 3], check: {min: 2}}", "check.min", "down to 1, below"),
        ("{date: {min: 2020-01-01, max: 2024-12-31}, check: {max: 2024-12-30}}",
         "check.max", "up to 2024-12-31, above"),
        ("{uniform: {min: 9007199254740993, max: 9007199254740999}, type: bigint, check: {max: 9007199254740998}}",
         "check.max", "9,007,199,254,740,999, above the check's 9,007,199,254,740,998"),
        ("{uniform: {min: 0, max: 4.5}, type: int, check: {max: 3}}", "check.max", "up to 4, above"),
        ("{uniform: {min: 0, max: 1}, type: 'decimal(3,2)', check: {max: 0.99}}", "check.max", "up to 1, above"),
        ("{choice: [Home, Away], check: {allowed: [hOME, Away]}}",
         "check.allowed", "'Home', which is not allowed; did you mean"),
        ("{choice: {a: 1, b: 0}, check: {allowed: [b]}}", "check.allowed", "gives 'a', which is not allowed"),
        ("{poisson: {mean: 1}, check: {allowed: [0, 1, 2]}}", "check.allowed", "also 3, which is not allowed"),
        ("{uniform: {min: 0, max: 2}, check: {allowed: [0, 1, 2]}}", "check.allowed", "use choice"),
        ("{boolean: 0.5, check: {allowed: [true]}}", "check.allowed", "gives false"),
        ("{choice: [AB, abc], check: {pattern: '[A-Z]+$'}}", "check.pattern", "'abc', which does not match '[A-Z]+$'"),
        ("{choice: [a], nulls: 0.1, check: {required: true}}",
         "check.required", "nulls leaves 10.000% of the rows empty"),
        ("{template: '{maybe.p_id}', check: {required: true}}",
         "check.required", "looks at maybe.p_id, which may be empty"),
        ("{choice: {by: parents.tag, cases: {x: [1], y: [2]}}, check: {required: true}}",
         "check.required", "parents.tag"),
        ("{ref: parents, check: {unique: true}}", "check.unique", "500 rows share about 20 values"),
        ("{uniform: {min: 1, max: 900}, type: int, check: {unique: true}}", "check.unique", "use key"),
        ("{template: 'X{n1}', check: {unique: true}}", "check.unique", "500 rows share about 9 values"),
        ("{person: full_name, check: {unique: true}}", "check.unique", "some repeat"),
        ("{cycle: [1, 2, 3], check: {unique: true}}", "check.unique", "about 3 values"),
    ],
)  # fmt: skip
def test_a_contradiction_is_one_line_with_place_and_remedy(column, path, words):
    found = said(column.replace("parents.tag", "p.tag") if "by:" in column else column)
    assert len(found) == 1, found
    assert found[0].startswith(f"b.yaml:{LINE}: tables.t.columns.c.{path}: ")
    assert words.replace("parents.tag", "p.tag") in found[0]


@pytest.mark.parametrize(
    "column",
    [
        "{uniform: {min: 0, max: 2_147_483_647}, type: int, check: {min: 0, max: 2147483647}}",
        "{uniform: {min: -9223372036854775808, max: 9223372036854775807}, type: bigint}",
        "{uniform: {min: 0, max: 999.994}, type: 'decimal(5,2)'}",
        "{lognormal: {median: 500, sigma: 1, max: 999.99}, type: 'decimal(5,2)', check: {min: 0, max: 999.99}}",
        "{normal: {mean: 100, std: 15}, check: {min: 0}}",
        "{pareto: {min: 1, alpha: 0.01, max: 1000}, check: {max: 1000}}",
        "{poisson: {mean: 0.9}, check: {max: 9}}",
        "{choice: [1, 9223372036854775808], type: 'decimal(38,0)'}",
        "{choice: {a: 1, b: 0}, check: {allowed: [a]}}",
        "{choice: [0.125], type: 'decimal(4,2)', check: {allowed: [0.13]}}",
        "{boolean: 1, check: {allowed: [true]}}",
        "{cycle: [1, 2, 3], check: {min: 1, max: 3, allowed: [1, 2, 3]}}",
        "{uniform: {min: 1, max: 3}, type: int, check: {allowed: [1, 2, 3]}}",
        "{template: 'N{id}', check: {unique: true, required: true}}",
        "{uniform: {min: 0, max: 1}, check: {unique: true}}",
        "{choice: [a], nulls: 0.1, check: {allowed: [a]}}",
        "{uniform: {min: 0, max: 10}, check: {max: 9, blocking: false}}",
        "{ref: parents, check: {unique: true, blocking: false}}",
        "{expr: 'n1 * 2', type: int, check: {max: 3}}",
    ],
)
def test_what_fits_or_only_warns_is_accepted(column):
    assert said(column) == []


@pytest.mark.parametrize(
    ("contract", "words"),
    [
        ("{unique: [[p, n1]]}", "the combination of p and n1 is drawn: 60 rows share about 180 values"),
        ("{rows: {min: 61}}", "rows.min: the table has 60 rows at scale 1, which its own band leaves out"),
        ("{rows: {min: 0, max: 59}}", "rows.max: the table has 60 rows"),
    ],
)
def test_a_table_cannot_promise_what_it_is_not(contract, words):
    found = said("{boolean: 0.5}", 60, contract)
    assert len(found) == 1, found
    assert found[0].startswith("b.yaml:6: tables.t.contract.")
    assert words in found[0]


def test_names_and_places_repeat_even_among_few_rows():
    for part in ("person: first_name", "address: city", "address: phone", "person: full_name"):
        found = said(f"{{{part}, check: {{unique: true}}}}", 60)
        assert len(found) == 1, part
        assert "some repeat" in found[0]


def test_a_key_in_a_combination_or_few_rows_keep_it_unique():
    assert said("{boolean: 0.5}", 60, "{unique: [[p, id]]}") == []
    assert said("{boolean: 0.5}", 1, "{unique: [[p, n1]]}") == []
    assert said("{boolean: 0.5}", 60, "{unique: [[p, n1]], blocking: false}") == []


def test_a_rare_value_counts_by_how_many_rows_are_drawn():
    """scipy.stats.poisson.sf(8, 0.9) is 4.8e-7: 0.004 rows of 8,000 lie above 8, and 4.8 rows of 10 million."""
    column = "{poisson: {mean: 0.9}, check: {max: 8}}"
    assert said(column, 8_000) == []
    assert len(said(column, 10_000_000)) == 1


def test_dates_and_hours_that_a_table_can_never_keep():
    dated = """\
demo: d
history: 30 days
tables:
  t:
    rows: 50
    arrives: {}
    contract: {fresh_within: 6 hours}
    columns: {id: {key: integer}, at: {arrival: date, check: {max: 2030-01-01}}}
models:
  m: {entity: id, target: y, horizon: 40 days, features: SELECT 1, label: SELECT 2, predictions: {table: guesses}}
"""
    at, fresh, model = complaints(dated)
    assert fresh == (
        "b.yaml:8: tables.t.columns.at.check.max: a new day comes every day, so that no max holds for ever; "
        "remove it, or add blocking: false to the check"
    )
    assert at.startswith("b.yaml:7: tables.t.contract.fresh_within: rows come at any hour of a day")
    assert model.startswith("b.yaml:10: models.m.horizon: 40 days ago there is no data yet: it goes back 30 days")


def test_a_correlated_score_reaches_further_than_its_own_draw():
    """|z| <= 8.2 for one draw; r z + sqrt(1 - r^2) z' <= 8.2 sqrt(2) by Cauchy and Schwarz."""
    text = TABLE.format(rows=5, contract="{}", column="{normal: {mean: 0, std: 1}, correlate: {with: d, r: 0.7}}")
    blueprint = loads(text + "      d: {normal: {mean: 0, std: 1}}\n")
    lookup = Lookup(blueprint, Broken())
    alone, tied = drawn(lookup, "t", "d"), drawn(lookup, "t", "c")
    assert alone is not None
    assert tied is not None
    assert 8.2 < alone.high < 8.3
    assert tied.high == pytest.approx(alone.high * 2**0.5, rel=1e-6)

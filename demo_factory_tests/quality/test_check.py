"""Every kind of rule on a frame that keeps it and on one that breaks it, with exact counts and examples."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandera.pyspark as pa
import pytest
from pandera.errors import SchemaDefinitionError, SchemaError, SchemaErrors, SchemaWarning
from pyspark.sql import DataFrame, SparkSession

from demo_factory.quality.check import check_table, judge
from demo_factory.quality.contract import Contract, schema_of
from demo_factory.quality.predicates import register
from demo_factory.resources.graph import Rule
from demo_factory_tests.quality.tables import AS_OF, column_of, counted, table_with, verdict

pytestmark = pytest.mark.spark
DAY = dt.date(2024, 1, 31)

CASES: list[tuple[str, str, Any, str, list[str], int, tuple[str, ...]]] = [
    # kind of rule, Spark type, bound, what is expected to pass (one value a word), then failing rows and examples
    ("min", "int", 0.0, "0 7 NULL", ["0", "-1", "-3", "NULL"], 2, ("-3", "-1")),
    ("min", "int", 0.5, "1", ["0", "1"], 1, ("0",)),
    ("max", "bigint", 2**53, "9007199254740992", ["9007199254740993"], 1, ("9007199254740993",)),
    ("min", "decimal(12,2)", 0.1, "0.10", ["0.09", "0.10"], 1, ("0.09",)),
    ("max", "decimal(12,2)", 0.125, "0.12", ["0.13"], 1, ("0.13",)),
    ("min", "decimal(38,0)", -1e300, "0", [], 0, ()),
    ("max", "float", 0.1, "0.1", ["0.2"], 1, ("0.2",)),
    ("min", "double", 0, "0.0 -0.0", ["double('NaN')", "-2.5", "-10.0"], 3, ("-10.0", "NaN")),
    ("max", "double", 9, "9.0", ["double('NaN')", "10.0"], 2, ("10.0", "NaN")),
    ("min", "date", DAY, "DATE'2024-01-31'", ["DATE'2024-01-30'"], 1, ("2024-01-30",)),
    ("max", "timestamp", DAY, "TIMESTAMP'2024-01-31T23:59:59'", ["TIMESTAMP'2024-02-01T00:00:00'"], 1,
     ("2024-02-01 00:00:00",)),
    ("min", "timestamp", dt.datetime(2024, 1, 31, 12), "TIMESTAMP'2024-01-31T12:00:00'",
     ["TIMESTAMP'2024-01-31T11:59:59'"], 1, ("2024-01-31 11:59:59",)),
    ("allowed", "string", ("a", "b"), "'a' 'b' NULL", ["'c'", "'c'", "'A'", "NULL"], 3, ("A", "c")),
    ("allowed", "int", (1, 2), "1 2", ["10"], 1, ("10",)),
    ("allowed", "double", (0.1, 2), "0.1 2", ["double('NaN')"], 1, ("NaN",)),
    ("allowed", "boolean", (True,), "true", ["false"], 1, ("false",)),
    ("allowed", "date", ("2024-01-31",), "DATE'2024-01-31'", ["DATE'2024-02-01'"], 1, ("2024-02-01",)),
    ("pattern", "string", "C-[0-9]+$|X", "'C-1' 'X9' NULL", ["'1C-1'", "'C-'", "'aX'"], 3, ("1C-1", "aX")),
    ("required", "string", None, "'' 'a'", ["NULL", "NULL", "'a'"], 2, ()),
    ("unique", "string", None, "'T-1' 'T-2' 'T-01' NULL NULL", ["'T-1'", "'T-1'", "'u'", "'u'", "'u'", "'v'"], 5,
     ("T-1", "u")),
    ("unique", "int", None, "0 63 64 -1 -64", ["7", "7", "-64", "0", "-64"], 4, ("-64", "7")),
    ("unique", "double", None, "0.0 1.0", ["0.0", "-0.0", "double('NaN')", "double('NaN')"], 4, ("0.0", "NaN")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "type_", "bound", "good", "bad", "failing", "examples"), CASES)
def test_a_rule_is_kept_and_broken(
    spark: SparkSession, kind: Any, type_: str, bound: Any, good: str, bad: list[str], failing: int, examples: Any
):
    rule = Rule("x_rule", kind, ("x",), bound)
    kept = verdict(column_of(spark, type_, *good.split(" ")), rule)
    assert (kept.passed, kept.failing_rows, kept.examples) == (True, 0, ())
    assert kept.observed.startswith("all ")
    if bad:
        broken = verdict(column_of(spark, type_, *bad), rule)
        assert (broken.passed, broken.failing_rows, broken.examples) == (False, failing, examples)
        assert f"{failing} of {len(bad)} rows" in broken.message


def test_an_empty_value_is_shown_by_its_row(spark: SparkSession):
    frame = spark.sql("SELECT * FROM VALUES ('O-1', NULL), ('O-2', 3), ('O-3', NULL) AS t(id, x)")
    result = verdict(frame, Rule("x_required", "required", ("x",)), key="id")
    assert (result.failing_rows, result.examples) == (2, ("id O-1", "id O-3"))


def test_a_combination_must_not_repeat(spark: SparkSession):
    frame = spark.sql("SELECT * FROM VALUES (1, 'a'), (1, 'b'), (2, 'a'), (2, 'a'), (3, NULL), (3, NULL) AS t(x, y)")
    assert verdict(frame.filter("x <> 2"), Rule("u", "unique", ("x", "y"))).passed
    broken = verdict(frame, Rule("u", "unique", ("x", "y")))
    assert (broken.failing_rows, broken.examples) == (2, ("2, a",))


def test_keys_that_share_a_number_are_told_apart(spark: SparkSession):
    # Behind the prefix 'T-' all of the first four are the number 77: the numbers repeat, the keys do not.
    frame = column_of(spark, "string", "'T-77'", "'T-077'", "'T-+77'", "'T-77 '", "'U-77'", "'77'")
    result = verdict(frame, Rule("u", "unique", ("x",)))
    assert (result.passed, result.failing_rows) == (True, 0)


@pytest.mark.parametrize(
    "key", ["concat('T-', lpad(id, 7, '0'))", "CAST(id AS string)", "concat(id, '@x')", "id", "-id"]
)
def test_running_keys_are_unique_until_one_repeats(spark: SparkSession, key: str):
    frame = spark.range(0, 1000, 1, 3).selectExpr(f"{key} AS x")
    assert verdict(frame, Rule("u", "unique", ("x",))).passed
    again = verdict(frame.unionAll(frame.limit(1)), Rule("u", "unique", ("x",)))
    assert (again.passed, again.failing_rows, len(again.examples)) == (False, 2, 1)


@pytest.mark.parametrize(("type_", "passed"), [("int", True), ("bigint", False), ("string", False)])
def test_the_type_is_the_frames_own(spark: SparkSession, type_: str, passed: bool):
    result = verdict(column_of(spark, type_, "1"), Rule("x_type", "type", ("x",), "int"))
    assert (result.passed, result.observed) == (passed, f"its type is {type_}")


@pytest.mark.parametrize(("wanted", "passed"), [("decimal(12,2)", True), ("decimal(12,3)", False), ("double", False)])
def test_the_type_of_a_decimal_has_both_numbers(spark: SparkSession, wanted: str, passed: bool):
    frame = column_of(spark, "decimal(12,2)", "1")
    assert verdict(frame, Rule("x_type", "type", ("x",), wanted)).passed is passed


def test_local_time_is_not_a_timestamp(spark: SparkSession):
    frame = column_of(spark, "timestamp_ntz", "'2024-01-01 00:00:00'")
    assert not verdict(frame, Rule("x_type", "type", ("x",), "timestamp")).passed


@pytest.mark.parametrize(
    ("band", "passed"), [((3, 3), True), ((None, 2), False), ((4, None), False), ((None, None), True), ((0, 5), True)]
)
def test_the_row_count_has_a_band(spark: SparkSession, band: tuple[int | None, int | None], passed: bool):
    result = verdict(column_of(spark, "int", "1", "2", "3"), Rule("rows", "rows", (), band))
    assert (result.passed, result.observed, result.failing_rows) == (passed, "3 rows", 0)


@pytest.mark.parametrize(
    ("type_", "newest", "hours", "passed", "lag"),
    [
        ("timestamp", "2024-06-30 12:00:00", 12, True, "12"),
        ("timestamp", "2024-06-30 11:59:59.999", 12, False, "12"),
        ("timestamp", "2024-06-29 00:00:00", 36, False, "48"),
        ("timestamp", "2024-07-02 00:00:00", 1, True, "-24"),
        ("timestamp_ntz", "2024-06-30 22:30:00", 2, True, "1.5"),
        ("date", "2024-06-30", 24, True, "24"),
        ("date", "2024-06-29", 24, False, "48"),
    ],
)
def test_freshness_counts_from_the_end_of_the_day(
    spark: SparkSession, type_: str, newest: str, hours: int, passed: bool, lag: str
):
    frame = column_of(spark, type_, "'2024-01-01'", f"'{newest}'", "NULL")
    result = verdict(frame, Rule("fresh", "freshness", ("x",), hours))
    assert result.passed is passed
    assert result.observed == f"the newest is {newest}, {lag} hours before the end of 2024-06-30"


def test_an_empty_table_keeps_the_rules_of_rows_and_is_not_fresh(spark: SparkSession):
    rules = (
        Rule("x_type", "type", ("x",), "int"),
        Rule("x_required", "required", ("x",)),
        Rule("x_unique", "unique", ("x",)),
        Rule("x_min", "min", ("x",), 0),
        Rule("rows", "rows", (), (0, None)),
        Rule("fresh", "freshness", ("t",), 24),
    )
    frame = spark.sql("SELECT CAST(1 AS int) AS x, current_timestamp() AS t WHERE false")
    results = judge(frame, table_with(*rules), AS_OF)
    assert [result.passed for result in results] == [True, True, True, True, True, False]
    assert results[3].observed == "the table is empty"
    assert results[5].observed == "the table has no value in it"


def test_a_missing_column_fails_its_rules_and_no_others(spark: SparkSession):
    rules = (
        Rule("y_type", "type", ("y",), "int"),
        Rule("y_required", "required", ("y",)),
        Rule("y_min", "min", ("y",), 0),
        Rule("y_unique", "unique", ("x", "y")),
        Rule("y_fresh", "freshness", ("y",), 24),
        Rule("x_min", "min", ("x",), 0),
    )
    results = judge(column_of(spark, "int", "1"), table_with(*rules), AS_OF)
    assert [result.passed for result in results] == [False, False, False, False, False, True]
    assert all("the column y is missing" in result.message for result in results[:5])


@pytest.mark.parametrize(
    ("kind", "type_", "bound"),
    [("min", "string", 0), ("min", "date", 1.5), ("max", "int", DAY), ("allowed", "int", ("1", "2")),
     ("allowed", "boolean", (1,)), ("pattern", "int", "1"), ("freshness", "int", 24), ("allowed", "date", ("soon",))],
)  # fmt: skip
def test_a_bound_of_another_kind_fails_with_its_reason(spark: SparkSession, kind: Any, type_: str, bound: Any):
    result = verdict(column_of(spark, type_, "NULL"), Rule("r", kind, ("x",), bound))
    assert not result.passed
    assert "it cannot be judged" in result.observed


def test_odd_names_are_quoted(spark: SparkSession):
    frame = spark.sql("SELECT * FROM VALUES (1), (1), (-1) AS t(`a.b ``c`)")
    name = "a.b `c"
    results = judge(frame, table_with(Rule("u", "unique", (name,)), Rule("m", "min", (name,), 0), key=name), AS_OF)
    assert [(result.failing_rows, result.examples) for result in results] == [(2, ("1",)), (1, ("-1",))]


def test_rules_that_cannot_be_told_apart_are_refused(spark: SparkSession):
    twice = (Rule("r", "min", ("x",), 0), Rule("r", "min", ("x",), 1))
    with pytest.raises(ValueError, match="cannot be told apart"):
        judge(column_of(spark, "int", "1"), table_with(*twice), AS_OF)


def test_a_written_table_is_read_by_its_full_name(spark: SparkSession):
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.quality")
    column_of(spark, "int", "1", "-2").write.saveAsTable("test_demo.quality.orders")
    (result,) = check_table(spark, table_with(Rule("m", "min", ("x",), 0)), AS_OF)
    assert result.message == "orders: x must be at least 0: 1 of 2 rows break it, for example -2"
    spark.sql("DROP TABLE test_demo.quality.orders")


RULES = (
    *[Rule(f"{name}_type", "type", (name,), type_) for name, type_ in
      (("id", "string"), ("n", "int"), ("v", "double"), ("s", "string"), ("t", "timestamp"))],
    *[Rule(f"{name}_required", "required", (name,)) for name in ("id", "n", "v", "s", "t")],
    Rule("n_min", "min", ("n",), 0), Rule("n_max", "max", ("n",), 100),
    Rule("v_min", "min", ("v",), 0), Rule("v_max", "max", ("v",), 1000),
    Rule("s_allowed", "allowed", ("s",), ("a", "b")), Rule("s_pattern", "pattern", ("s",), "[a-z]$"),
    Rule("id_pattern", "pattern", ("id",), "O-[0-9]+$"),
    Rule("t_min", "min", ("t",), dt.date(2020, 1, 1)),
    Rule("rows", "rows", (), (1, None)), Rule("fresh", "freshness", ("t",), 24),
    Rule("id_unique", "unique", ("id",)), Rule("n_s_unique", "unique", ("n", "s")),
)  # fmt: skip


def _orders(spark: SparkSession) -> DataFrame:
    return spark.sql(
        "SELECT concat('O-', id) AS id, CAST(id AS int) AS n, id * 1D AS v, 'a' AS s, "
        "TIMESTAMP'2024-06-30T12:00:00' AS t FROM range(50)"
    )


def test_twenty_two_rules_cost_two_jobs_and_a_failure_one_more(spark: SparkSession):
    table = table_with(*RULES, key="id")
    with counted(spark, "clean") as clean:
        assert all(result.passed for result in judge(_orders(spark), table, AS_OF))
    with counted(spark, "broken") as broken:
        twice = _orders(spark).unionAll(_orders(spark).limit(1)).selectExpr("id", "n - 3 AS n", "v", "'Z' AS s", "t")
        results = judge(twice, table, AS_OF)
    assert sum(not result.passed for result in results) == 5
    assert (clean.number, broken.number) == (2, 3)


def test_no_key_costs_one_job_and_types_alone_cost_none(spark: SparkSession):
    with counted(spark, "rows") as rows:
        judge(_orders(spark), table_with(*[rule for rule in RULES if rule.kind != "unique"]), AS_OF)
    with counted(spark, "types") as types:
        judge(_orders(spark), table_with(*[rule for rule in RULES if rule.kind == "type"]), AS_OF)
    assert (rows.number, types.number) == (1, 0)


def test_pandera_validates_with_the_same_schema_and_raises_its_own_errors(spark: SparkSession):
    frame = spark.sql("SELECT * FROM VALUES ('O-1', -3), ('O-2', -1), ('O-2', 5) AS t(id, x)")
    schema = schema_of(table_with(Rule("x_min", "min", ("x",), 0), Rule("id_unique", "unique", ("id",))))
    assert schema.validate(frame.filter("x > 0")).count() == 1
    with pytest.raises(SchemaErrors) as caught:
        schema.validate(frame)
    assert caught.value.error_counts == {"CHECK_ERROR": 1, "DATAFRAME_CHECK": 1}
    cases = caught.value.failure_cases[["column", "check", "failure_case", "failing_rows"]]
    assert cases.to_numpy().tolist() == [
        ["x", "x_min", "-3", 2], ["x", "x_min", "-1", 2], [None, "id_unique", "O-2", 2],
    ]  # fmt: skip
    assert "2 of 3 rows break it" in str(caught.value)
    with pytest.raises(SchemaError, match="2 of 3 rows break it, for example -3, -1"):
        schema.validate(frame, lazy=False)


def test_a_schema_of_ones_own_may_have_checks_of_ones_own(spark: SparkSession):
    frame = spark.sql("SELECT * FROM VALUES (1, 2), (2, 2), (NULL, 1) AS t(x, y)")
    even = pa.Check(lambda cell: cell.column % 2 == 0, title="even")
    schema = Contract(
        {"x": pa.Column("int", [even, pa.Check.in_range(0, 9), pa.Check.ne(7)], nullable=True), "y": pa.Column("int")},
        checks=[pa.Check(lambda cell: cell.of("x") <= cell.of("y"), title="ordered", ignore_na=False)],
        unique=["x"],
    )
    found = {finding.label: finding.failing_rows for finding in schema.report(frame).findings if not finding.passed}
    assert found == {"even": 1, "ordered": 1}


def test_a_check_may_only_warn(spark: SparkSession):
    schema = Contract({"x": pa.Column("int", pa.Check.gt(5, raise_warning=True))})
    with pytest.warns(SchemaWarning, match="1 of 1 rows"):
        schema.validate(column_of(spark, "int", "1"))


def test_what_a_contract_does_not_do_is_refused(spark: SparkSession):
    schema = Contract({"x": pa.Column("int", coerce=True)}, strict=True)
    with pytest.raises(SchemaDefinitionError, match="remove coerce, strict or ordered"):
        schema.validate(column_of(spark, "int", "1"))


def test_the_promises_of_a_table_also_work_in_pandera_as_it_comes(spark: SparkSession):
    register()
    checks = [
        pa.Check.rows_between(1, 2),
        pa.Check.never_repeats(["x"]),
        pa.Check.newest_within("t", 24, AS_OF),
    ]
    frame = spark.sql("SELECT * FROM VALUES (1, DATE'2024-06-30'), (2, DATE'2024-06-01') AS t(x, t)")
    plain = pa.DataFrameSchema({"x": pa.Column("int"), "t": pa.Column("date")}, checks=checks)
    assert not plain.validate(frame).pandera.errors
    assert (
        len(plain.validate(frame.unionAll(frame).filter("t < '2024-06-30'")).pandera.errors["DATA"]["DATAFRAME_CHECK"])
        == 2
    )

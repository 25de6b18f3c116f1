"""The list of built-in functions against Spark's own registry: none is missing, none is invented, none takes other
numbers of arguments."""

from __future__ import annotations

import pytest

from demo_factory.sql import builtins
from demo_factory.sql.expressions import ExpressionError, bind
from demo_factory.sql.queries import bind_query

LISTS = (
    builtins.SCALAR, builtins.AGGREGATE, builtins.WINDOW, builtins.GENERATOR, builtins.OTHER, builtins.XML,
    builtins.UNSTEADY, builtins.SESSION, builtins.FILES, builtins.CODE,
)  # fmt: skip
BY_PARSER = {"try_cast", "timestampadd", "timestampdiff"}  # which no registry has


def listed() -> dict[str, str]:
    return {word.split(":")[0]: word.split(":")[1] for text in LISTS for word in text.split()}


def in_registry(spark, name: str) -> set[str]:
    """The functions of one of Spark's registries that are words, operators left out."""
    registry = getattr(spark._jvm.org.apache.spark.sql.catalyst.analysis, name).builtin()
    found, names = registry.listFunction().iterator(), set()
    while found.hasNext():
        names.add(found.next().funcName())
    return {one for one in names if one[0].isalpha()}


def test_every_function_of_spark_is_sorted_and_no_other(spark):
    assert set(listed()) - BY_PARSER == in_registry(spark, "FunctionRegistry")
    tables = {word.split(":")[0] for word in f"{builtins.RELATIONS} {builtins.GENERATOR}".split()}
    assert tables == in_registry(spark, "TableFunctionRegistry") - {"collations", "python_worker_logs", "sql_keywords"}


def test_what_spark_calls_random_is_no_scalar(spark):
    """Of those that take no argument, which can be tried without knowing types."""
    for name in ("rand", "randn", "random", "uuid", "monotonically_increasing_id", "spark_partition_id"):
        analyzed = spark.sql(f"SELECT {name}()")._jdf.queryExecution().analyzed()
        assert not analyzed.expressions().head().deterministic()
        assert f" {name}:" in f" {builtins.UNSTEADY}"


@pytest.mark.nightly
def test_the_numbers_of_arguments_are_sparks(spark):
    """Half a minute a hundred functions: one argument too few and one too many must be what Spark calls wrong."""
    from pyspark.errors import AnalysisException

    by_syntax = {"cast", "trim", "ltrim", "rtrim", "extract", "position", "overlay", "substring", "substr", "count"}
    units = {"dateadd", "date_add", "datediff", "date_diff", "timestampadd", "timestampdiff", "try_cast", "mode"}
    within = {"percentile_cont", "percentile_disc", "grouping", "map", "named_struct"}
    for name, numbers in listed().items():
        if name in by_syntax | units | within or not numbers or "make_timestamp" in name:
            continue
        least, dash, most = numbers.partition("-")
        for count in {int(least) - 1, int(most or least) + 1 if most or not dash else -1} - {-1}:
            with pytest.raises(AnalysisException) as error:
                spark.sql(f"SELECT `{name}`({', '.join(['NULL'] * count)})")
            assert error.value.getCondition(), (name, count)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("java_method('java.lang.System', 'getenv', 'HOME')", "runs code of others"),
        ("reflect('java.lang.System', 'getenv', 'HOME')", "runs code of others"),
        ("input_file_name()", "looks at files"),
        ("now()", "another value each time"),
        ("current_timestamp", "another value each time"),
        ("timestamp 'now'", "the day 'now' gives another value each time"),
        ("to_date('now')", "the day 'now' gives another value each time"),
        ("'tomorrow'::date", "the day 'tomorrow' gives another value each time"),
        ("sysdate()", "is no built-in function"),
        ("sleep(100)", "is no built-in function"),
        ("random_poisson(n)", "is no built-in function"),
        ("uniform(1, 2)", "another value each time"),
        ("uper(n)", "is no built-in function"),
        ("upper(n, n)", "takes 1 argument, and it is given 2"),
        ("version()", "depends on who runs it"),
        ("current_user()", "depends on who runs it"),
        ("xpath_string(n, 'a')", "XML can name files"),
        ("explode(array(n))", "makes several rows"),
        ("max(n)", "looks at other rows"),
        ("repeat('x', 2000000000)", "at most 1,000"),
        ("repeat('x', n)", "at most 1,000"),
        ("repeat(repeat('x', 1000), 1000)", "could grow without end"),
        ("sequence(1, n)", "at most 1,000"),
        ("transform(sequence(1, 1000), i -> transform(sequence(1, 1000), j -> repeat('x', 999)))", "999,000,000"),
        ("space(999999)", "at most 1,000"),
        ("datediff(:as_of, n)", ":as_of moves from day to day"),
        ("case when n then " * 400 + "1" + " end" * 400, "2,001 words and signs, and 1,000 are the most"),
        ("(" * 3000 + "n" + ")" * 3000, "words and signs"),
        ("(" * 30 + "n" + ")" * 30, "is nested 30 deep"),
        ("- " * 200 + "n", "is nested"),
        (" + ".join(["n"] * 3000), "words and signs"),
        ("n AS m", "names its result"),
    ],
)  # fmt: skip
def test_what_a_cell_may_not_call_is_named(sql, says):
    with pytest.raises(ExpressionError) as error:
        bind(sql, lambda text: f"`{text}`", {"n": "int"}.get)
    assert says in error.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "left(n, 2)", "repeat('-', 3)", "extract(year FROM d)", "trim(BOTH 'x' FROM n)", "cast(n AS decimal(10,2))",
        "n::int", "case when n in ('today', 'x') then 'now' else n end", "transform(array(1, 2), x -> x + n)",
        "named_struct('a', n).a", "if(n > 1, 'a', 'b')", "n /* the number */", "unix_timestamp(d)", "date_add(d, 3)",
        "timestampadd(HOUR, 3, d)", "'${amount}'", "sequence(1, 10)",
    ],
)  # fmt: skip
def test_what_a_cell_may_call_stays_as_it_was_written(sql):
    text, _ = bind(sql, lambda name: f"`{name}`", {"n": "int"}.get)
    assert text.replace("`", "").strip("()") == sql.strip("()")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT TRANSFORM(id) USING 'tee -a FILE' AS (x) FROM t", "runs no script"),
        ("SELECT reflect('java.lang.System', 'getenv', 'X') AS x FROM t", "runs code of others"),
        ("SELECT * FROM text.`/etc/passwd`", "reads files"),
        ("SELECT * FROM `parquet`.`/tmp/x`", "reads files"),
        ("SELECT * FROM read_files('/tmp')", "reads files"),
        ("SELECT * FROM IDENTIFIER('t')", "takes a name as text"),
        ("EXECUTE IMMEDIATE 'SELECT 1'", "exactly one SELECT"),
        ("DECLARE x = 1", "exactly one SELECT"),
        ("SELECT my_udf(id) AS x FROM t", "is no built-in function"),
        ("SELECT is_account_group_member('a') AS x FROM t", "only masks and filters may"),
        ("SELECT * FROM python_worker_logs()", "reads logs"),
        ("SELECT * FROM (" * 60 + "t" + ")" * 60, "is nested 60 deep"),
    ],
)
def test_what_a_view_may_not_run_is_named(sql, says):
    with pytest.raises(ExpressionError) as error:
        bind_query(sql, {"t": ("id",)}, "c", "s")
    assert says in error.value.message

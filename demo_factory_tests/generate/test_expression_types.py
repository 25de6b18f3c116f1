"""The type that an expression is planned with, where nobody says one, is the type that Spark gives it."""

from __future__ import annotations

import itertools

from demo_factory.sql.expressions import ExpressionError, bind

COLUMNS = {
    "bo": "boolean", "sm": "smallint", "i": "int", "b": "bigint", "f": "float", "d": "double", "de": "decimal(10,2)",
    "s": "string", "da": "date", "t": "timestamp", "n": "timestamp_ntz", "x": "binary", "a": "array<int>",
}  # fmt: skip
NUMBERS = (
    "0", "-7", "2147483647", "2147483648", "-2147483648", "-2147483649", "3000000000", "999999999999999999",
    "9223372036854775807", "9223372036854775808", "99999999999999999999", "2.5", "-0.1", "1e3", "1L", "2D", "3BD", "4S",
)  # fmt: skip
OTHERS = (
    "'x'", "NULL", "upper(s)", "lower(x)", "concat(s, i)", "concat(a, a)", "concat(x, x)", "substring(s, 1, 2)",
    "substring(x, 1, 2)", "to_date(s)", "date(t)", "i > 1", "NOT bo", "bo AND bo", "s LIKE 'x'", "s IN ('a')",
    "i <=> b", "s IS NULL", "i BETWEEN 1 AND 2", "s RLIKE 'x'", "exists(a, y -> y > 1)", "CAST(s AS TIMESTAMP_NTZ)",
    "s::int",
    "CAST(s AS VARCHAR(3))", "CAST(s AS TIMESTAMP)", "CAST(i AS LONG)", "CAST(s AS DECIMAL)", "try_cast(s AS int)",
    "s || i", "i & 3", "i + b", "i / 2", "-i", "(i)", "current_catalog", "upper(s COLLATE UTF8_LCASE)",
)  # fmt: skip
SIMPLE = (*COLUMNS, *NUMBERS, *OTHERS[:-2])
CHOSEN = [
    text.format(one, other)
    for one, other in itertools.combinations_with_replacement(SIMPLE, 2)
    for text in ("CASE WHEN bo THEN {} ELSE {} END", "IF(bo, {}, {})")
] + [f"CASE i WHEN 1 THEN {one} END" for one in SIMPLE]


def test_a_planned_type_is_sparks(spark):
    """Spark names the types; of what it refuses nothing is said, for it is refused before a build too."""
    from pyspark.errors import PySparkException

    def ask(asked: list[str]) -> dict[str, str]:
        """Spark's type of each, in as few questions as its refusals leave."""
        try:
            frame = spark.sql(
                f"SELECT {', '.join(f'{sql} AS c{n}' for n, sql in enumerate(asked))} FROM (SELECT {below})"
            )
        except PySparkException:
            half = len(asked) // 2
            return ask(asked[:half]) | ask(asked[half:]) if half else {}
        return dict(zip(asked, (kind for _, kind in frame.dtypes), strict=True))

    below = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    planned = []
    for text in (*SIMPLE, *CHOSEN):
        try:
            sql, kind = bind(text, lambda name: f"`{name}`", COLUMNS.get)
        except ExpressionError:
            continue
        if kind is not None:
            planned.append((text, sql, kind))
    assert len(planned) > 200
    types = ask([sql for _, sql, _ in planned])
    assert len(types) > 200
    wrong = [(text, kind, given) for text, sql, kind in planned for given in [types.get(sql, kind)] if given != kind]
    assert wrong == []

"""Counts of failing rows against pandas, on frames nobody thought of."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from demo_factory.quality.check import judge
from demo_factory.resources.graph import Rule
from demo_factory_tests.quality.tables import AS_OF, table_with

pytestmark = pytest.mark.spark
KEYS = st.one_of(
    st.none(),
    st.integers(0, 200).map(lambda n: f"K-{n:04d}"),
    st.sampled_from(["K-77", "K-077", "K-0077", "L-77", "K-78", "K-+78"]),
    st.text("ab1\u00e9 ", max_size=3),
)
ROWS = st.tuples(
    KEYS,
    st.none() | st.integers(-5, 5) | st.sampled_from([2**31 - 1, -(2**31)]),
    st.none() | st.floats(-3, 3) | st.sampled_from([math.nan, math.inf, -math.inf]),
)
RULES = (
    Rule("k_required", "required", ("k",)),
    Rule("k_unique", "unique", ("k",)),
    Rule("k_n_unique", "unique", ("k", "n")),
    Rule("k_pattern", "pattern", ("k",), "K-[0-9]{4}$"),
    Rule("n_min", "min", ("n",), -1.5),
    Rule("n_unique", "unique", ("n",)),
    Rule("n_allowed", "allowed", ("n",), (0, 1, 2)),
    Rule("v_min", "min", ("v",), 0),
    Rule("v_max", "max", ("v",), 1.25),
)


def _expected(frame: pd.DataFrame) -> dict[str, int]:
    k, n, v = frame["k"], frame["n"], frame["v"]
    known_v = frame["v_known"]
    both = frame[k.notna() & n.notna()]
    counts: dict[str, Any] = {
        "k_required": k.isna().sum(),
        "k_unique": k.dropna().duplicated(keep=False).sum(),
        "k_n_unique": both.duplicated(["k", "n"], keep=False).sum(),
        "k_pattern": (k.notna() & ~k.fillna("").str.match(r"K-[0-9]{4}$")).sum(),
        "n_min": (n < -1.5).sum(),
        "n_unique": n.dropna().duplicated(keep=False).sum(),
        "n_allowed": (n.notna() & ~n.isin([0, 1, 2])).sum(),
        "v_min": (known_v & ~(v >= 0)).sum(),
        "v_max": (known_v & ~(v <= 1.25)).sum(),
    }
    return {name: int(count) for name, count in counts.items()}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=40))
def test_failing_rows_are_those_that_pandas_counts(spark: SparkSession, rows: list[tuple[Any, Any, Any]]):
    frame = spark.createDataFrame(rows, "k string, n int, v double").repartition(3)
    oracle = pd.DataFrame(
        {
            "k": pd.Series([row[0] for row in rows], dtype="object"),
            "n": pd.Series([row[1] for row in rows], dtype="Int64"),
            "v": pd.Series([row[2] for row in rows], dtype="float64"),
            "v_known": pd.Series([row[2] is not None for row in rows], dtype="bool"),
        }
    )
    results = judge(frame, table_with(*RULES, key="k"), AS_OF)
    assert {result.rule.name: result.failing_rows for result in results} == _expected(oracle)
    assert all(result.passed == (result.failing_rows == 0) for result in results)

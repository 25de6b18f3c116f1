"""Whatever columns a table has, its cells are functions of seed and row: how Spark cuts the rows changes none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demo_factory.blueprint.load import loads
from demo_factory.generate.carriers import frame_of
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
COUNTRIES = {"US": 0.5, "DE": 0.3, "FR": 0.2}
SMALL, SHAPES = st.integers(2, 20), st.floats(0.5, 4).map(lambda x: round(x, 2))
WORDS = st.lists(st.text("abcdé-", min_size=1, max_size=4), min_size=2, max_size=4, unique=True)
FORMULAS = st.one_of(
    st.tuples(SMALL, SMALL).map(lambda two: {"uniform": {"min": two[0], "max": sum(two)}}),
    st.tuples(SMALL, SMALL).map(lambda two: {"uniform": {"min": two[0], "max": sum(two)}, "type": "int"}),
    st.tuples(SMALL, SHAPES).map(lambda two: {"normal": {"mean": two[0], "std": two[1]}}),
    st.tuples(SMALL, SHAPES).map(lambda two: {"lognormal": {"median": two[0], "sigma": two[1]}}),
    st.tuples(SHAPES, SMALL).map(lambda two: {"weibull": {"shape": two[0], "scale": two[1]}}),
    st.tuples(SHAPES, SHAPES).map(lambda two: {"beta": {"a": two[0], "b": two[1]}}),
    st.tuples(SHAPES, SMALL).map(lambda two: {"gamma": {"shape": two[0], "scale": two[1]}}),
    SMALL.map(lambda mean: {"poisson": {"mean": mean}}),
    st.tuples(SMALL, SHAPES).map(lambda two: {"zipf": {"n": two[0], "exponent": two[1]}}),
    SMALL.map(lambda mean: {"exponential": {"mean": mean, "min": 0, "max": 90}}),
    WORDS.map(lambda words: {"choice": words}),
    WORDS.map(lambda words: {"cycle": words}),
    SHAPES.map(lambda x: {"boolean": x / 4}),
    st.sampled_from(["first_name", "last_name"]).map(lambda part: {"person": part}),
    st.just({"template": "{k} of {parent.name}"}),
    st.just({"expr": "concat_ws('/', k, parent.name, parent.score)"}),
)
REFS = st.sampled_from(
    [{"table": "parents"}, {"table": "parents", "pick": "zipf"}, {"table": "parents", "pick": "pareto"}]
)


@st.composite
def columns(draw: st.DrawFn) -> dict[str, Any]:
    """A table's columns: a key, an arrival, a parent, and up to eight of any other kind, some of them with nulls."""
    found: dict[str, Any] = {"k": {"key": "K-00000"}, "at": {"arrival": "timestamp"}, "parent": {"ref": draw(REFS)}}
    for place, formula in enumerate(draw(st.lists(FORMULAS, min_size=4, max_size=8))):
        found[f"c{place}"] = formula | draw(st.sampled_from([{}, {"nulls": 0.25}]))
    return found


def plan_of(made: dict[str, Any], seed: int):
    parents = {"id": {"key": "P-000"}, "name": {"person": "first_name"}, "score": {"uniform": {"min": 0, "max": 9}}}
    tables = {
        "parents": {"rows": 40, "people": COUNTRIES, "columns": parents},
        "t": {"rows": 700, "arrives": {}, "people": COUNTRIES, "columns": made},
    }
    text = json.dumps({"demo": "columns", "seed": seed, "history": "30 days", "tables": tables})  # which YAML is, too
    return compile_demo(loads(text), as_of=AS_OF)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=columns(), seed=st.integers(0, 2**31))
def test_one_eight_and_sixty_four_partitions_give_the_same_cells(spark, made, seed):
    table = plan_of(made, seed).steps["t"].plan

    def cells(first: int, last: int, partitions: int) -> list[tuple[object, ...]]:
        rows = frame_of(spark, table, first, last, partitions, "spark").collect()
        return sorted((tuple(row) for row in rows), key=lambda row: str(row[0]))

    whole = cells(0, table.rows, 1)
    assert len(whole) == 700
    assert cells(0, table.rows, 8) == whole
    assert cells(0, table.rows, 64) == whole
    assert cells(0, 300, 8) + cells(300, table.rows, 1) == whole  # as an append makes them

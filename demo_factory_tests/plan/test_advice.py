"""What an error advises works: each remedy is followed to the letter, and the error is gone."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.blueprint.suggestions import no_such
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.plan.demos import AS_OF

TWO = """
demo: two
history: 60 days
tables:
  parents: {{rows: {rows}, arrives: {parents}, columns: {{id: {{key: integer}}, since: {{arrival: date}}}}}}
  children:
    rows: 200
    arrives: {children}
    columns: {{id: {{key: integer}}, parent_id: {{ref: parents}}, day: {{arrival: date}}}}
"""
ARRIVALS = st.builds(
    lambda initial, before: f"{{initial: {initial}, before: {before} days}}",
    st.sampled_from([0, 0.05, 0.3, 0.9]),
    st.sampled_from([1, 20, 400, 1095, 3000]),
)


def problem_of(text):
    try:
        compile_demo(loads(text), as_of=AS_OF)
    except BlueprintError as error:
        return error.problems[0]
    return None


@settings(max_examples=settings().max_examples * 3 // 2)
@given(ARRIVALS, ARRIVALS, st.sampled_from([1, 3, 10, 500]))
def test_a_parent_that_comes_too_late_is_told_how_to_come_earlier(parents, children, rows):
    problem = problem_of(TWO.format(rows=rows, parents=parents, children=children))
    if problem is None:
        return
    assert "before any row of parents exists" in problem.message
    found = re.fullmatch(r"Give parents arrives: (\{.*\})(?: and at least (\d+) rows .*)?\.", problem.remedy)
    assert problem_of(TWO.format(rows=found[2] or rows, parents=found[1], children=children)) is None


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("nothing.at", "children has no ref that 'nothing' could mean; use parent_id or parents"),
        ("parents.sinc", "parents has no column 'sinc'; did you mean 'since'?"),
        ("parent_id.since", None),
        ("id.since", "id is no ref to another table and no struct, so it has no 'since'"),
    ],
)
def test_a_name_that_no_expression_can_reach(expression, says):
    text = TWO.format(rows=5, parents="{initial: 0.5}", children="{}")
    problem = problem_of(text.replace("day: {arrival: date}", f"day: {{arrival: date}}, x: {{expr: {expression}}}"))
    assert (problem and f"{problem.message}; {problem.remedy}"[: len(says or "")]) == says


def test_a_table_without_refs_is_told_to_have_one():
    text = TWO.format(rows=5, parents="{initial: 0.5}", children="{}")
    (before, after) = ("since: {arrival: date}", "since: {arrival: date}, x: {expr: shops.city}")
    problem = problem_of(text.replace(before, after))
    assert problem.remedy == "name a column of parents, or give it one as `shops_id: {ref: shops}`"


def test_no_list_of_nothing_is_ever_said():
    assert str(no_such("There is no x.", "x", [], "Make one first.")) == "There is no x. Make one first."
    assert str(no_such("There is no x.", "x", ["abc", "d"])) == "There is no x. Use abc or d."
    assert str(no_such("There is no abd.", "abd", ["abc", "d"])) == "There is no abd. Did you mean 'abc'?"

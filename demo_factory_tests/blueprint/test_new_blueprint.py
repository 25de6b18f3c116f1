"""The blueprint a user starts from is small and right, whatever the demo is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import loads
from demo_factory.blueprint.names import LONGEST_NAME, is_identifier
from demo_factory.blueprint.new import new_blueprint


@given(st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True).filter(is_identifier))
def test_it_loads_for_any_name(name):
    assert loads(new_blueprint(name)).demo == name


@pytest.mark.parametrize("name", ["yes", "no", "n", "nan", "e1", "customers", "a" * LONGEST_NAME])
def test_it_loads_for_names_that_mean_something_elsewhere(name):
    blueprint = loads(new_blueprint(name))
    assert blueprint.demo == name
    assert blueprint.place("dev", "ada")[0] == f"dev_{name}_demo"


@pytest.mark.parametrize("name", ["", "Bad", "a-b", "1a", "null", "a" * (LONGEST_NAME + 1), "a\n", "é"])
def test_names_that_cannot_be_used_are_refused(name):
    with pytest.raises(DemoError, match="No demo can have this name"):
        new_blueprint(name)


def test_it_is_small_and_points_to_the_schema():
    text = new_blueprint("shop", schema="schema.json")
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(lines) < 40
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert max(map(len, text.splitlines())) <= 120

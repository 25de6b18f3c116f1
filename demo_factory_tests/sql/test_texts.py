"""Without Spark: every query of the corpus becomes a view, and but for names and dates its text is the author's."""

from __future__ import annotations

import re

import pytest

from demo_factory_tests.sql.corpus import entries
from demo_factory_tests.sql.demo import WORLDS
from demo_factory_tests.sql.worlds import plan_with

VIEWS = {f"v_{entry.id}": entry for entry in entries("differential") if "guard" not in entry.marks}
_FULL = re.compile(r"`corpus_demo`\.`shop`\.`(\w+)`")


@pytest.mark.parametrize("first", [0, *(pytest.param(first, marks=pytest.mark.nightly) for first in (1, 2))])
def test_all_but_names_and_dates_stays_as_it_was_written(first):
    some = dict([*VIEWS.items()][first::3])
    plan, refused = plan_with(WORLDS[0], {name: entry.text for name, entry in some.items()})
    assert refused == {}
    for name, entry in some.items():
        made = plan.steps[name].plan.sql
        short = _FULL.sub(r"\1", made).replace("DATE'2026-11-24'", ":as_of")
        # where the author gave the day himself there is none to put in
        assert short.lower() == entry.text.strip().replace("DATE'2026-11-24'", ":as_of").lower(), name

"""Verdicts in plain words."""

from __future__ import annotations

import datetime as dt
import pickle

import pytest

from demo_factory.blueprint.errors import ContractBroken
from demo_factory.plan.contracts import promise
from demo_factory.quality.results import RuleResult, raise_if_blocking
from demo_factory.resources.graph import Rule
from demo_factory.sql.names import FullName

CUSTOMERS = FullName("dev_retail_demo", "sales", "customers")
BROKEN = RuleResult(
    Rule("amount_min", "min", ("amount",), 0.0),
    False,
    17,
    ("-3.10", "-2.00"),
    "17 of 60,000 rows break it",
    "transactions",
)


def test_one_sentence_names_table_promise_rows_and_values():
    assert BROKEN.message == (
        "transactions: amount must be at least 0: 17 of 60,000 rows break it, for example -3.10, -2.00"
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("r", "required", ("a",)), "a must not be empty"),
        (Rule("r", "type", ("a",), "decimal(12,2)"), "a must be of type decimal(12,2)"),
        (Rule("r", "min", ("a",), 0.5), "a must be at least 0.5"),
        (Rule("r", "max", ("a",), 10_000), "a must be at most 10,000"),
        (Rule("r", "max", ("a",), dt.date(2024, 1, 31)), "a must be at most 2024-01-31"),
        (Rule("r", "allowed", ("a",), ("x", "y")), "a must be one of x, y"),
        (Rule("r", "allowed", ("a",), tuple(range(11))), "a must be one of 0, 1, 2, 3, 4, 5, 6, 7 and 3 more"),
        (Rule("r", "pattern", ("a",), "^C-"), "a must match ^C-"),
        (Rule("r", "unique", ("a", "b")), "a, b must not repeat"),
        (Rule("r", "rows", (), (10, None)), "the table must have at least 10 rows"),
        (Rule("r", "rows", (), (None, 2000)), "the table must have at most 2,000 rows"),
        (Rule("r", "rows", (), (1, 2)), "the table must have between 1 and 2 rows"),
        (Rule("r", "freshness", ("a",), 36), "a must be at most 36 hours old at the end of the day"),
        (Rule("r", "orphans", ("a",), None, True, CUSTOMERS, "id"), "a must exist in customers.id"),
        (Rule("r", "not_before", ("a",), None, True, CUSTOMERS, "born"), "a must not lie before customers.born"),
    ],
)
def test_every_kind_of_rule_has_words(rule: Rule, words: str):
    assert promise(rule) == words


def test_a_broken_blocking_rule_stops_with_its_name_rows_and_values():
    with pytest.raises(ContractBroken, match="amount must be at least 0: 17 of 60,000 rows") as caught:
        raise_if_blocking([BROKEN, RuleResult(BROKEN.rule, True)])
    assert "rule amount_min" in str(caught.value)
    assert "-3.10, -2.00" in str(pickle.loads(pickle.dumps(caught.value)))


def test_a_broken_rule_that_does_not_block_lets_go_on():
    raise_if_blocking([RuleResult(Rule("r", "min", ("a",), 0, blocking=False), False, 1)])

"""Judges a table by its contract: one verdict a rule."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, SparkSession

from demo_factory.quality.backend import Finding
from demo_factory.quality.contract import Contract, schema_of
from demo_factory.quality.cross_table import check_across, judge_across
from demo_factory.quality.results import RuleResult, raise_if_blocking
from demo_factory.resources.graph import Rule, TablePlan

__all__ = ["check_across", "check_table", "judge", "judge_across", "raise_if_blocking"]

_LABELS = {"required": "not_nullable", "type": "dtype"}


def check_table(
    spark: SparkSession, table: TablePlan, as_of: dt.date, schema: Contract | None = None
) -> tuple[RuleResult, ...]:
    """Judge the table that is written under the plan's full name by all its rules but those across tables."""
    return judge(spark.table(table.full_name.quoted), table, as_of, schema)


def judge(frame: DataFrame, table: TablePlan, as_of: dt.date, schema: Contract | None = None) -> tuple[RuleResult, ...]:
    """The same for a frame at hand.

    Args:
        frame: what is judged.
        table: the plan whose rules are judged, in its order.
        as_of: freshness is counted from the end of this day.
        schema: the table's Pandera schema when the caller has it already.

    Raises:
        ValueError: when two rules cannot be told apart.
    """
    rules = [rule for rule in table.rules if not rule.cross_table]
    _refuse_confusion(table, rules)
    report = (schema or schema_of(table, as_of)).report(frame)
    found = {_place(finding): finding for finding in report.findings}
    return tuple(_result(table, rule, found[_key(rule)]) for rule in rules)


def _place(finding: Finding) -> tuple[str, str | None]:
    return finding.label, finding.column if finding.label in _LABELS.values() else None


def _key(rule: Rule) -> tuple[str, str | None]:
    label = _LABELS.get(rule.kind)
    return (rule.name, None) if label is None else (label, rule.columns[0])


def _refuse_confusion(table: TablePlan, rules: list[Rule]) -> None:
    known: dict[tuple[str, str | None], Rule] = {}
    for rule in rules:
        other = known.setdefault(_key(rule), rule)
        if (other.kind, other.columns, other.value) != (rule.kind, rule.columns, rule.value):
            raise ValueError(f"{table.name}: the rules {other.name} and {rule.name} cannot be told apart")


def _result(table: TablePlan, rule: Rule, finding: Finding) -> RuleResult:
    return RuleResult(rule, finding.passed, finding.failing_rows, finding.examples, finding.observed, table.name)

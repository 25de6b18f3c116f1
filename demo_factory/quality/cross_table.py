"""Judges the rules that need a second table: rows without a parent, and rows that lie before their parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DateType, NumericType

from demo_factory.quality.literals import is_time
from demo_factory.quality.results import RuleResult
from demo_factory.resources.graph import Rule, TablePlan
from demo_factory.sql.names import FullName, quote

_Join = tuple[FullName, str, str]  # the parent, the child's column, the parent's key


def check_across(spark: SparkSession, table: TablePlan, rules: Iterable[Rule]) -> tuple[RuleResult, ...]:
    """Judge cross-table rules of one table, in their order, in one job."""
    asked = tuple(rules)
    parents = {rule.parent: spark.table(rule.parent.quoted) for rule in asked if rule.parent is not None}
    return judge_across(spark.table(table.full_name.quoted), table, asked, parents)


def judge_across(
    child: DataFrame, table: TablePlan, rules: Iterable[Rule], parents: Mapping[FullName, DataFrame]
) -> tuple[RuleResult, ...]:
    """The same for frames at hand.

    Raises:
        ValueError: for a rule that names no parent.
    """
    asked = tuple(rules)
    groups: dict[_Join, list[int]] = {}
    results: dict[int, RuleResult] = {}
    for place, rule in enumerate(asked):
        join = _join(rule)
        problem = _problem(child, parents[join[0]], rule, join)
        if problem:
            results[place] = RuleResult(rule, False, observed=f"it cannot be judged: {problem}", table=table.name)
        else:
            groups.setdefault(join, []).append(place)
    judged = {place: number for number, place in enumerate(place for places in groups.values() for place in places)}
    if judged:
        found = _look(child, parents, [(join, [asked[place] for place in places]) for join, places in groups.items()])
        results |= {place: _result(table, asked[place], found, number) for place, number in judged.items()}
    return tuple(results[place] for place in range(len(asked)))


def _join(rule: Rule) -> _Join:
    if rule.parent is None:
        raise ValueError(f"{rule.name} names no parent table: judge it with check_table")
    if rule.kind == "orphans":
        return rule.parent, rule.columns[0], rule.parent_column
    return rule.parent, *rule.join


def _problem(child: DataFrame, parent: DataFrame, rule: Rule, join: _Join) -> str:
    name, child_column, parent_key = join
    for column, frame, owner in (
        (child_column, child, "the table"),
        (rule.columns[0], child, "the table"),
        (parent_key, parent, str(name)),
        (rule.parent_column, parent, str(name)),
    ):
        if column not in frame.columns:
            return f"{owner} has no column {column}"
    pairs = {(child_column, parent_key), (rule.columns[0], rule.parent_column)}
    for left, right in sorted(pairs):
        kinds = child.schema[left].dataType, parent.schema[right].dataType
        if not _comparable(*kinds):
            return f"{left} is {kinds[0].simpleString()}, {name.name}.{right} is {kinds[1].simpleString()}"
    return ""


def _comparable(left: DataType, right: DataType) -> bool:
    both_numbers = isinstance(left, NumericType) and isinstance(right, NumericType)
    return left == right or both_numbers or (is_time(left) and is_time(right))


def _look(child: DataFrame, parents: Mapping[FullName, DataFrame], groups: list[tuple[_Join, list[Rule]]]) -> Row:
    """One job: the child's rows, and for each rule the failing rows and their lowest and highest value."""
    needed = {join[1] for join, _ in groups} | {rule.columns[0] for _, rules in groups for rule in rules}
    joined = child.select(*[F.col(quote(column)).alias(f"child {column}") for column in sorted(needed)])
    asked = [F.count(F.lit(1)).alias("rows")]
    for number, (join, rules) in enumerate(groups):
        parent = parents[join[0]]
        keys = _keys(parent, join, rules, number)
        joined = joined.join(keys, F.col(quote(f"child {join[1]}")) == F.col(f"key{number}"), "left")
        for rule in rules:
            value = F.col(quote(f"child {rule.columns[0]}"))
            fails = _fails(child, parent, rule, value, number)
            shown, place = F.when(fails, value), len(asked) // 3
            asked += [F.count_if(fails).alias(f"failing{place}"), F.min(shown).cast("string").alias(f"low{place}"),
                      F.max(shown).cast("string").alias(f"high{place}")]  # fmt: skip
    return joined.agg(*asked).collect()[0]


def _keys(parent: DataFrame, join: _Join, rules: list[Rule], number: int) -> DataFrame:
    """One row a key of the parent: a key that repeats must not count its children twice."""
    wanted = sorted({rule.parent_column for rule in rules if rule.kind == "not_before"})
    return parent.groupBy(F.col(quote(join[2])).alias(f"key{number}")).agg(
        F.lit(True).alias(f"there{number}"),
        *[F.max(quote(column)).alias(f"bound{number} {column}") for column in wanted],
    )


def _fails(child: DataFrame, parent: DataFrame, rule: Rule, value: Column, number: int) -> Column:
    if rule.kind == "orphans":
        return value.isNotNull() & F.col(f"there{number}").isNull()
    bound = F.col(quote(f"bound{number} {rule.parent_column}"))
    kinds = [child.schema[rule.columns[0]].dataType, parent.schema[rule.parent_column].dataType]
    # A date against a moment compares days: an order of the day of signing up is not before it.
    by_day = kinds[0] != kinds[1] and any(isinstance(kind, DateType) for kind in kinds)
    return F.to_date(value) < F.to_date(bound) if by_day else value < bound


def _result(table: TablePlan, rule: Rule, found: Row, number: int) -> RuleResult:
    failing, rows = int(found[f"failing{number}"]), int(found["rows"])
    ends = (found[f"low{number}"], found[f"high{number}"])
    examples = tuple(dict.fromkeys(str(end) for end in ends if end is not None))
    observed = f"{failing:,} of {rows:,} rows break it" if failing else f"all {rows:,} rows keep it"
    return RuleResult(rule, failing == 0, failing, examples, observed if rows else "the table is empty", table.name)

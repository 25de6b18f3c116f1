"""Judges the rules that need a second table: rows without a parent, and rows that lie before their parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import DataType, DateType, NumericType

from demo_factory.plan.names import FullName, quote
from demo_factory.plan.steps import Rule, TablePlan
from demo_factory.quality.literals import is_time
from demo_factory.quality.results import RuleResult

_Join = tuple[FullName, str, str]  # the parent, the child's column, the parent's key


def check_across(spark: SparkSession, table: TablePlan, rules: Iterable[Rule]) -> tuple[RuleResult, ...]:
    """Judge cross-table rules of one table, in their order; rules over the same join share one job."""
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
    for join, places in groups.items():
        found = _look(child, parents[join[0]], join, [asked[place] for place in places])
        results |= {place: _result(table, asked[place], found, number) for number, place in enumerate(places)}
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


def _look(child: DataFrame, parent: DataFrame, join: _Join, rules: list[Rule]) -> Row:
    """One job: the child's rows, and for each rule the failing rows and their lowest and highest value."""
    wanted = sorted({rule.parent_column for rule in rules if rule.kind == "not_before"})
    places = {column: f"bound{number}" for number, column in enumerate(wanted)}
    # A parent's key that repeats must not count its children twice, so the parent is reduced to one row a key first.
    keys = parent.groupBy(F.col(quote(join[2])).alias("parent key")).agg(
        F.lit(True).alias("there"), *[F.max(quote(column)).alias(name) for column, name in places.items()]
    )
    needed = sorted({join[1], *(rule.columns[0] for rule in rules)})
    left = child.select(*[F.col(quote(column)).alias(f"child {column}") for column in needed])
    joined = left.join(keys, F.col(quote(f"child {join[1]}")) == F.col("`parent key`"), "left")
    asked = [F.count(F.lit(1)).alias("rows")]
    for number, rule in enumerate(rules):
        value = F.col(quote(f"child {rule.columns[0]}"))
        fails = _fails(child, parent, rule, value, places)
        shown = F.when(fails, value)
        asked += [F.count_if(fails).alias(f"failing{number}"), F.min(shown).cast("string").alias(f"low{number}"),
                  F.max(shown).cast("string").alias(f"high{number}")]  # fmt: skip
    return joined.agg(*asked).collect()[0]


def _fails(child: DataFrame, parent: DataFrame, rule: Rule, value: Column, places: Mapping[str, str]) -> Column:
    if rule.kind == "orphans":
        return value.isNotNull() & F.col("there").isNull()
    bound = F.col(places[rule.parent_column])
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

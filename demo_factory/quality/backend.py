"""A Pandera backend for Spark that judges all of a schema's checks in one aggregate instead of a job a check.

1. one aggregate: the row count, the failing rows of every check, and the promises about the whole table
2. only with keys: one pass that proves that none repeats (see `distinct`)
3. only after a failure: one pass for the lowest and the highest failing value of each broken check
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import pandera.pyspark as pa
from pandera.errors import SchemaDefinitionError, SchemaErrorReason
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from demo_factory.quality.literals import NotJudgeableError
from demo_factory.quality.predicates import Cell, Distinct, Promise, register
from demo_factory.quality.uniqueness import Prefix, numbers_repeat, prefix_of, repeated
from demo_factory.sql.names import quote


@dataclass(frozen=True)
class Finding:
    """What one item of a schema came to.

    `label` is the check's title or name, or `dtype`, `not_nullable`, `column_in_dataframe` for the items
    that have no check of their own.
    """

    label: str
    column: str | None
    check: Any
    reason: SchemaErrorReason
    passed: bool = True
    failing_rows: int = 0
    examples: tuple[str, ...] = ()
    observed: str = ""


@dataclass(frozen=True)
class Report:
    """Every item of a schema, judged. `rows` is None when the schema asks nothing about rows."""

    findings: tuple[Finding, ...]
    rows: int | None = None


@dataclass(frozen=True)
class _Probe:
    """A finding that still needs Spark: failing rows to count, a promise to evaluate or keys to compare."""

    finding: Finding
    question: Column | Promise | Distinct
    shown: Column | None = None


def judge(frame: DataFrame, schema: Any) -> Report:
    """All findings of the schema on the frame, in the schema's order."""
    register()
    _refuse_changes(schema)
    items = list(_items(frame, schema))
    probes = [item for item in items if isinstance(item, _Probe)]
    rows, answers = _ask(frame, probes)
    known = iter(answers)
    return Report(tuple(next(known) if isinstance(item, _Probe) else item for item in items), rows)


def _refuse_changes(schema: Any) -> None:
    changes = {
        "coerce": schema.coerce or any(column.coerce for column in schema.columns.values()),
        "strict or ordered": schema.strict or schema.ordered,
        "add_missing_columns": schema.add_missing_columns,
        "drop_invalid_rows": schema.drop_invalid_rows,
        "parsers": bool(schema.parsers),
        "regex columns": any(column.regex for column in schema.columns.values()),
    }
    found = [name for name, wanted in changes.items() if wanted]
    if found:
        raise SchemaDefinitionError(f"a Contract judges named columns and changes nothing: remove {', '.join(found)}")


def _items(frame: DataFrame, schema: Any) -> Iterator[Finding | _Probe]:
    row_name = _row_name(frame, (schema.metadata or {}).get("key"))
    for name, column in schema.columns.items():
        if name in frame.columns:
            yield from _column_items(frame, name, column, row_name)
        elif column.required:
            yield from _missing_column(name, column)
    whole = Cell(frame)
    for check in schema.checks:
        yield _check_item(whole, check, SchemaErrorReason.DATAFRAME_CHECK, row_name)
    if schema.unique:
        yield _check_item(whole, pa.Check.never_repeats(list(schema.unique)), SchemaErrorReason.DUPLICATES, None)


def _column_items(frame: DataFrame, name: str, column: Any, row_name: Column | None) -> Iterator[Finding | _Probe]:
    cell = Cell(frame, name)
    if column.dtype is not None:
        # by name: whether an element inside may be empty is no part of what a contract says
        passed = column.dtype.type.simpleString() == cell.type.simpleString()
        check = f"dtype('{column.dtype}')"
        yield Finding("dtype", name, check, SchemaErrorReason.WRONG_DATATYPE, passed,
                      observed=f"its type is {cell.type.simpleString()}")  # fmt: skip
    if not column.nullable:
        finding = Finding("not_nullable", name, "not_nullable", SchemaErrorReason.SERIES_CONTAINS_NULLS)
        yield _Probe(finding, cell.column.isNull(), row_name)
    for check in column.checks:
        yield _check_item(cell, check, SchemaErrorReason.CHECK_ERROR, cell.column)


def _missing_column(name: str, column: Any) -> Iterator[Finding]:
    labels: list[tuple[str, Any]] = [("column_in_dataframe", "column_in_dataframe")]
    if column.dtype is not None:
        labels.append(("dtype", f"dtype('{column.dtype}')"))
    if not column.nullable:
        labels.append(("not_nullable", "not_nullable"))
    labels += [(check.title or check.name, check) for check in column.checks]
    for label, check in labels:
        yield Finding(label, name, check, SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME, passed=False,
                      observed=f"the column {name} is missing")  # fmt: skip


def _check_item(cell: Cell, check: Any, reason: SchemaErrorReason, shown: Column | None) -> Finding | _Probe:
    finding = Finding(check.title or check.name, cell.column_name, check, reason)
    try:
        answer = check(cell).check_output
    except NotJudgeableError as problem:
        return replace(finding, passed=False, observed=f"it cannot be judged: {problem}")
    if isinstance(answer, bool):  # a check that ran its own Spark jobs
        return replace(finding, passed=answer, observed="it holds" if answer else "it does not hold")
    if not isinstance(answer, Column):
        return _Probe(finding, answer)
    return _Probe(finding, ~answer if check.ignore_na else ~F.coalesce(answer, F.lit(False)), shown)


def _row_name(frame: DataFrame, key: str | None) -> Column | None:
    if key is None or key not in frame.columns:
        return None
    return F.concat(F.lit(f"{key} "), F.col(quote(key)).cast("string"))


def _ask(frame: DataFrame, probes: list[_Probe]) -> tuple[int | None, list[Finding]]:
    if not probes:
        return None, []
    first = _first_pass(frame, probes)
    rows = int(first["rows"])
    findings = [_answer(probe, first, place, rows) for place, probe in enumerate(probes)]
    suspects = _suspects(frame, probes, first)
    broken = [place for place, probe in enumerate(probes) if probe.shown is not None and findings[place].failing_rows]
    for place, failing, examples in _second_look(frame, probes, broken, suspects):
        found = replace(findings[place], examples=examples)
        findings[place] = _counted(found, failing, rows, "repeat") if place in suspects else found
    return rows, findings


def _first_pass(frame: DataFrame, probes: list[_Probe]) -> Row:
    asked = [F.count(F.lit(1)).alias("rows")]
    for place, probe in enumerate(probes):
        match probe.question:
            case Promise(holds, observed):
                asked += [holds.alias(f"p{place}"), observed.alias(f"seen{place}")]
            case Distinct(columns):
                length, hashed = prefix_of(frame, columns) or (F.lit(None), F.lit(None))
                asked += [length.alias(f"p{place}"), hashed.alias(f"hash{place}")]
            case fails:
                asked.append(F.count_if(fails).alias(f"p{place}"))
    return frame.agg(*asked).collect()[0]


def _answer(probe: _Probe, first: Row, place: int, rows: int) -> Finding:
    match probe.question:
        case Promise():
            return replace(probe.finding, passed=bool(first[f"p{place}"]), observed=str(first[f"seen{place}"]))
        case Distinct():
            return _counted(probe.finding, 0, rows, "repeat")
    return _counted(probe.finding, int(first[f"p{place}"]), rows, "break it")


def _counted(finding: Finding, failing: int, rows: int, verb: str) -> Finding:
    if failing:
        return replace(finding, passed=False, failing_rows=failing, observed=f"{failing:,} of {rows:,} rows {verb}")
    return replace(finding, observed=f"all {rows:,} rows keep it" if rows else "the table is empty")


def _suspects(frame: DataFrame, probes: list[_Probe], first: Row) -> dict[int, Distinct]:
    """The keys whose numbers repeat, by one union of one-row queries."""
    asked = {place: probe.question for place, probe in enumerate(probes) if isinstance(probe.question, Distinct)}
    if not asked or not first["rows"]:
        return {}
    questions = [
        numbers_repeat(frame, keys.columns, _prefix(first, place)).select(F.lit(place), "*")
        for place, keys in asked.items()
    ]
    return {place: asked[place] for place, repeats in reduce(DataFrame.unionAll, questions).collect() if repeats}


def _prefix(first: Row, place: int) -> Prefix | None:
    length = first[f"p{place}"]
    return None if length is None else Prefix(length, first[f"hash{place}"])


def _second_look(
    frame: DataFrame, probes: list[_Probe], broken: list[int], suspects: dict[int, Distinct]
) -> list[tuple[int, int, tuple[str, ...]]]:
    """For each broken check: its place, its failing rows (of keys only) and its lowest and highest failing value."""
    questions = [repeated(frame, keys.columns).select(F.lit(place), "*") for place, keys in suspects.items()]
    if broken:
        questions.append(_extremes(frame, probes, broken))
    if not questions:
        return []
    answers = reduce(DataFrame.unionAll, questions).collect()
    return [(place, rows, _examples(low, high)) for place, rows, low, high in answers if rows]


def _extremes(frame: DataFrame, probes: list[_Probe], broken: list[int]) -> DataFrame:
    # The extremes cost constant memory however many rows fail, and they are the same at any partitioning.
    lines = []
    for place in broken:
        shown = F.when(probes[place].question, probes[place].shown)
        ends = [end(shown).cast("string") for end in (F.min, F.max)]
        lines.append(F.struct(F.lit(place).alias("place"), F.lit(1).cast("bigint").alias("rows"),
                              ends[0].alias("lowest"), ends[1].alias("highest")))  # fmt: skip
    return frame.agg(F.array(*lines).alias("lines")).select(F.inline("lines"))


def _examples(low: str | None, high: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in (low, high) if value is not None))

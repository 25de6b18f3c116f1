"""A table's contract as a Pandera schema: print it, write it as YAML, or validate a frame of your own with it."""

from __future__ import annotations

import datetime as dt
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pyspark as pa
import pyspark.sql
import yaml
from pandera.errors import FailureCaseMetadata, SchemaError, SchemaErrors, SchemaWarning

from demo_factory.compat.pandera import BaseSchemaBackend, ErrorHandler, get_error_category
from demo_factory.quality.backend import Finding, Report, judge
from demo_factory.quality.document import dtype_of, from_document, to_document
from demo_factory.quality.predicates import register
from demo_factory.resources.graph import Rule, TablePlan


class Contract(pa.DataFrameSchema):  # type: ignore[misc]
    """A `pandera.pyspark.DataFrameSchema` that is judged in one aggregate, with counts and examples.

    `validate` returns the frame, or raises `pandera.errors.SchemaErrors` (with `lazy=False` the first `SchemaError`);
    `report` gives every finding, kept promises too. A check may be one of Pandera's or a function of a `Cell` that
    returns a Spark condition, as `Check(lambda cell: cell.column % 2 == 0)`.
    """

    @staticmethod
    def register_default_backends(check_obj_cls: type) -> None:
        """Pandera asks for this before it looks up the backend of a frame."""
        Contract.register_backend(pyspark.sql.DataFrame, OnePassBackend)

    def report(self, frame: pyspark.sql.DataFrame) -> Report:
        """Judge the frame without raising."""
        return judge(frame, self)

    def to_yaml(self, stream: str | PathLike[str] | None = None, *, minimal: bool = True) -> str | None:
        """The contract as YAML: returned, or written to a file."""
        text: str = yaml.safe_dump(to_document(self), sort_keys=False, allow_unicode=True)
        if stream is None:
            return text
        Path(stream).write_text(text, encoding="utf-8")
        return None

    @classmethod
    def from_yaml(cls, yaml_schema: str | PathLike[str]) -> Contract:
        """The contract that `to_yaml` wrote, from its text or its file."""
        is_text = isinstance(yaml_schema, str) and "\n" in yaml_schema
        text = str(yaml_schema) if is_text else Path(yaml_schema).read_text(encoding="utf-8")
        return cls(**from_document(yaml.safe_load(text)))


class OnePassBackend(BaseSchemaBackend):  # type: ignore[misc]
    """Turns the findings of one pass into Pandera's errors."""

    def validate(
        self,
        check_obj: pyspark.sql.DataFrame,
        schema: Contract,
        *,
        head: int | None = None,
        tail: int | None = None,
        sample: float | None = None,
        random_state: int | None = None,
        lazy: bool = False,
        inplace: bool = False,
    ) -> pyspark.sql.DataFrame:
        """Judge a frame; head and tail have no meaning for Spark, sample is a share of the rows.

        Raises:
            SchemaErrors: with every failing item; SchemaError with the first one when not lazy.
        """
        judged = check_obj if sample is None else check_obj.sample(fraction=sample, seed=random_state)
        errors = ErrorHandler(lazy=lazy)
        for finding in schema.report(judged).findings:
            if finding.passed:
                continue
            error = _error(schema, check_obj, finding)
            if getattr(finding.check, "raise_warning", False):
                warnings.warn(str(error), SchemaWarning, stacklevel=2)
            else:
                errors.collect_error(get_error_category(finding.reason), finding.reason, error)
        if errors.collected_errors:
            raise SchemaErrors(schema, errors.schema_errors, check_obj)
        return check_obj

    def failure_cases_metadata(self, schema_name: str, schema_errors: list[SchemaError]) -> FailureCaseMetadata:
        """Pandera's summary: a small table of examples, the errors by category, and their number by reason."""
        summary = ErrorHandler(lazy=True)
        counts: dict[str, int] = {}
        for error in schema_errors:
            summary.collect_error(get_error_category(error.reason_code), error.reason_code, error)
            counts[error.reason_code.name] = counts.get(error.reason_code.name, 0) + 1
        cases = pd.concat([error.failure_cases for error in schema_errors], ignore_index=True)
        message = {category: dict(reasons) for category, reasons in summary.summarize(schema_name).items()}
        return FailureCaseMetadata(cases, message, counts)


def schema_of(table: TablePlan, as_of: dt.date | None = None) -> Contract:
    """The table's own rules, not those across tables, as a Pandera schema.

    Freshness is counted from the end of `as_of`, or of today. A column has exactly what its rules say: a dtype by a
    `type` rule, not nullable by a `required` rule.
    """
    register()
    rules = [rule for rule in table.rules if not rule.cross_table]
    comments = {column.name: column.comment for column in table.visible}
    names = [*comments, *(rule.columns[0] for rule in rules if _of_column(rule))]
    return Contract(
        columns={
            name: _column([rule for rule in rules if _of_column(rule) and rule.columns[0] == name], comments.get(name))
            for name in dict.fromkeys(names)
        },
        checks=[_table_check(rule, as_of) for rule in rules if not _of_column(rule)],
        name=str(table.full_name),
        description=table.comment or None,
        metadata={"key": table.key},
    )


def _of_column(rule: Rule) -> bool:
    return rule.kind in ("required", "type", "min", "max", "allowed", "pattern")


def _column(rules: list[Rule], comment: str | None) -> Any:
    kinds = {rule.kind: rule for rule in rules}
    return pa.Column(
        dtype=dtype_of(str(kinds["type"].value)) if "type" in kinds else None,
        checks=[_value_check(rule) for rule in rules if rule.kind not in ("required", "type")],
        nullable="required" not in kinds,
        required=bool(rules),
        description=comment or None,
    )


def _value_check(rule: Rule) -> Any:
    value: Any = rule.value
    match rule.kind:
        case "min":
            return pa.Check.greater_than_or_equal_to(value, title=rule.name)
        case "max":
            return pa.Check.less_than_or_equal_to(value, title=rule.name)
        case "allowed":
            return pa.Check.isin(list(value), title=rule.name)
    return pa.Check.str_matches(value, title=rule.name)


def _table_check(rule: Rule, as_of: dt.date | None) -> Any:
    value: Any = rule.value
    match rule.kind:
        case "unique":
            return pa.Check.never_repeats(list(rule.columns), title=rule.name)
        case "rows":
            return pa.Check.rows_between(*value, title=rule.name)
        case "freshness":
            return pa.Check.newest_within(rule.columns[0], value, as_of, title=rule.name)
    raise ValueError(f"{rule.name}: a rule of kind {rule.kind} needs a parent table")


def _error(schema: Contract, frame: pyspark.sql.DataFrame, finding: Finding) -> SchemaError:
    cases = pd.DataFrame(
        {
            "schema_context": "DataFrameSchema" if finding.column is None else "Column",
            "column": finding.column,
            "check": finding.label,
            "check_number": None,
            "failure_case": finding.examples or ("",),
            "index": None,
            "failing_rows": finding.failing_rows,
        }
    )
    subject = finding.label if finding.column is None else f"column '{finding.column}' {finding.label}"
    return SchemaError(
        schema,
        frame,
        f"{subject}: {finding.observed}" + (f", for example {', '.join(finding.examples)}" if finding.examples else ""),
        failure_cases=cases,
        check=finding.check,
        reason_code=finding.reason,
        column_name=finding.column,
    )

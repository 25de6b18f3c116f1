"""What only Spark can know of a blueprint, asked before anything is written: every expression, query and filter over
typed empty tables, in a session of its own. Spark parses and analyzes; no job runs and no table is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from demo_factory.blueprint.errors import DemoError, Problem
from demo_factory.blueprint.load import load_with_lines
from demo_factory.compat.spark_plans import analyzed, frame_of, nodes_of, parse_plan
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.formulas.types import in_sql
from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    TablePlan,
    ViewPlan,
)
from demo_factory.sql.functions import GROUP_TEST, may_fill_a_cell, why_not
from demo_factory.sql.names import ROW, FullName, quote
from demo_factory.workspace.query_forms import check_reads, functions_in
from demo_factory.workspace.spark_errors import spark_says

if TYPE_CHECKING:
    from pathlib import Path as PathOfFile

    from pyspark.sql import DataFrame, SparkSession


Path = tuple[str | int, ...]
Types = Mapping[str, str]
_PASSING_DAYS = frozenset(("now", "today", "yesterday", "tomorrow"))
_SCORES = {"prediction": "string", "probability": "double", "positive_chance": "double", "model_version": "int"}


def problems_of(plan: DemoPlan, session: SparkSession) -> tuple[Problem, ...]:
    """Every problem that Spark finds in what people wrote, with its place in the blueprint.

    Args:
        session: with the plan's schema and nothing in it.
    """
    return tuple(_Analysis(plan, session).run())


def refuse_problems(file: PathOfFile, plan: DemoPlan, session: SparkSession) -> None:
    """Stop before anything is written when Spark will not take what the blueprint says.

    Raises:
        BlueprintError: every problem with its line.
    """
    problems = problems_of(plan, session)
    if problems:
        raise load_with_lines(file)[1].error(list(problems))


@dataclass
class _Analysis:
    plan: DemoPlan
    session: SparkSession
    schemas: dict[str, Types] = field(default_factory=dict)

    def run(self) -> Iterator[Problem]:
        for step in self.plan.steps.values():
            match step.plan:
                case TablePlan() as table:
                    yield from self._cells(table)
                    self._stand_in(table.full_name, {column.name: in_sql(column.type) for column in table.visible})
                case ViewPlan() as view:
                    yield from self._view(view)
                case ModelPlan() as model:
                    yield from self._model(model)
                case PredictionsPlan() as predictions:
                    self._predictions(predictions)
                case OptimizePlan() | AccessPlan():
                    continue  # statements of our own
                case _:
                    assert_never(step.plan)
        yield from self._filters()

    def _stand_in(self, name: FullName, types: Types) -> None:
        """An empty relation of these types by that name, for whatever reads it."""
        self.schemas[name.name] = types
        self.session.sql(f"CREATE OR REPLACE VIEW {name.quoted} AS SELECT {_nulls(types)} WHERE false")

    # -- cells ---------------------------------------------------------------------------------------------------------

    def _cells(self, table: TablePlan) -> Iterator[Problem]:
        """The expressions of a table in one query; each by itself only where that one fails."""
        written = [one for one in table.columns if one.formula in ("expr", "boolean") and not one.name.startswith("_")]
        if not written:
            return
        types = {column.name: in_sql(column.type) if column.type else "BIGINT" for column in table.columns}
        below = f"(SELECT {_nulls({ROW: 'BIGINT', **types})})"
        whole = f"SELECT {', '.join(f'{one.sql} AS {quote(one.name)}' for one in written)} FROM {below}"
        found, problem = self._frame(whole)
        if problem is None and found is not None and not self._unsteady(found) and _fits(found, written):
            return
        for one in written:
            path = ("tables", table.name, "columns", one.name, one.formula)
            found, problem = self._frame(f"SELECT {one.sql} AS {quote(one.name)} FROM {below}")
            if problem is not None or found is None:
                yield Problem(path, *(problem or ("it cannot be read.", "")))
            elif reason := self._unsteady(found):
                yield Problem(path, f"{reason} gives another value each time.", "Use the row's own dates.")
            elif not _fits(found, [one]):
                given = found.dtypes[0][1]
                yield Problem(path, f"the expression gives {given}, not {one.type}.", f"Say type: '{given}'.")

    def _unsteady(self, frame: DataFrame) -> str:
        """What in a cell moves from run to run, if anything does."""
        for node in nodes_of(self.session, analyzed(frame)):
            if "nondeterministic" in node.flags or node.name.startswith(("Current", "Now", "LocalTimestamp")):
                return node.name
            passing = (node.constant or "").strip().lower().split(" ")[0] in _PASSING_DAYS
            if passing and node.type.startswith(("date", "timestamp")):
                return f"the day {node.constant!r}"
        return ""

    # -- queries -------------------------------------------------------------------------------------------------------

    def _view(self, view: ViewPlan) -> Iterator[Problem]:
        path = ("views", view.name, "sql")
        frame, problem = self._query(view.sql)
        if problem is not None or frame is None:
            yield Problem(path, *(problem or ("it cannot be read.", "")))
            return
        yield from (Problem(path, *said) for said in _named_once(frame))
        for column in sorted(set(view.column_comments) - set(frame.columns)):
            remedy = f"It has: {', '.join(frame.columns)}."
            yield Problem(("views", view.name, "columns", column), "the view has no such column.", remedy)
        if len({name.lower() for name in frame.columns}) == len(frame.columns):
            self._stand_in(view.full_name, dict(frame.dtypes))

    def _model(self, model: ModelPlan) -> Iterator[Problem]:
        wanted = {"features": (model.features_then_sql, (model.spec.entity, *model.features)),
                  "label": (model.label_sql, (model.spec.entity, model.spec.target))}  # fmt: skip
        for key, (sql, columns) in wanted.items():
            path = ("models", model.name, key)
            frame, problem = self._query(sql)
            if problem is not None or frame is None:
                yield Problem(path, *(problem or ("it cannot be read.", "")))
                continue
            yield from (Problem(path, *said) for said in _named_once(frame))
            if key == "features":
                self.schemas[model.name] = dict(frame.dtypes)
            there = {name.lower() for name in frame.columns}
            for column in columns:
                if column.lower() not in there:
                    yield Problem(path, f"the query gives no column {column!r}.", f"It gives: {', '.join(there)}.")

    def _predictions(self, predictions: PredictionsPlan) -> None:
        model = self.plan.steps[predictions.model].plan
        assert isinstance(model, ModelPlan)
        features = {name.lower(): kind for name, kind in self.schemas.get(model.name, {}).items()}
        types = {model.spec.entity: features.get(model.spec.entity.lower(), "string"), **_SCORES, "scored_at": "date"}
        if model.spec.positive is None or predictions.hides:
            del types["positive_chance"]
        copies = {column: self.schemas[source.table][source.column] for column, source in predictions.copies.items()}
        self._stand_in(predictions.full_name, {**types, **copies})

    # -- filters -------------------------------------------------------------------------------------------------------

    def _filters(self) -> Iterator[Problem]:
        filters = self.plan.blueprint.governance.row_filters
        if filters:
            test = f"spark_catalog.{quote(self.plan.schema)}.{GROUP_TEST}"
            self.session.sql(f"USE {quote(self.plan.catalog)}.{quote(self.plan.schema)}")
            self.session.sql(f"CREATE FUNCTION {test}(name STRING) RETURNS BOOLEAN RETURN false")
        for table, spec in filters.items():
            path = ("governance", "row_filters", table, "keep")
            name = self.plan.full_name(table).quoted
            frame, problem = self._frame(f"SELECT ({spec.keep}\n) AS keep FROM {name} {quote(table)}", (GROUP_TEST,))
            if problem is not None or frame is None:
                yield Problem(path, *(problem or ("it cannot be read.", "")))
            elif frame.dtypes[0][1] != "boolean":
                yield Problem(path, f"a filter is true or false, and this gives {frame.dtypes[0][1]}.", "Compare.")

    # -- asking Spark --------------------------------------------------------------------------------------------------

    def _query(self, sql: str) -> tuple[DataFrame | None, tuple[str, str] | None]:
        """The frame of a query, or what is wrong with it."""
        from pyspark.errors import AnalysisException, ParseException

        try:
            parsed = parse_plan(self.session, sql)
            check_reads(nodes_of(self.session, parsed))
            return frame_of(self.session, parsed), None
        except (AnalysisException, ParseException) as error:
            return None, (self._short(spark_says(error, place=False).message), "")
        except DemoError as error:
            return None, (error.message, error.remedy)

    def _frame(self, sql: str, own: Sequence[str] = ()) -> tuple[DataFrame | None, tuple[str, str] | None]:
        """The frame of a query of cells, which may call only what gives the same value for the same arguments."""
        from pyspark.errors import AnalysisException, ParseException

        try:
            parsed = parse_plan(self.session, sql)
            for parts in functions_in(nodes_of(self.session, parsed)):
                if not may_fill_a_cell(parts[-1]) and parts[-1].lower() not in own:
                    return None, (f"{parts[-1]}() {why_not(parts[-1])}", "Use steady built-in functions.")
            return frame_of(self.session, parsed), None
        except (AnalysisException, ParseException) as error:
            return None, (self._short(spark_says(error, place=False).message), "")

    def _short(self, message: str) -> str:
        """Names as the blueprint writes them."""
        place = f"`{self.plan.catalog}`.`{self.plan.schema}`."
        return message.replace(place, "").replace(f"`spark_catalog`.`{self.plan.schema}`.", "")


def _nulls(types: Types) -> str:
    return ", ".join(f"CAST(NULL AS {kind}) AS {quote(name)}" for name, kind in types.items())


def _fits(frame: DataFrame, columns: Sequence[ColumnPlan]) -> bool:
    """Whether Spark gives each column the type that it was planned with."""
    return all(kind == in_sql(one.type).lower() for (_, kind), one in zip(frame.dtypes, columns, strict=True))


def _named_once(frame: DataFrame) -> Iterator[tuple[str, str]]:
    names = [name.lower() for name in frame.columns]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"the column {name!r} is selected twice.", "Name each column once."

"""Where a column comes from and where it goes: tables by their formulas, views and models by their SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    TablePlan,
    ViewPlan,
)
from demo_factory.sql.query_columns import Source, query_lineage

Columns = Mapping[str, tuple[Source, ...]]
_SCORES = ("prediction", "probability")
UNREAD = "(columns that only Spark can read)"  # what a view shows whose columns nobody knows before it is made


class Lineage:
    """The columns of a demo and what each is made from, worked out step by step as somebody asks."""

    def __init__(self, plan: DemoPlan) -> None:
        self._plan = plan
        self._found: dict[str, Columns] = {}
        self._schemas: dict[str, tuple[str, ...]] = {}
        for step in plan.steps.values():
            self._schemas[step.name] = self._names(step)

    def _names(self, step: Step) -> tuple[str, ...]:
        match step.plan:
            case TablePlan() as table:
                return table.order
            case ViewPlan() as view:
                return view.columns
            case PredictionsPlan() as predictions:
                model = self._plan.steps[predictions.model].plan
                assert isinstance(model, ModelPlan)
                chance = () if predictions.hides else ("positive_chance",)
                names = (model.spec.entity, *_SCORES, *chance, "model_version", "scored_at", *predictions.copies)
                return tuple(dict.fromkeys(names))
            case ModelPlan() | OptimizePlan() | AccessPlan():
                return ()
        assert_never(step.plan)

    def columns(self, name: str) -> Columns:
        """For each column of a step the columns one step back; a model's are its features and its label."""
        if name not in self._found:
            self._found[name] = self._work_out(self._plan.steps[name])
        return self._found[name]

    def above(self, source: Source) -> tuple[Source, ...]:
        """The columns that one is made from; where nobody can read that, all that it may be made from."""
        columns = self.columns(source.table)
        return columns.get(source.column, columns.get(UNREAD, ()))

    def below(self, source: Source) -> tuple[Source, ...]:
        """The columns that are made from one."""
        readers = [step.name for step in self._plan.steps.values() if self._may_read(step, source.table)]
        return tuple(
            Source(name, column)
            for name in readers
            for column, sources in self.columns(name).items()
            if source in sources
        )

    def _may_read(self, step: Step, name: str) -> bool:
        """Whether a step reads another, so that only the SQL of those is taken apart."""
        return name in step.needs or (step.kind == "table" and step.name == name)

    def _work_out(self, step: Step) -> Columns:
        match step.plan:
            case TablePlan() as table:
                return column_sources(table)
            case ViewPlan() as view:
                every = every_column_below(view.sources, self._plan.steps)
                found = query_lineage(view.sql, view.columns, self._schemas)
                return {column: found.get(column, every) for column in view.columns} or {UNREAD: every}
            case ModelPlan() as model:
                every = every_column_below(model.sources, self._plan.steps)
                features, label = (model.spec.entity, *model.features), (model.spec.target,)
                found = {
                    **query_lineage(model.features_now_sql, features, self._schemas),
                    **query_lineage(model.label_sql, label, self._schemas),
                }
                return {column: found.get(column, every) for column in (*features, *label)}
            case PredictionsPlan() as predictions:
                return self._scores(predictions)
            case OptimizePlan() | AccessPlan():
                return {}
        assert_never(step.plan)

    def _scores(self, predictions: PredictionsPlan) -> Columns:
        model = self._plan.steps[predictions.model].plan
        assert isinstance(model, ModelPlan)
        learned = tuple(Source(model.name, name) for name in (*model.features, model.spec.target))
        chance = model.spec.positive is not None and not predictions.hides
        scored = (*_SCORES, "positive_chance") if chance else _SCORES
        copies = {column: (source,) for column, source in predictions.copies.items()}
        entity = {model.spec.entity: (Source(model.name, model.spec.entity),)}
        return {**copies, **entity, **dict.fromkeys(scored, learned)}


def column_sources(table: TablePlan) -> dict[str, tuple[Source, ...]]:
    """For each column of a generated table the columns that its formula names."""
    found = {column.name: column.sources for column in table.columns if not column.name.startswith("_")}
    if table.partition_by is not None and table.partition_by in found:
        layout = next(column for column in table.columns if column.name == table.partition_by)
        found[table.partition_by] = tuple(Source(table.name, name) for name in layout.uses)
    return found


def every_column_below(names: Sequence[str], steps: Mapping[str, Step]) -> tuple[Source, ...]:
    """What a query may show that nobody can read: every column of every table that it reads, through views."""
    found: dict[Source, None] = {}
    for name in names:
        match steps[name].plan if name in steps else None:
            case TablePlan() as table:
                found.update(dict.fromkeys(Source(name, column) for column in table.order))
            case ViewPlan() as view:
                found.update(dict.fromkeys(every_column_below(view.sources, steps)))
            case PredictionsPlan() as predictions:
                found.update(dict.fromkeys(Source(name, column) for column in ("prediction", *predictions.copies)))
            case ModelPlan() | OptimizePlan() | AccessPlan() | None:
                continue
            case never:
                assert_never(never)
    return tuple(found)

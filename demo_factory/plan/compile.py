"""Blueprint to plan: everything that must happen, checked as a whole before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from demo_factory.access.policy_propagation import key_behind, loses_masks, tables_behind, tables_read
from demo_factory.blueprint.check_columns import too_short
from demo_factory.blueprint.check_ranges import check_ranges
from demo_factory.blueprint.errors import BlueprintError, Problem
from demo_factory.blueprint.lookup import Broken, Lookup, refs
from demo_factory.blueprint.masks import masks_of
from demo_factory.blueprint.model import LARGEST_SCALE, SMALLEST_SCALE, Blueprint, Model, Table
from demo_factory.formulas.calendar import Calendar, calendar, day_problems
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.formulas.expression_ranges import check_expressions
from demo_factory.formulas.random import seed_of
from demo_factory.formulas.table import VERSION, Facts, plan_columns
from demo_factory.plan.contracts import prediction_rules, rules_of
from demo_factory.resources.graph import (
    AnyStep,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    StepKind,
    TablePlan,
    ViewPlan,
    fingerprint,
)
from demo_factory.resources.policies import columns_in, unfit
from demo_factory.sql.expressions import ExpressionError
from demo_factory.sql.filters import filter_problems
from demo_factory.sql.names import FullName
from demo_factory.sql.queries import Query, bind_query
from demo_factory.sql.query_columns import Source

PREDICTION_COLUMNS = ("prediction", "probability", "model_version", "scored_at")


def compile_demo(
    blueprint: Blueprint,
    *,
    as_of: dt.date,
    env: str = "dev",
    user: str = "me",
    scale: float = 1.0,
    epoch: dt.date | None = None,
    file: str = "<blueprint>",
) -> DemoPlan:
    """Plan a whole demo for one environment, scale and day.

    Args:
        as_of: the newest day of the data.
        env: the environment, which stands in the catalog's name.
        user: who builds, where names have them in it.
        scale: factor on the rows of every table that scales.
        epoch: day 0 of the data, frozen by the first build; default: as_of less the history.

    Raises:
        BlueprintError: all problems of formulas, views and models at once, with their paths.
    """
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        message = f"scale {scale:g} is out of range."
        raise BlueprintError([Problem((), message, f"Use {SMALLEST_SCALE:g} to {LARGEST_SCALE:g}.")], file)
    if problems := day_problems(blueprint, as_of):
        raise BlueprintError(problems, file)
    start = epoch or as_of - dt.timedelta(days=blueprint.history)
    if as_of < start + dt.timedelta(days=blueprint.history):
        first = start + dt.timedelta(days=blueprint.history)
        problem = Problem((), f"as_of {as_of} lies before {first}, the first day this demo was built for.")
        raise BlueprintError([problem], file)
    compiler = _Compiler(blueprint, *blueprint.place(env, user), scale, start, as_of)
    steps = compiler.run()
    if compiler.problems:
        raise BlueprintError(compiler.problems, file)
    return DemoPlan(blueprint, env, compiler.catalog, compiler.schema, scale, start, as_of, steps)


def data_fingerprint(table: Table, *context: object) -> str:
    """What decides a table's cells: not its comments, owners, tags or checks."""
    spec = table.model_dump(mode="json", exclude={"comment", "owner", "tags", "contract"})
    for column in spec["columns"].values():
        for said in ("comment", "classification", "check"):
            column.pop(said, None)
    return fingerprint("table", VERSION, spec, *context)


@dataclass
class _Compiler:
    blueprint: Blueprint
    catalog: str
    schema: str
    scale: float
    epoch: dt.date
    as_of: dt.date
    problems: list[Problem] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    schemas: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def full(self, name: str) -> FullName:
        return FullName(self.catalog, self.schema, name)

    def run(self) -> Mapping[str, Step]:
        self._tables()
        self._queries()
        self._optimizations()
        self._masks()
        self.problems.extend(filter_problems(self.blueprint))
        return self.steps

    def _add(
        self, kind: StepKind, plan: AnyStep, needs: Iterable[str], definition: object, moves: bool = False
    ) -> None:
        """Add a step whose fingerprint covers its definition and those of all it needs."""
        wanted = tuple(dict.fromkeys(needs))
        above = [self.steps[name].fingerprint for name in wanted if name in self.steps]  # all, or there are problems
        self.steps[plan.name] = Step(kind, plan.name, wanted, fingerprint(kind, definition, above), moves, plan)

    # -- tables ------------------------------------------------------------------------------------------------------

    def _tables(self) -> None:
        tables = self.blueprint.tables
        rows = {name: self._rows(table) for name, table in tables.items()}
        calendars: dict[str, Calendar] = {}
        dayless: set[str] = set()  # tables that lack the days of their own or a parent's rows
        lookup = Lookup(self.blueprint, Broken())
        if any(rows[name] > table.rows for name, table in tables.items()):  # the loader has judged those of scale 1
            self.problems.extend(check_ranges(lookup, rows))
        facts = Facts(self.blueprint, rows, calendars)
        for name in _in_order(tables):
            table = tables[name]
            self.schemas[name] = _written(table)  # known even when a formula is wrong: the queries can be checked
            if table.arrives is not None:
                try:
                    history = self.blueprint.history
                    calendars[name] = calendar(table.arrives, rows[name], history, self.epoch, self.as_of)
                except ValueError as error:
                    self.problems.append(Problem(("tables", name, "arrives"), f"{error}."))
                    dayless.add(name)
            if dayless.intersection((name, *_parents(name, table))):
                dayless.add(name)
                continue
            self._key_room(name, table, calendars[name].rows if name in calendars else rows[name])
            columns, problems = plan_columns(facts, name)
            if not problems:
                problems = tuple(check_expressions(lookup, name))
            # a child that uses a wrong column of its parent meets the parent's problem again
            self.problems.extend(problem for problem in problems if problem not in self.problems)
            if not problems:
                self._table(name, table, rows[name], calendars.get(name), columns)

    def _key_room(self, name: str, table: Table, rows: int) -> None:
        """The loader has seen the rows of scale 1; keys without room for these would repeat."""
        key = table.columns[table.key].key if table.key else None
        if key is not None and (short := too_short(key, rows)):
            room, remedy = short
            message = f"{room}, and at scale {self.scale:g} the table has {rows:,} rows on {self.as_of}"
            self.problems.append(Problem(("tables", name, "columns", str(table.key), "key"), message, remedy))

    def _rows(self, table: Table) -> int:
        return max(1, round(table.rows * self.scale)) if table.scales else table.rows

    def _table(
        self, name: str, table: Table, rows: int, days: Calendar | None, columns: tuple[ColumnPlan, ...]
    ) -> None:
        by_name = {column.name: column for column in columns}
        order = self.schemas[name]
        there = days.rows if days else rows
        visible = tuple(by_name[n] for n in order if n in by_name)
        rules = rules_of(self.blueprint, name, visible, there, days, self.full)
        partition = None
        if table.layout is not None:
            partition = order[-1]
            columns = (*columns, _partition(partition, table.layout.partition_by, table.layout.grain))
        needs = _parents(name, table)
        plan = TablePlan(
            name, self.full(name), columns, order, there, rules, days, table.key,
            table.arrival, partition, table.comment, table.owner or self.blueprint.owner, table.tags, needs,
            table.contract.fresh_within,
        )  # fmt: skip
        b = self.blueprint
        above = [self.steps[parent].fingerprint for parent in needs if parent in self.steps]
        data = data_fingerprint(table, b.demo, b.seed, b.history, str(self.epoch), rows, above)
        said = fingerprint(table.model_dump(mode="json"), plan.owner)
        self.steps[name] = Step("table", name, needs, data, table.arrives is not None, plan, said)

    # -- views, models, predictions ------------------------------------------------------------------------------------

    def _queries(self) -> None:
        """Views may read predictions and models may read views: take whatever is ready until nothing is left."""
        waiting: dict[str, Callable[[], None]] = {}
        for name in self.blueprint.views:
            waiting[name] = lambda name=name: self._view(name)  # type: ignore[misc]
        for name in self.blueprint.models:
            waiting[name] = lambda name=name: self._model(name)  # type: ignore[misc]
        outputs = set(self.blueprint.views) | {m.predictions.table for m in self.blueprint.models.values()}
        last: dict[str, list[Problem]] = {}
        so_far = len(self.problems)
        while waiting:
            ready = []
            for name, make in waiting.items():
                before = len(self.problems)
                make()
                last[name] = self.problems[before:]
                del self.problems[before:]
                if not last[name]:
                    ready.append(name)
            for name in ready:
                del waiting[name]
            if not ready:
                break
        unmade = {name for name in outputs if name not in self.schemas}
        for name in waiting:
            # what only fails because another query fails is not worth a line of its own
            own = [p for p in last[name] if not any(f"{other!r}" in p.message for other in unmade if other != name)]
            self.problems.extend(own)
        if waiting and len(self.problems) == so_far:
            circle = " and ".join(sorted(waiting))
            self.problems.append(Problem(("views",), f"{circle} need each other in a circle.", "Break it."))

    def _bind(self, path: tuple[str, ...], sql: str, **dates: dt.date):  # type: ignore[no-untyped-def]
        try:
            return bind_query(sql, self.schemas, self.catalog, self.schema, **dates)
        except ExpressionError as error:
            self.problems.append(Problem(path, error.message, error.remedy))
            return None

    def _view(self, name: str) -> None:
        view = self.blueprint.views[name]
        query = self._bind(("views", name, "sql"), view.sql, as_of=self.as_of)
        if query is None:
            return
        for column in view.columns if query.columns else ():
            if column not in query.columns:
                known = ", ".join(query.columns)
                problem = Problem(
                    ("views", name, "columns", column), "the view has no such column.", f"It has: {known}."
                )
                self.problems.append(problem)
                return
        self.schemas[name] = query.columns
        owner = view.owner or self.blueprint.owner
        plan = ViewPlan(
            name, self.full(name), query.sql, query.columns, query.sources, view.comment, owner, view.tags, view.columns
        )
        definition = [view.model_dump(mode="json"), owner, self.catalog]
        # a view follows its tables by itself; only one that names the day must be written again when the day moves
        needs = query.sources
        self._add("view", plan, needs, definition, moves=":as_of" in view.sql)

    def _model(self, name: str) -> None:
        spec = self.blueprint.models[name]
        then = self.as_of - dt.timedelta(days=spec.horizon)
        path = ("models", name)
        past = self._bind((*path, "features"), spec.features, at=then)
        label = self._bind((*path, "label"), spec.label, at=then, until=self.as_of)
        now = self._bind((*path, "features"), spec.features, at=self.as_of) if past else None
        if past is None or label is None or now is None:
            return
        for query, column, where in ((past, spec.entity, "features"), (label, spec.entity, "label"),
                                     (label, spec.target, "label")):  # fmt: skip
            if column not in query.columns:
                message = f"the query gives no column {column!r}."
                remedy = f"It gives: {', '.join(query.columns)}."
                if not query.columns:
                    message = "the columns of this query cannot be read without Spark."
                    remedy = "Name every column in its outer SELECT, or put the unusual part into a view."
                self.problems.append(Problem((*path, where), message, remedy))
                return
        if spec.target in past.columns:
            message = f"the features give the label {spec.target!r} away."
            self.problems.append(Problem((*path, "features"), message, "Leave it out of the features."))
            return
        self._add_model(name, spec, past, label, now)

    def _add_model(self, name: str, spec: Model, past, label, now) -> None:  # type: ignore[no-untyped-def]
        features = tuple(column for column in past.columns if column != spec.entity)
        sources = tuple(dict.fromkeys([*past.sources, *label.sources]))
        owner = spec.owner or self.blueprint.owner
        seed = abs(seed_of(self.blueprint.seed, self.blueprint.demo, "model", name)) % (2**31)
        plan = ModelPlan(
            name, self.full(name), spec, past.sql, label.sql, now.sql, features, sources, spec.comment, owner, seed
        )
        definition = [spec.model_dump(mode="json"), owner, self.catalog]
        self._add("model", plan, sources, definition, moves=True)
        table = spec.predictions.table
        rules = prediction_rules(spec.entity)
        copies, hides = self._copies(name, spec, past), self._hidden(spec, label)
        comment = spec.predictions.comment
        predictions = PredictionsPlan(table, self.full(table), name, comment, owner, rules, copies, hides)
        chance = ("positive_chance",) if spec.positive is not None and not hides else ()
        self.schemas[table] = tuple(dict.fromkeys((spec.entity, *PREDICTION_COLUMNS, *chance, *copies)))
        said = [*definition, {column: str(source) for column, source in copies.items()}, bool(hides)]
        self._add("predictions", predictions, [name, *past.sources], said, moves=True)

    def _copies(self, name: str, spec: Model, past: Query) -> dict[str, Source]:
        """The entity, and what the row filter of its table looks at; nothing where nothing is governed."""
        governance = self.blueprint.governance
        if not governance.row_filters and not governance.masks:
            return {}
        key = key_behind(past.sql, spec.entity, self.steps, self.schemas)
        if key is None:
            filtered = [one for one in tables_read(past.sources, self.steps) if one in governance.row_filters]
            if filtered:
                message = f"{spec.entity} is no table's key, so the row filter of {filtered[0]} cannot follow it"
                remedy = f"Select the key of {filtered[0]} as the entity."
                self.problems.append(Problem(("models", name, "entity"), f"{message} into the predictions.", remedy))
            if loses_masks(past, spec.entity, self.steps, self.schemas, masks_of(self.blueprint)):
                message = f"where {spec.entity} comes from cannot be read without Spark, so no mask could follow it."
                remedy = "Select it by its name from the table whose key it is."
                self.problems.append(Problem(("models", name, "features"), message, remedy))
            return {}
        looked_at = columns_in(governance.row_filters[key.table].keep) if key.table in governance.row_filters else ()
        carried = [column for column in looked_at if column != key.column]
        taken = {spec.entity, *PREDICTION_COLUMNS, "positive_chance"} & set(carried)
        if taken:
            message = f"the row filter of {key.table} looks at {taken.pop()!r}, and predictions have such a column."
            self.problems.append(Problem(("models", name, "predictions"), message, "Call that column another name."))
        return {spec.entity: key, **{column: Source(key.table, column) for column in carried}}

    def _hidden(self, spec: Model, label: Query) -> tuple[Source, ...]:
        """The masked columns that the label is made from."""
        masked = masks_of(self.blueprint)
        if not masked:
            return ()
        found = tables_behind(label, spec.target, self.steps, self.schemas)
        return tuple(source for source in found if (source.table, source.column) in masked)

    # -- optimizations -------------------------------------------------------------------------------------------------

    def _optimizations(self) -> None:
        for target, spec in self.blueprint.optimize.items():
            name = f"optimize_{target}"
            if target not in self.steps:
                continue  # only when the target's own SQL is wrong, which is said already
            plan = OptimizePlan(
                name, target, self.full(target), tuple(spec.zorder), spec.vacuum, spec.cache, spec.comment,
                self.blueprint.owner,
            )  # fmt: skip
            self._add("optimize", plan, [target], spec.model_dump(mode="json"), moves=True)

    # -- masks ---------------------------------------------------------------------------------------------------------

    def _masks(self) -> None:
        """Only now are the types of expressions known."""
        masks = self.blueprint.governance.masks
        for (table, name), mask in masks_of(self.blueprint).items():
            if table not in self.steps:
                continue  # only when its own formulas are wrong, which is said already
            planned = self.steps[table].plan
            assert isinstance(planned, TablePlan)
            column = next(one for one in planned.visible if one.name == name)
            reason = unfit(mask.show, column.type)
            if reason is not None:
                path = ("governance", "masks", masks.index(mask), "show")
                message = f"{reason}, and {table}.{name} is {column.type}."
                self.problems.append(Problem(path, message, "Use hidden or nothing there."))


def _parents(name: str, table: Table) -> tuple[str, ...]:
    """The other tables that a table refers to: a tree in itself needs nothing but its own rows."""
    return tuple(one for one in dict.fromkeys(refs(table).values()) if one != name)


def _written(table: Table) -> tuple[str, ...]:
    """The names of the columns that are written, the partition's last."""
    names = tuple(name for name, column in table.columns.items() if not column.hidden)
    return (*names, f"{table.layout.partition_by}_{table.layout.grain}") if table.layout is not None else names


def _partition(name: str, column: str, grain: str) -> ColumnPlan:
    source = f"`{column}`"
    unit = {"day": "DAY", "month": "MONTH", "year": "YEAR"}[grain]
    sql = f"CAST(date_trunc('{unit}', {source}) AS DATE)"
    comment = f"First day of the {grain} of {column}; files are kept apart by it"
    return ColumnPlan(name, sql, "date", comment=comment, formula="layout", uses=(column,))


def _in_order(tables: Mapping[str, Table]) -> list[str]:
    """Parents before children; the loader has refused circles."""
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in done:
            for parent in _parents(name, tables[name]):
                visit(parent)
            done[name] = None

    for name in tables:
        visit(name)
    return list(done)

"""Columns to Spark SQL: every cell a formula of its row, parents' cells recomputed from the parent's row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo_factory.blueprint.columns import Column, Ref, Template, Weights
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.model import Blueprint, Table
from demo_factory.plan import distributions, expressions, relations, types
from demo_factory.plan.days import Calendar
from demo_factory.plan.draws import draw, normal_cdf, probit, seed_of
from demo_factory.plan.names import literal, numbers, quote
from demo_factory.plan.people import People
from demo_factory.plan.steps import ColumnPlan, Source

VERSION = 1  # raise it when the same blueprint gives other cells: tables made by the old formulas are then rebuilt
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
_DAYTIME = (1, 1, 1, 1, 1, 2, 4, 8, 12, 16, 18, 18, 18, 18, 18, 18, 18, 18, 16, 14, 12, 8, 4, 2)


class FormulaError(Exception):
    """A formula that cannot be planned; carries the problem with its path in the blueprint."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True)
class Facts:
    """What every table's formulas may know of the demo: sizes, calendars, seed."""

    blueprint: Blueprint
    rows: Mapping[str, int]
    calendars: Mapping[str, Calendar]

    def seed(self, table: str, *parts: str) -> int:
        """The seed of one draw."""
        return seed_of(self.blueprint.seed, self.blueprint.demo, table, *parts)


@dataclass
class _Scope:
    """A table seen from a row: the table's own, or a parent's with the row of a foreign key."""

    table: str
    row: str
    prefix: str
    guard: str | None = None  # the parent row's column where it may be NULL
    busy: list[str] = field(default_factory=list)


class TableFormulas:
    """Plans the columns of one table; `columns` is in an order in which each stands after what it uses."""

    def __init__(self, facts: Facts, table: str) -> None:
        self._facts, self._table = facts, table
        self._planned: dict[str, ColumnPlan] = {}
        self._types: dict[tuple[str, str], str] = {}
        self._uses: list[set[str]] = []
        self._sources: list[set[Source]] = []
        own = _Scope(table, "id", "")
        for name in self._spec(table).columns:
            self._emit(own, name)

    @property
    def columns(self) -> tuple[ColumnPlan, ...]:
        """Hidden and visible columns; the visible ones are put in the blueprint's order by the writer."""
        return tuple(self._planned.values())

    def _spec(self, table: str) -> Table:
        return self._facts.blueprint.tables[table]

    # -- adding columns ------------------------------------------------------------------------------------------

    def _hidden(self, scope: _Scope, purpose: str, sql_of: str | None = None, **other: str) -> str:
        """A hidden column, added once; gives its quoted name."""
        name = f"_{scope.prefix}{purpose}"
        if name not in self._planned:
            assert sql_of is not None
            self._planned[name] = ColumnPlan(name, sql_of, hidden=True, uses=self._used_in(sql_of), **other)
        return quote(name)

    def _used_in(self, sql: str) -> tuple[str, ...]:
        """The columns that a piece of our own SQL names: they are always in backticks."""
        return tuple(dict.fromkeys(name for name in re.findall(r"`([^`]+)`", sql) if name in self._planned))

    def _draw(self, scope: _Scope, column: str, purpose: str = "") -> str:
        """A hidden uniform column of this (table, column, purpose)."""
        name = f"u_{column}_{purpose}" if purpose else f"u_{column}"
        return self._hidden(scope, name, draw(scope.row, self._facts.seed(scope.table, column, purpose)))

    def _emit(self, scope: _Scope, name: str) -> str:
        """The quoted name of a column seen in a scope; plans it, and what it uses, when it is not there yet."""
        visible = not scope.prefix
        target = name if visible else f"_{scope.prefix}{name}"
        if target in self._planned:
            return quote(target)
        if name in scope.busy:
            chain = " -> ".join([*scope.busy[scope.busy.index(name) :], name])
            raise self._error(scope.table, name, f"columns need each other in a circle: {chain}.", "Break it.")
        scope.busy.append(name)
        spec = self._spec(scope.table).columns[name]
        self._sources.append(set())
        sql, natural = self._formula(scope, name, spec)
        sources = self._sources.pop()
        scope.busy.remove(name)
        final = spec.type or natural
        if final is None:
            raise self._error(
                scope.table, name, f"the type of the expression {spec.expr!r} is not plain.",
                "Say it, for example type: 'decimal(12,2)'.",
            )  # fmt: skip
        self._types[scope.table, name] = final
        sql = types.cast(sql, natural, final)
        if spec.nulls and spec.ref is None:
            sql = f"IF({draw(scope.row, self._facts.seed(scope.table, name, 'nulls'))} < {spec.nulls!r}D, NULL, {sql})"
        if scope.guard and not visible:
            sql = f"IF({scope.guard} IS NULL, NULL, {sql})"
        self._planned[target] = ColumnPlan(
            target, sql, final, not visible or spec.hidden, spec.comment, spec.classification, spec.formula, self._used_in(sql),
            tuple(sorted(sources, key=lambda source: (source.table, source.column))),
        )  # fmt: skip
        return quote(target)

    def _error(self, table: str, column: str, message: str, remedy: str = "", key: str = "") -> FormulaError:
        path = ("tables", table, "columns", column, *([key] if key else []))
        return FormulaError(Problem(path, message, remedy))

    # -- looking things up ----------------------------------------------------------------------------------------

    def _resolve(self, scope: _Scope, column: str, text: str, key: str) -> str:
        """The quoted column for `name` or `parent.name` as a blueprint writes it."""
        own = self._spec(scope.table).columns
        if "." not in text:
            if text not in own:
                raise self._error(scope.table, column, *expressions.unknown(text, own, scope.table), key)
            self._sources[-1].add(Source(scope.table, text))
            return self._emit(scope, text)
        parent, name = text.split(".", 1)
        refs = {fk: spec.ref for fk, spec in own.items() if spec.ref is not None}
        found = [fk for fk, ref in refs.items() if parent in (fk, ref.table)]
        if not found:
            names = {*refs, *(ref.table for ref in refs.values())}
            raise self._error(scope.table, column, *expressions.unknown(parent, names, "the tables it refers to"), key)
        if len(found) > 1 and parent not in refs:
            raise self._error(
                scope.table, column, f"{parent} is referred to by {' and '.join(found)}.",
                f"Write {found[0]}.{name} to say which.", key,
            )  # fmt: skip
        fk = parent if parent in refs else found[0]
        ref = refs[fk]
        if name not in self._spec(ref.table).columns:
            raise self._error(
                scope.table, column, *expressions.unknown(name, self._spec(ref.table).columns, ref.table), key
            )
        self._sources[-1].add(Source(ref.table, name))
        return self._emit(self._parent_scope(scope, fk, ref), name)

    def _type_of(self, scope: _Scope, text: str) -> str | None:
        """The type of a column that was resolved before."""
        if "." not in text:
            return self._types.get((scope.table, text))
        parent, name = text.split(".", 1)
        for fk, spec in self._spec(scope.table).columns.items():
            if spec.ref is not None and parent in (fk, spec.ref.table):
                return self._types.get((spec.ref.table, name))
        return None

    # -- parents and days --------------------------------------------------------------------------------------------

    def _parent_scope(self, scope: _Scope, fk: str, ref: Ref) -> _Scope:
        row = self._parent_row(scope, fk, ref)
        nullable = self._spec(scope.table).columns[fk].nulls > 0 or scope.guard
        return _Scope(ref.table, row, f"{scope.prefix}{fk}__", row if nullable else None)

    def _parent_row(self, scope: _Scope, fk: str, ref: Ref) -> str:
        name = f"row_{fk}"
        if f"_{scope.prefix}{name}" in self._planned:
            return self._hidden(scope, name)
        parents, fewest = self._parents(scope, fk, ref)
        sql = relations.parent_row(ref, lambda purpose: self._draw(scope, fk, purpose), parents, fewest)
        nulls = self._spec(scope.table).columns[fk].nulls
        if nulls:
            sql = f"IF({draw(scope.row, self._facts.seed(scope.table, fk, 'nulls'))} < {nulls!r}D, NULL, {sql})"
        if scope.guard:
            sql = f"IF({scope.guard} IS NULL, NULL, {sql})"
        return self._hidden(scope, name, sql)

    def _parents(self, scope: _Scope, fk: str, ref: Ref) -> tuple[str, int]:
        """How many parents a child row may choose from: those that came before the child's day."""
        theirs = self._facts.calendars.get(ref.table)
        ours = self._facts.calendars.get(scope.table)
        whole = self._facts.rows[ref.table]
        if theirs is None:
            return f"{whole}L", whole
        if ours is None:  # a table without days sees the parents of the frozen history
            history = self._facts.blueprint.history
            count = int(theirs.ends[history - theirs.first_day])
            return f"{count}L", count
        first = (ours.date(0) - theirs.epoch).days
        before = first - theirs.first_day  # how many of the parent's days lie before the child's first day
        fewest = int(theirs.ends[before - 1]) if before >= 1 else 0
        if fewest < 1:
            raise self._error(
                scope.table, fk, f"its first row comes on {ours.date(0)}, before any row of {ref.table} exists.",
                f"Give {ref.table} arrives: {{initial: 0.3}}, or more rows.", "ref",
            )  # fmt: skip
        ends = numbers(theirs.ends, "BIGINT")
        count_column = self._hidden(
            scope, f"parents_{fk}", f"element_at({ends}, {self._day(scope)} - ({theirs.first_day}))"
        )
        return count_column, fewest

    def _day(self, scope: _Scope) -> str:
        """A hidden column: the day of the row, as an offset from the epoch."""
        if f"_{scope.prefix}day" in self._planned:
            return self._hidden(scope, "day")
        calendar = self._facts.calendars[scope.table]
        size, first, crossed = calendar.blocks
        blocks = numbers(first, "INT")
        block = self._hidden(scope, "block", f"element_at({blocks}, CAST({scope.row} div {size}L AS INT) + 1)")
        steps = ""
        if crossed:
            ends = numbers(calendar.ends, "BIGINT")
            last = len(calendar.ends)
            steps = "".join(
                f" + IF({scope.row} >= element_at({ends}, least({last}, {block} + {i + 1})), 1, 0)"
                for i in range(crossed)
            )
        return self._hidden(scope, "day", f"{block}{steps} + ({calendar.first_day})")

    # -- formulas --------------------------------------------------------------------------------------------------

    def _formula(self, scope: _Scope, name: str, spec: Column) -> tuple[str, str | None]:
        """(SQL, its natural type) of a column's formula."""
        match spec.formula:
            case "key":
                assert spec.key is not None
                return _key(spec.key, scope.row)
            case "ref":
                assert spec.ref is not None
                return self._foreign_key(scope, name, spec.ref)
            case "arrival":
                return self._arrival(scope, name, spec)
            case "choice":
                return self._choice(scope, name, spec)
            case "boolean":
                return self._boolean(scope, name, spec)
            case "date":
                assert spec.date is not None
                days = (spec.date.max - spec.date.min).days + 1
                u = draw(scope.row, self._facts.seed(scope.table, name, ""))
                return f"date_add({literal(spec.date.min)}, CAST(floor({u} * {days}D) AS INT))", "date"
            case "person" | "address" | "email":
                return self._person(scope, spec), "string"
            case "expr":
                assert spec.expr is not None
                return self._expression(scope, name, spec.expr, "expr")
            case "template":
                assert spec.template is not None
                return self._template(scope, name, spec.template), "string"
            case "cycle":
                assert spec.cycle is not None
                values = ", ".join(types.scalar(value) for value in spec.cycle)
                index = f"CAST(pmod({scope.row}, {len(spec.cycle)}L) AS INT) + 1"
                return f"element_at(array({values}), {index})", types.of_scalars(spec.cycle)
            case "poisson":
                assert spec.poisson is not None
                weights = distributions.poisson_weights(spec.poisson)
                return self._ranked(scope, name, 0, weights), "int"
            case "zipf":
                assert spec.zipf is not None
                return self._ranked(scope, name, 1, distributions.zipf_weights(spec.zipf)), "int"
        return self._continuous(scope, name, spec)

    def _foreign_key(self, scope: _Scope, name: str, ref: Ref) -> tuple[str, str]:
        parent = self._spec(ref.table)
        assert parent.key is not None
        self._sources[-1].add(Source(ref.table, parent.key))
        pattern = parent.columns[parent.key].key
        assert pattern is not None
        sql, natural = _key(pattern, self._parent_row(scope, name, ref))
        wanted = parent.columns[parent.key].type or natural
        return types.cast(sql, natural, wanted), wanted

    def _arrival(self, scope: _Scope, name: str, spec: Column) -> tuple[str, str]:
        epoch = self._facts.calendars[scope.table].epoch
        if spec.arrival == "date":
            return f"date_add({literal(epoch)}, {self._day(scope)})", "date"
        arrives = self._spec(scope.table).arrives
        weights = (arrives.hours if arrives else None) or [float(weight) for weight in _DAYTIME]
        hour = self._hidden(
            scope, f"hour_{name}",
            distributions.discrete(self._draw(scope, name, "hour"), [str(h) for h in range(24)], weights),
        )  # fmt: skip
        second = f"CAST(floor({draw(scope.row, self._facts.seed(scope.table, name, 'second'))} * 3600D) AS BIGINT)"
        start = int(dt.datetime(epoch.year, epoch.month, epoch.day, tzinfo=dt.UTC).timestamp())
        day = self._day(scope)
        return f"timestamp_seconds({start}L + {day} * 86400L + {hour} * 3600L + {second})", "timestamp"

    def _cases(self, scope: _Scope, name: str, by: str, cases: Mapping[object, str], key: str) -> str:
        column = self._resolve(scope, name, by, key)
        branches = " ".join(f"WHEN {types.scalar(value)} THEN {sql}" for value, sql in cases.items())
        return f"CASE {column} {branches} END"

    def _choice(self, scope: _Scope, name: str, spec: Column) -> tuple[str, str | None]:
        choice = spec.choice
        assert choice is not None
        u = self._draw(scope, name)

        def one(weights: Weights) -> str:
            return distributions.discrete(u, [types.scalar(value) for value in weights], list(weights.values()))

        natural = types.of_scalars([value for weights in choice.cases.values() for value in weights])
        if choice.by is None:
            return one(next(iter(choice.cases.values()))), natural
        cases = {value: one(weights) for value, weights in choice.cases.items()}
        return self._cases(scope, name, choice.by, cases, "choice"), natural

    def _boolean(self, scope: _Scope, name: str, spec: Column) -> tuple[str, str]:
        if isinstance(spec.boolean, str):
            chance = self._expression(scope, name, spec.boolean, "boolean")[0]
        else:
            chance = f"{float(spec.boolean or 0)!r}D"
        return f"({draw(scope.row, self._facts.seed(scope.table, name, ''))} < {chance})", "boolean"

    def _ranked(self, scope: _Scope, name: str, first: int, weights: list[float]) -> str:
        values = [str(first + i) for i in range(len(weights))]
        return distributions.discrete(self._draw(scope, name), values, weights)

    def _person(self, scope: _Scope, spec: Column) -> str:
        people = People(
            self._spec(scope.table).people,
            scope.row,
            lambda purpose: self._facts.seed(scope.table, "people", purpose),
            lambda purpose, sql: self._hidden(scope, f"people_{purpose}", sql),
        )
        if spec.email is not None:
            own = self._spec(scope.table).columns.items()
            self._sources[-1] |= {Source(scope.table, other) for other, column in own if column.person is not None}
            return people.email(spec.email)
        method = spec.person or spec.address
        assert method is not None
        return str(getattr(people, method)())

    def _expression(self, scope: _Scope, name: str, sql: str, key: str) -> tuple[str, str | None]:
        try:
            return expressions.bind(
                sql, lambda text: self._resolve(scope, name, text, key), lambda text: self._type_of(scope, text)
            )
        except expressions.ExpressionError as error:
            raise self._error(scope.table, name, error.message, error.remedy, key) from None

    def _template(self, scope: _Scope, name: str, template: Template) -> str:
        def text(pattern: str) -> str:
            parts = _PLACEHOLDER.split(pattern)
            pieces = [
                f"CAST({self._resolve(scope, name, part, 'template')} AS STRING)" if i % 2 else literal(part)
                for i, part in enumerate(parts)
                if part
            ]
            return f"concat({', '.join(pieces)})" if len(pieces) > 1 else (pieces or ["''"])[0]

        def one(patterns: list[str]) -> str:
            texts = [text(pattern) for pattern in patterns]
            if len(texts) == 1:
                return texts[0]
            return distributions.discrete(self._draw(scope, name), texts, [1 / len(texts)] * len(texts))

        if template.by is None:
            return one(next(iter(template.cases.values())))
        cases = {value: one(patterns) for value, patterns in template.cases.items()}
        return self._cases(scope, name, template.by, cases, "template")

    # -- continuous distributions ----------------------------------------------------------------------------------

    def _continuous(self, scope: _Scope, name: str, spec: Column) -> tuple[str, str]:
        natural = "double"
        if spec.uniform is not None and spec.type in ("int", "bigint"):
            low, high = int(spec.uniform.min), int(spec.uniform.max)
            share = self._share(scope, name, spec, 0, 1)
            return f"CAST(floor({low}D + {share} * {high - low + 1}D) AS BIGINT)", "bigint"
        try:
            made = distributions.continuous(getattr(spec, spec.formula))
        except ValueError as error:
            raise self._error(scope.table, name, f"{error}.", "Widen them.", spec.formula) from None
        whole = (made.low, made.high) == (0, 1)
        if made.scores and spec.correlate is not None and whole:
            return made.quantile(self._score(scope, name)), natural
        share = self._share(scope, name, spec, made.low, made.high)
        if made.scores:
            return made.quantile(f"({probit(share)})"), natural
        if made.position is not None:
            return made.quantile(self._hidden(scope, f"k_{name}", made.position(share))), natural
        return made.quantile(share), natural

    def _share(self, scope: _Scope, name: str, spec: Column, low: float, high: float) -> str:
        """A hidden column with the share of probability: the draw, rescaled to what the bounds leave."""
        if spec.correlate is None:
            u = draw(scope.row, self._facts.seed(scope.table, name, ""))
        else:
            u = self._hidden(scope, f"phi_{name}", normal_cdf(self._score(scope, name)))
        scaled = u if (low, high) == (0, 1) else f"({low!r}D + {u} * {high - low!r}D)"
        return self._hidden(scope, f"p_{name}", scaled)

    def _score(self, scope: _Scope, name: str) -> str:
        """A hidden column with the normal score behind a column, tied to another's where it is correlated."""
        spec = self._spec(scope.table).columns[name]
        own = self._draw(scope, name)
        score = f"({probit(own)})"
        if spec.correlate is None:
            return self._hidden(scope, f"z_{name}", score)
        other = self._spec(scope.table).columns[spec.correlate.with_]
        if other.formula not in CORRELATED:
            raise self._error(
                scope.table, name, f"{spec.correlate.with_} is filled by {other.formula}, which has no normal score.",
                f"Correlate with a column of {', '.join(CORRELATED)}.", "correlate",
            )  # fmt: skip
        r = spec.correlate.r
        theirs = self._score(scope, spec.correlate.with_)
        return self._hidden(scope, f"z_{name}", f"({r!r}D * {theirs} + {(1 - r * r) ** 0.5!r}D * {score})")


CORRELATED = ("uniform", "normal", "lognormal", "exponential", "pareto", "weibull", "triangular", "gamma", "beta")


def _key(pattern: str, row: str) -> tuple[str, str]:
    """A key from the row: zeros at the end of the pattern hold the number, from 1."""
    if pattern == "integer":
        return f"({row} + 1L)", "bigint"
    prefix = pattern.rstrip("0")
    digits = len(pattern) - len(prefix)
    number = f"substring(CAST({row} + {10**digits + 1}L AS STRING), 2)"
    return (f"concat({literal(prefix)}, {number})" if prefix else number), "string"


def plan_columns(facts: Facts, table: str) -> tuple[ColumnPlan, ...]:
    """All columns of a table, hidden ones included, each after what it uses.

    Raises:
        FormulaError: with the place in the blueprint and the remedy.
    """
    return TableFormulas(facts, table).columns

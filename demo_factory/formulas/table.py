"""Columns to Spark SQL: every cell a formula of its row, parents' cells recomputed from the parent's row."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo_factory.blueprint.columns import Ref
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.lookup import Broken, Lookup, refs_called
from demo_factory.blueprint.model import Arrivals, Blueprint, Table
from demo_factory.formulas import foreign_keys as relations
from demo_factory.formulas import types
from demo_factory.formulas.calendar import Calendar
from demo_factory.formulas.columns import ColumnPlan, cell
from demo_factory.formulas.random import draw, seed_of
from demo_factory.sql import expressions
from demo_factory.sql.names import ROW, numbers, quote
from demo_factory.sql.query_columns import Source

VERSION = 1  # raise it when the same blueprint gives other cells: tables made by the old formulas are then rebuilt


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
class Scope:
    """A table seen from a row: the table's own, or a parent's with the row of a foreign key."""

    table: str
    row: str
    prefix: str
    guard: str | None = None  # the parent row's column where it may be NULL
    busy: list[str] = field(default_factory=list)


class TableFormulas:
    """Plans the columns of one table; `columns` is in an order in which each stands after what it uses.

    `problems` are those of the columns that cannot be planned, each once.
    """

    def __init__(self, facts: Facts, table: str) -> None:
        self._facts, self._table = facts, table
        self._lookup = Lookup(facts.blueprint, Broken())
        self._planned: dict[str, ColumnPlan] = {}
        self._types: dict[tuple[str, str], str] = {}
        self._sources: list[set[Source]] = []
        self._failed: dict[str, FormulaError] = {}
        own = Scope(table, ROW, "")
        for name in self.spec(table).columns:
            try:
                self._emit(own, name)
            except FormulaError as error:
                self._failed.update(dict.fromkeys(own.busy, error))
                own.busy.clear()
                self._sources.clear()
        self.problems = tuple(dict.fromkeys(error.problem for error in self._failed.values()))

    @property
    def columns(self) -> tuple[ColumnPlan, ...]:
        """Hidden and visible columns; the visible ones are put in the blueprint's order by the writer."""
        return tuple(self._planned.values())

    def spec(self, table: str) -> Table:
        """The blueprint of a table."""
        return self._facts.blueprint.tables[table]

    def seed(self, scope: Scope, *parts: str) -> int:
        """The seed of one draw of a scope's table."""
        return self._facts.seed(scope.table, *parts)

    def calendar(self, scope: Scope) -> Calendar:
        """The days of a scope's table."""
        return self._facts.calendars[scope.table]

    def note(self, source: Source) -> None:
        """Remember that the column being planned is made from another."""
        self._sources[-1].add(source)

    # -- adding columns ------------------------------------------------------------------------------------------

    def hidden(self, scope: Scope, purpose: str, sql: str | None = None) -> str:
        """A hidden column, added once; gives its quoted name."""
        name = f"_{scope.prefix}{purpose}"
        if name not in self._planned:
            assert sql is not None
            self._planned[name] = ColumnPlan(name, sql, hidden=True, uses=self._used_in(sql))
        return quote(name)

    def _used_in(self, sql: str) -> tuple[str, ...]:
        """The columns that a piece of our own SQL names: they are always in backticks."""
        return tuple(dict.fromkeys(name for name in re.findall(r"`([^`]+)`", sql) if name in self._planned))

    def draw(self, scope: Scope, column: str, purpose: str = "") -> str:
        """A hidden uniform column of this (table, column, purpose)."""
        name = f"u_{column}_{purpose}" if purpose else f"u_{column}"
        return self.hidden(scope, name, draw(scope.row, self.seed(scope, column, purpose)))

    def _emit(self, scope: Scope, name: str) -> str:
        """The quoted name of a column seen in a scope; plans it, and what it uses, when it is not there yet."""
        visible = not scope.prefix
        target = name if visible else f"_{scope.prefix}{name}"
        if target in self._planned:
            return quote(target)
        if visible and name in self._failed:
            raise self._failed[name]
        if name in scope.busy:
            chain = " -> ".join([*scope.busy[scope.busy.index(name) :], name])
            message, remedy = f"columns need each other in a circle: {chain}.", "Break it."
            if not visible:
                message = f"{chain} goes from each row to an earlier one without an end."
                remedy = "Use a view for it: WITH RECURSIVE follows a tree."
            raise self.error(scope.table, name, message, remedy)
        scope.busy.append(name)
        spec = self.spec(scope.table).columns[name]
        self._sources.append(set())
        sql, natural = cell(self, scope, name, spec)
        sources = self._sources.pop()
        final = spec.type or natural
        if final is None:
            raise self.error(
                scope.table, name, f"the type of the expression {spec.expr!r} is not plain.",
                "Say it, for example type: 'decimal(12,2)'.",
            )  # fmt: skip
        scope.busy.remove(name)
        self._types[scope.table, name] = final
        sql = types.cast(sql, natural, final)
        if spec.nulls and spec.ref is None:
            sql = f"IF({draw(scope.row, self.seed(scope, name, 'nulls'))} < {spec.nulls!r}D, NULL, {sql})"
        if scope.guard and not visible:
            sql = f"IF({scope.guard} IS NULL, NULL, {sql})"
        self._planned[target] = ColumnPlan(
            target, sql, final, not visible or spec.hidden, spec.comment, spec.classification, spec.formula,
            self._used_in(sql), tuple(sorted(sources, key=lambda source: (source.table, source.column))),
        )  # fmt: skip
        return quote(target)

    def error(self, table: str, column: str, message: str, remedy: str = "", key: str = "") -> FormulaError:
        """A problem at a column's place in the blueprint."""
        path = ("tables", table, "columns", column, *([key] if key else []))
        return FormulaError(Problem(path, message, remedy))

    # -- looking things up ----------------------------------------------------------------------------------------

    def resolve(self, scope: Scope, column: str, text: str, key: str) -> str:
        """The quoted column for `name` or `parent.name` as a blueprint writes it."""
        if missing := self._lookup.not_reachable(scope.table, text):
            raise self.error(scope.table, column, *missing, key)
        if "." not in text:
            self.note(Source(scope.table, text))
            return self._emit(scope, text)
        if not refs_called(self.spec(scope.table), text.split(".")[0]):  # a field of a struct in the row itself
            whole, _, field = text.partition(".")
            return f"{self.resolve(scope, column, whole, key)}.{quote(field)}"
        fk, name, ref = self._parent(scope, text)
        self.note(Source(ref.table, name))
        return self._emit(self._parent_scope(scope, fk, ref), name)

    def _parent(self, scope: Scope, text: str) -> tuple[str, str, Ref]:
        """The ref column, the parent's column and the ref that `parent.name` goes by."""
        parent, name = text.split(".", 1)
        own = self.spec(scope.table)
        fk = refs_called(own, parent)[0]
        ref = own.columns[fk].ref
        assert ref is not None
        return fk, name, ref

    def expression(self, scope: Scope, column: str, sql: str, key: str) -> tuple[str, str | None]:
        """A blueprint's SQL bound to planned columns, and its type where that is plain."""
        try:
            return expressions.bind(
                sql, lambda text: self.resolve(scope, column, text, key), lambda text: self._type_of(scope, text)
            )
        except expressions.ExpressionError as error:
            raise self.error(scope.table, column, error.message, error.remedy, key) from None

    def _type_of(self, scope: Scope, text: str) -> str | None:
        """The type of a column that was resolved before."""
        if "." not in text:
            return self._types.get((scope.table, text))
        if not refs_called(self.spec(scope.table), text.split(".")[0]):
            return None
        _, name, ref = self._parent(scope, text)
        return self._types.get((ref.table, name))

    # -- parents and days --------------------------------------------------------------------------------------------

    def _parent_scope(self, scope: Scope, fk: str, ref: Ref) -> Scope:
        row = self.parent_row(scope, fk, ref)
        tree = ref.table == scope.table
        nullable = self.spec(scope.table).columns[fk].nulls > 0 or scope.guard or tree
        # what a column of a tree needs of an earlier row, that row's column needs of a still earlier one: a circle
        busy = scope.busy if tree else []
        return Scope(ref.table, row, f"{scope.prefix}{fk}__", row if nullable else None, busy)

    def parent_row(self, scope: Scope, fk: str, ref: Ref) -> str:
        """A hidden column: the parent's row of a foreign key."""
        name = f"row_{fk}"
        if f"_{scope.prefix}{name}" in self._planned:
            return self.hidden(scope, name)
        if ref.table == scope.table:
            sql = relations.earlier_row(ref, self.draw(scope, fk, "parent"), scope.row)
        else:
            parents, fewest = self._parents(scope, fk, ref)
            sql = relations.parent_row(ref, lambda purpose: self.draw(scope, fk, purpose), parents, fewest)
        nulls = self.spec(scope.table).columns[fk].nulls
        if nulls:
            sql = f"IF({draw(scope.row, self.seed(scope, fk, 'nulls'))} < {nulls!r}D, NULL, {sql})"
        if scope.guard:
            sql = f"IF({scope.guard} IS NULL, NULL, {sql})"
        return self.hidden(scope, name, sql)

    def _parents(self, scope: Scope, fk: str, ref: Ref) -> tuple[str, int]:
        """How many parents a child row may choose from: those that came before the child's day."""
        theirs = self._facts.calendars.get(ref.table)
        ours = self._facts.calendars.get(scope.table)
        whole = self._facts.rows[ref.table]
        if theirs is None:
            return f"{whole}L", whole
        if ours is None:  # a table without days sees the parents of the frozen history
            history = self._facts.blueprint.history
            count = theirs.ends[history - theirs.first_day]
            return f"{count}L", count
        first = (ours.date(0) - theirs.epoch).days
        before = first - theirs.first_day  # how many of the parent's days lie before the child's first day
        fewest = theirs.ends[before - 1] if before >= 1 else 0
        if fewest < 1:
            raise self.error(
                scope.table, fk, f"its first row comes on {ours.date(0)}, before any row of {ref.table} exists.",
                _earlier(ref.table, self.spec(ref.table).arrives or Arrivals(), whole, -first), "ref",
            )  # fmt: skip
        ends = numbers(theirs.ends, "BIGINT")
        count_column = self.hidden(
            scope, f"parents_{fk}", f"element_at({ends}, {self.day(scope)} - ({theirs.first_day}))"
        )
        return count_column, fewest

    def day(self, scope: Scope) -> str:
        """A hidden column: the day of the row, as an offset from the epoch."""
        if f"_{scope.prefix}day" in self._planned:
            return self.hidden(scope, "day")
        calendar = self.calendar(scope)
        size, first, crossed = calendar.blocks
        blocks = numbers(first, "INT")
        block = self.hidden(scope, "block", f"element_at({blocks}, CAST({scope.row} div {size}L AS INT) + 1)")
        steps = ""
        if crossed:
            ends = numbers(calendar.ends, "BIGINT")
            last = len(calendar.ends)
            steps = "".join(
                f" + IF({scope.row} >= element_at({ends}, least({last}, {block} + {i + 1})), 1, 0)"
                for i in range(crossed)
            )
        return self.hidden(scope, "day", f"{block}{steps} + ({calendar.first_day})")


def _earlier(table: str, arrives: Arrivals, rows: int, days: int) -> str:
    """What gives a table a row before a day that lies so many days before the epoch: initial rows, early enough."""
    initial = arrives.initial or 0.3
    before = max(arrives.before, 2 * days + 2)  # half of them come early enough, so two of them are enough
    said = [f"initial: {initial:g}"] + ([f"before: {before} days"] if before != Arrivals().before else [])
    fewest = math.ceil(2 / initial)
    enough = "" if rows >= fewest else f" and at least {fewest} rows (it has {rows} at this scale)"
    return f"Give {table} arrives: {{{', '.join(said)}}}{enough}."


def plan_columns(facts: Facts, table: str) -> tuple[tuple[ColumnPlan, ...], tuple[Problem, ...]]:
    """All columns of a table, hidden ones included, each after what it uses; and the problems of those left out."""
    planned = TableFormulas(facts, table)
    return planned.columns, planned.problems

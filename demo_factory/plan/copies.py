"""What a table of predictions says of a governed table: masks and row filters follow their columns there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from demo_factory.plan.explain import column_sources
from demo_factory.plan.query_columns import query_lineage
from demo_factory.plan.steps import AnyStep, Source, Step, TablePlan, ViewPlan

Schemas = Mapping[str, Sequence[str]]


def key_behind(sql: str, column: str, steps: Mapping[str, Step], schemas: Schemas) -> Source | None:
    """The key of a table that a query's column is, through views and references; None when it is something else."""
    found = query_lineage(sql, (column,), schemas)[column]
    while len(found) == 1:
        one = found[0]
        planned = _plan(steps, one.table)
        if isinstance(planned, TablePlan) and planned.key == one.column:
            return one
        found = _before(one, steps, schemas)
    return None


def tables_behind(sql: str, column: str, steps: Mapping[str, Step], schemas: Schemas) -> tuple[Source, ...]:
    """The columns of tables that a query's column is made from, through views."""
    found: dict[Source, None] = {}
    waiting = list(query_lineage(sql, (column,), schemas)[column])
    while waiting:
        one = waiting.pop(0)
        if isinstance(_plan(steps, one.table), TablePlan):
            found[one] = None
        else:
            waiting += _before(one, steps, schemas)
    return tuple(found)


def tables_read(names: Sequence[str], steps: Mapping[str, Step]) -> Iterator[str]:
    """The tables among some objects and below the views among them."""
    for name in names:
        planned = _plan(steps, name)
        if isinstance(planned, TablePlan):
            yield name
        elif isinstance(planned, ViewPlan):
            yield from tables_read(planned.sources, steps)


def _plan(steps: Mapping[str, Step], name: str) -> AnyStep | None:
    """None for one whose own formulas are wrong, which is said already."""
    return steps[name].plan if name in steps else None


def _before(one: Source, steps: Mapping[str, Step], schemas: Schemas) -> tuple[Source, ...]:
    match _plan(steps, one.table):
        case TablePlan() as table:
            return column_sources(table).get(one.column, ())
        case ViewPlan() as view:
            return query_lineage(view.sql, (one.column,), schemas)[one.column]
    return ()

"""What a table of predictions says of a governed table: masks and row filters follow their columns there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import assert_never

from demo_factory.resources.graph import (
    AccessPlan,
    AnyStep,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    TablePlan,
    ViewPlan,
)
from demo_factory.resources.lineage import column_sources, every_column_below
from demo_factory.sql.queries import Query
from demo_factory.sql.query_columns import Source, query_lineage

Schemas = Mapping[str, Sequence[str]]


def key_behind(sql: str, column: str, steps: Mapping[str, Step], schemas: Schemas) -> Source | None:
    """The key of a table that a query's column is, through views and references; None when it is something else."""
    found = query_lineage(sql, (column,), schemas).get(column, ())
    while len(found) == 1:
        one = found[0]
        planned = _plan(steps, one.table)
        if isinstance(planned, TablePlan) and planned.key == one.column:
            return one
        found = _before(one, steps, schemas)
    return None


def tables_behind(query: Query, column: str, steps: Mapping[str, Step], schemas: Schemas) -> tuple[Source, ...]:
    """The columns of tables that a query's column is made from, through views; all of them where nobody can read it."""
    found: dict[Source, None] = {}
    waiting = list(_sources(query.sql, query.sources, column, steps, schemas))
    while waiting:
        one = waiting.pop(0)
        if isinstance(_plan(steps, one.table), TablePlan):
            found[one] = None
        else:
            waiting += _before(one, steps, schemas)
    return tuple(found)


def loses_masks(
    query: Query, column: str, steps: Mapping[str, Step], schemas: Schemas, masked: Collection[tuple[str, str]]
) -> bool:
    """Whether nobody can read where a query's column comes from, and some of what it reads is masked."""
    below = every_column_below(query.sources, steps)
    hides = any((source.table, source.column) in masked for source in below)
    return hides and column not in query_lineage(query.sql, (column,), schemas)


def tables_read(names: Sequence[str], steps: Mapping[str, Step]) -> Iterator[str]:
    """The tables among some objects and below the views among them."""
    for name in names:
        planned = _plan(steps, name)
        if isinstance(planned, TablePlan):
            yield name
        elif isinstance(planned, ViewPlan):
            yield from tables_read(planned.sources, steps)


def _sources(
    sql: str, reads: Sequence[str], column: str, steps: Mapping[str, Step], schemas: Schemas
) -> tuple[Source, ...]:
    found = query_lineage(sql, (column,), schemas)
    return found[column] if column in found else every_column_below(reads, steps)


def _plan(steps: Mapping[str, Step], name: str) -> AnyStep | None:
    """None for one whose own formulas are wrong, which is said already."""
    return steps[name].plan if name in steps else None


def _before(one: Source, steps: Mapping[str, Step], schemas: Schemas) -> tuple[Source, ...]:
    match _plan(steps, one.table):
        case TablePlan() as table:
            return column_sources(table).get(one.column, ())
        case ViewPlan() as view:
            return _sources(view.sql, view.sources, one.column, steps, schemas)
        case ModelPlan() | PredictionsPlan() | OptimizePlan() | AccessPlan() | None:
            return ()
        case never:
            assert_never(never)

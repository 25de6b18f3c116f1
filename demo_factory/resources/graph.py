"""What must happen, as frozen values: one step a table, view, model, prediction table and optimization."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from demo_factory.blueprint.model import Blueprint, Model
from demo_factory.formulas.calendar import Calendar
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.resources.resource import DataKind, Kind, Resource
from demo_factory.sql.names import FullName
from demo_factory.sql.query_columns import Source

StepKind = DataKind | Literal["access"]
RuleKind = Literal[
    "required",
    "type",
    "min",
    "max",
    "allowed",
    "pattern",
    "unique",
    "rows",
    "freshness",
    "orphans",
    "not_before",
    "beats_guess",
    "champion",
]


@dataclass(frozen=True)
class Rule:
    """One promise of a contract. `value` is the bound, the allowed values, the pattern or the parent's column.

    - required: no NULL in `columns[0]`; type: its Spark type is `value`; min/max/allowed/pattern: NULLs pass
    - unique: the combination of `columns` never repeats (rows with a NULL in it pass)
    - rows: the table's row count lies in `value = (min, max)`, either end may be None
    - freshness: the newest `columns[0]` is at most `value` hours before the end of as_of's day
    - orphans: every non-NULL `columns[0]` exists in `parent` (full name) column `parent_column`
    - beats_guess: of a model: by the metric `value` it is better than a guess; champion: of predictions: they have one
    - not_before: joined over `join = (child column, parent key)`, `columns[0]` >= parent's `parent_column`
    """

    name: str
    kind: RuleKind
    columns: tuple[str, ...] = ()
    value: object = None
    blocking: bool = True
    parent: FullName | None = None
    parent_column: str = ""
    join: tuple[str, str] = ("", "")

    @property
    def cross_table(self) -> bool:
        """Whether the rule needs another table, and so runs as a check of its own after both are there."""
        return self.parent is not None


@dataclass(frozen=True)
class TablePlan:
    """A generated table: `columns` stand after what they use, `order` names those that are written."""

    name: str
    full_name: FullName
    columns: tuple[ColumnPlan, ...]
    order: tuple[str, ...]
    rows: int
    rules: tuple[Rule, ...]
    calendar: Calendar | None = None
    key: str | None = None
    arrival: str | None = None
    partition_by: str | None = None
    comment: str = ""
    owner: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    fresh_within: int | None = None

    @property
    def visible(self) -> tuple[ColumnPlan, ...]:
        """The columns that are written, in the blueprint's order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.order)


@dataclass(frozen=True)
class ViewPlan:
    """A view; `sql` has full names in it."""

    name: str
    full_name: FullName
    sql: str
    columns: tuple[str, ...]
    sources: tuple[str, ...]
    comment: str = ""
    owner: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    column_comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelPlan:
    """A classifier: three ready queries. `train` gives entity, features and label in one row an example."""

    name: str
    full_name: FullName
    spec: Model
    features_then_sql: str
    label_sql: str
    features_now_sql: str
    features: tuple[str, ...]
    sources: tuple[str, ...]
    comment: str = ""
    owner: str = ""
    seed: int = 0


@dataclass(frozen=True)
class PredictionsPlan:
    """The table with every entity's prediction by the champion.

    Args:
        copies: columns that are a governed table's own, the entity as its key first: masks and filters follow them.
        hides: masked columns that the label is made from, so that the prediction is masked too.
    """

    name: str
    full_name: FullName
    model: str
    comment: str = ""
    owner: str = ""
    rules: tuple[Rule, ...] = ()
    copies: Mapping[str, Source] = field(default_factory=dict)
    hides: tuple[Source, ...] = ()


@dataclass(frozen=True)
class OptimizePlan:
    """Maintenance statements for one table, or caching of one view."""

    name: str
    target: str
    full_name: FullName
    zorder: tuple[str, ...] = ()
    vacuum_hours: int | None = None
    cache: bool = False
    comment: str = ""
    owner: str = ""


@dataclass(frozen=True)
class AccessPlan:
    """Governed things that are shown and run as one: principals, containers, tags, masks, grants or secrets.

    `kinds` are all the kinds that this step looks after, so that it also removes what is no longer wanted.
    """

    name: str
    full_name: FullName
    resources: tuple[Resource, ...]
    kinds: tuple[Kind, ...]
    comment: str = ""
    owner: str = ""


AnyStep = TablePlan | ViewPlan | ModelPlan | PredictionsPlan | OptimizePlan | AccessPlan


@dataclass(frozen=True)
class Step:
    """One node of the graph: what it is, what it needs and the fingerprint of everything that defines it.

    `moves` says that a later as_of changes it; `said` is the fingerprint of what a table says of itself (comments,
    owner, tags, contract), which can change without its rows.
    """

    kind: StepKind
    name: str
    needs: tuple[str, ...]
    fingerprint: str
    moves: bool
    plan: AnyStep
    said: str = ""

    @property
    def check(self) -> str:
        """The name of the check of its rules that need another table."""
        return f"{self.name}_across"


@dataclass(frozen=True)
class DemoPlan:
    """A whole demo, compiled for one environment, scale and day."""

    blueprint: Blueprint
    env: str
    catalog: str
    schema: str
    scale: float
    epoch: dt.date
    as_of: dt.date
    steps: Mapping[str, Step]  # in an order that can be run

    @property
    def demo(self) -> str:
        """The demo's name."""
        return self.blueprint.demo

    def full_name(self, name: str) -> FullName:
        """The three-part name of one of the demo's objects."""
        return FullName(self.catalog, self.schema, name)

    def resources_of(self, step: Step) -> tuple[Resource, ...]:
        """What a step makes: one thing, or the governed things that it stands for."""
        if isinstance(step.plan, AccessPlan):
            return step.plan.resources
        desired = {
            "fingerprint": step.fingerprint,
            "said": step.said,
            "moves": step.moves,
            "as_of": str(self.as_of),
            "epoch": str(self.epoch),
        }
        needs = [one.id for name in step.needs if name in self.steps for one in self.resources_of(self.steps[name])]
        return (Resource(step.kind, str(step.plan.full_name), desired, tuple(needs), step.name),)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything that the demo consists of, each after what it needs."""
        return tuple(one for step in self.steps.values() for one in self.resources_of(step))

    def of_kind(self, kind: StepKind) -> tuple[Step, ...]:
        """The steps of one kind, in order."""
        return tuple(step for step in self.steps.values() if step.kind == kind)


def fingerprint(*parts: object) -> str:
    """A short stable hash of plain values."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=10).hexdigest()

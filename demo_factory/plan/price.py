"""What a build on a workspace may cost, as a range: minutes, DBUs and money, with everything that was assumed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from demo_factory.resources.diff import to_make
from demo_factory.resources.graph import DemoPlan, TablePlan
from demo_factory.resources.resource import Change
from demo_factory.targets.model import Target

# Rough list prices per DBU in USD, for a first idea; a contract's own go into `prices` of the target.
PRICES: Mapping[str, float] = {"JOBS_COMPUTE": 0.15, "JOBS_SERVERLESS_COMPUTE": 0.35, "SERVERLESS_SQL_COMPUTE": 0.70}


@dataclass(frozen=True)
class Range:
    """From little to much."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Range | float) -> Range:
        by = other if isinstance(other, Range) else Range(other, other)
        return Range(self.low * by.low, self.high * by.high)

    def __str__(self) -> str:
        return f"{self.low:,.2f} to {self.high:,.2f}"


@dataclass(frozen=True)
class Assumptions:
    """What nobody can know before a run; none of it was measured on a real workspace."""

    cluster_start_minutes: Range = Range(4, 8)
    serverless_start_minutes: Range = Range(0.3, 1.5)
    step_minutes: Range = Range(0.15, 0.6)
    model_minutes: Range = Range(0.5, 2)
    minutes_per_million_rows: Range = Range(0.02, 0.15)
    node_dbus_per_hour: Range = Range(0.75, 2)
    serverless_dbus_per_hour: Range = Range(4, 12)
    warehouse_dbus_per_hour: Range = Range(4, 4)
    governance_minutes_each: Range = Range(0.02, 0.08)
    warehouse_idle_minutes: Range = Range(5, 10)

    def said(self) -> tuple[str, ...]:
        """Each in words."""
        found = ((field.name.replace("_", " "), getattr(self, field.name)) for field in fields(self))
        return tuple(f"{name}: {value.low:g} to {value.high:g}" for name, value in found)


@dataclass(frozen=True)
class Line:
    """One kind of compute: how long, how many DBUs, at what price."""

    sku: str
    minutes: Range
    dbus: Range
    price: float

    @property
    def money(self) -> Range:
        """What it costs."""
        return self.dbus * self.price


@dataclass(frozen=True)
class Estimate:
    """The whole build."""

    minutes: Range
    dbus: Range
    money: Range
    currency: str
    lines: tuple[Line, ...]
    assumptions: tuple[str, ...]
    unknown: tuple[str, ...] = ()  # what the target prices and no line ever has


def estimate_changes(plan: DemoPlan, target: Target, found: Sequence[Change]) -> Estimate:
    """What a build of these changes may take: an append counts its new rows, a description none."""
    todo = to_make(found)
    fewer = {change.name: 0 if change.kind == "describe" else change.rows or 0 for change in todo}
    return estimate(plan, target, fewer, rows=fewer)


def estimate(
    plan: DemoPlan,
    target: Target,
    steps: Collection[str] | None = None,
    assumed: Assumptions | None = None,
    rows: Mapping[str, int] | None = None,
) -> Estimate:
    """What building some steps of a demo may take; all of them by default, nothing for none.

    Storage, network and the cloud's own price of classic nodes are not in it.

    Args:
        rows: how many rows are made of a table, where it is not all of them.
    """
    assumed = assumed or Assumptions()
    todo = [step for step in plan.steps.values() if steps is None or step.name in steps]
    spark = [step for step in todo if step.kind != "access"]
    many = sum((rows or {}).get(step.name, step.plan.rows) for step in spark if isinstance(step.plan, TablePlan))
    models = sum(step.kind == "model" for step in spark)
    work = assumed.step_minutes * (len(spark) - models) + assumed.model_minutes * models
    work += assumed.minutes_per_million_rows * (many / 1e6)
    things = sum(len(plan.resources_of(step)) for step in todo if step.kind == "access")
    lines = [
        *([_compute(target, assumed, work, len(spark))] if spark else []),
        *([_warehouse(target, assumed, things)] if things else []),
    ]
    nothing = Range(0, 0)
    waiting = assumed.governance_minutes_each * things
    return Estimate(
        (lines[0].minutes if spark else nothing) + waiting,
        sum((line.dbus for line in lines), nothing),
        sum((line.money for line in lines), nothing),
        target.currency,
        tuple(lines),
        (
            *(f"{line.sku}: {line.price:g} {target.currency} a DBU{_whose(target, line.sku)}" for line in lines),
            *assumed.said(),
        ),
        tuple(sorted(set(target.prices) - set(PRICES))),
    )


def _compute(target: Target, assumed: Assumptions, work: Range, steps: int) -> Line:
    cluster = target.compute.cluster
    if cluster is None:  # each step is a run of its own
        minutes = work + assumed.serverless_start_minutes * steps
        return _line(target, "JOBS_SERVERLESS_COMPUTE", minutes, assumed.serverless_dbus_per_hour)
    size = cluster.autoscale
    workers = Range(size.min, size.max) if size else Range(cluster.workers or 1, cluster.workers or 1)
    nodes = workers + Range(1, 1)  # the driver
    minutes = work if cluster.existing else work + assumed.cluster_start_minutes
    return _line(target, "JOBS_COMPUTE", minutes, assumed.node_dbus_per_hour * nodes)


def _warehouse(target: Target, assumed: Assumptions, things: int) -> Line:
    minutes = assumed.governance_minutes_each * things + assumed.warehouse_idle_minutes
    return _line(target, "SERVERLESS_SQL_COMPUTE", minutes, assumed.warehouse_dbus_per_hour)


def _line(target: Target, sku: str, minutes: Range, dbus_per_hour: Range) -> Line:
    return Line(sku, minutes, dbus_per_hour * minutes * (1 / 60), target.prices.get(sku, PRICES[sku]))


def _whose(target: Target, sku: str) -> str:
    return "" if sku in target.prices else ", a rough list price in USD"

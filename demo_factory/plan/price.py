"""What a build on a workspace may cost, as a range: minutes, DBUs and money, with everything that was assumed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from demo_factory.resources.diff import to_make
from demo_factory.resources.graph import DemoPlan, TablePlan
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import Change
from demo_factory.targets.model import Target


class Sku(NamedTuple):
    """What one kind of compute is billed as: a rough list price per DBU in USD, and what the bill counts."""

    price: float
    counts: str


# By the name in `system.billing.list_prices`, without the tier before and the region after it; the prices are those of
# Premium on AWS, and others differ by up to a third. A contract's own go into `prices` of the target.
SKUS: Mapping[str, Sku] = {
    "JOBS_COMPUTE": Sku(0.15, "nodes of a cluster that a job makes for itself, as the bundle's jobs do"),
    "ALL_PURPOSE_COMPUTE": Sku(0.55, "nodes of any other cluster, also of one that steps of a run share"),
    "JOBS_SERVERLESS_COMPUTE": Sku(0.35, "a serverless run while it goes on"),
    "SQL_COMPUTE": Sku(0.22, "a classic warehouse while it is up"),
    "SQL_PRO_COMPUTE": Sku(0.55, "a pro warehouse while it is up"),
    "SERVERLESS_SQL_COMPUTE": Sku(0.70, "a serverless warehouse while it is up"),
}
PRICES: Mapping[str, float] = {name: sku.price for name, sku in SKUS.items()}


# DBUs an hour of a warehouse by its size: docs.databricks.com/aws/en/compute/sql-warehouse/warehouse-behavior.
SIZES: Mapping[str, float] = {
    "2X-Small": 4, "X-Small": 6, "Small": 12, "Medium": 24, "Large": 40, "X-Large": 80, "2X-Large": 144,
    "3X-Large": 272, "4X-Large": 528,
}  # fmt: skip


class BilledWarehouse(NamedTuple):
    """As what a warehouse is billed; it stops after so many idle minutes, with 0 never, with None nobody knows when."""

    sku: str = "SERVERLESS_SQL_COMPUTE"
    size: str = ""
    idle_minutes: int | None = None


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
    keeps: tuple[str, ...] = ()  # what goes on costing when the build is over, in words
    unknown: tuple[str, ...] = ()  # what the target prices and no line ever has


def estimate_changes(
    plan: DemoPlan, target: Target, found: Sequence[Change], warehouse: BilledWarehouse | None = None
) -> Estimate:
    """What a build of these changes may take: an append counts its new rows, a description none."""
    todo = to_make(found)
    fewer = {change.name: 0 if change.kind == "describe" else change.rows or 0 for change in todo}
    return estimate(plan, target, fewer, rows=fewer, warehouse=warehouse)


def estimate(
    plan: DemoPlan,
    target: Target,
    steps: Collection[str] | None = None,
    assumed: Assumptions | None = None,
    rows: Mapping[str, int] | None = None,
    warehouse: BilledWarehouse | None = None,
) -> Estimate:
    """What building some steps of a demo may take; all of them by default, nothing for none.

    Storage, network and the cloud's own price of classic nodes are not in it.

    Args:
        rows: how many rows are made of a table, where it is not all of them.
        warehouse: the target's, where somebody has looked at it; otherwise a small serverless one.
    """
    seen = warehouse or BilledWarehouse()
    assumed = _of_warehouse(assumed or Assumptions(), seen)
    todo = [step for step in plan.steps.values() if steps is None or step.name in steps]
    spark = [step for step in todo if step.kind != "access"]
    many = sum((rows or {}).get(step.name, step.plan.rows) for step in spark if isinstance(step.plan, TablePlan))
    models = sum(step.kind == "model" for step in spark)
    work = assumed.step_minutes * (len(spark) - models) + assumed.model_minutes * models
    work += assumed.minutes_per_million_rows * (many / 1e6)
    things = sum(len(plan.resources_of(step)) for step in todo if step.kind == "access")
    lines = [
        *([_compute(target, assumed, work, len(spark))] if spark else []),
        *([_warehouse(target, assumed, things, seen.sku)] if things else []),
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
            *(f"{one.sku}: {one.price:g} {target.currency} a DBU{_whose(target, one.sku)}" for one in lines),
            *(f"{one.sku}: {SKUS[one.sku].counts}" for one in lines),
            *assumed.said(),
        ),
        keeps_costing(plan, target, seen),
        tuple(sorted(set(target.prices) - set(PRICES))),
    )


def _of_warehouse(assumed: Assumptions, seen: BilledWarehouse) -> Assumptions:
    """What need not be assumed of a warehouse that somebody has looked at."""
    dbus, idle = SIZES.get(seen.size), seen.idle_minutes
    return replace(
        assumed,
        warehouse_dbus_per_hour=Range(dbus, dbus) if dbus else assumed.warehouse_dbus_per_hour,
        warehouse_idle_minutes=Range(idle, idle) if idle else assumed.warehouse_idle_minutes,
    )


def keeps_costing(plan: DemoPlan, target: Target, warehouse: BilledWarehouse | None = None) -> tuple[str, ...]:
    """What goes on costing when a build is over, until the demo is destroyed: each in words, with what it is for."""
    found: dict[str, int] = {}
    for resource in plan.resources:
        idle = KINDS[resource.kind].idle if resource.kind in KINDS else ""
        if idle:
            found[idle] = found.get(idle, 0) + 1
    words = [f"{idle}: {count} of them" for idle, count in found.items()]
    words.append(_until_it_stops(target.warehouse, warehouse or BilledWarehouse()))
    if target.compute.cluster is not None and target.compute.cluster.existing is not None:
        words.append(f"the cluster {target.compute.cluster.existing} until it ends by itself: not in the price above")
    if plan.blueprint.expires is not None:
        words.append(f"all of it until the demo expires: {plan.blueprint.expires} days after its first build")
    return tuple(words)


def _until_it_stops(name: str, warehouse: BilledWarehouse) -> str:
    if warehouse.idle_minutes == 0:
        return f"the warehouse {name}, which does not stop by itself: that is not in the price above"
    minutes = _of_warehouse(Assumptions(), warehouse).warehouse_idle_minutes
    many = f"{minutes.low:g} to {minutes.high:g}" if minutes.low != minutes.high else f"{minutes.low:g}"
    return f"the warehouse {name} until it stops when idle: {many} minutes of it are in the price above"


def _compute(target: Target, assumed: Assumptions, work: Range, steps: int) -> Line:
    cluster = target.compute.cluster
    if cluster is None:  # each step is a run of its own
        minutes = work + assumed.serverless_start_minutes * steps
        return _line(target, "JOBS_SERVERLESS_COMPUTE", minutes, assumed.serverless_dbus_per_hour)
    size = cluster.autoscale
    workers = Range(size.min, size.max) if size else Range(cluster.workers or 1, cluster.workers or 1)
    nodes = workers + Range(1, 1)  # the driver
    minutes = work if cluster.existing else work + assumed.cluster_start_minutes
    # a cluster of the Clusters API is all-purpose, whatever runs on it
    return _line(target, "ALL_PURPOSE_COMPUTE", minutes, assumed.node_dbus_per_hour * nodes)


def _warehouse(target: Target, assumed: Assumptions, things: int, sku: str) -> Line:
    minutes = assumed.governance_minutes_each * things + assumed.warehouse_idle_minutes
    return _line(target, sku, minutes, assumed.warehouse_dbus_per_hour)


def _line(target: Target, sku: str, minutes: Range, dbus_per_hour: Range) -> Line:
    return Line(sku, minutes, dbus_per_hour * minutes * (1 / 60), target.prices.get(sku, PRICES[sku]))


def _whose(target: Target, sku: str) -> str:
    return "" if sku in target.prices else ", a rough list price in USD"

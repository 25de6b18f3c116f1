"""Contracts of the blueprint as a flat list of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.lookup import refs, refs_called
from demo_factory.blueprint.model import Blueprint, Table
from demo_factory.formulas.calendar import Calendar
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.resources.graph import Rule
from demo_factory.sql.names import FullName

_SHOWN_VALUES = 8


def rules_of(
    blueprint: Blueprint,
    name: str,
    columns: tuple[ColumnPlan, ...],
    rows: int,
    days: Calendar | None,
    full: Callable[[str], FullName],
) -> tuple[Rule, ...]:
    """Every promise of a table: of its columns, of the whole table, and of its relations to others.

    Args:
        rows: how many the table has in this plan.
        days: the days on which they come.
    """
    table = blueprint.tables[name]
    rules: list[Rule] = []
    for column in columns:
        spec = table.columns[column.name]
        blocking = table.contract.blocking if spec.check.blocking is None else spec.check.blocking
        rules.append(Rule(f"{column.name}_type", "type", (column.name,), column.type, blocking))
        rules.extend(_column_rules(column.name, spec, blocking))
        rules.extend(_relations(blueprint, table, column.name, spec, blocking, full))
    rules.extend(_table_rules(table, rows, days))
    return tuple(rules)


def _column_rules(name: str, spec: Column, blocking: bool) -> Iterator[Rule]:
    check, is_key = spec.check, spec.key is not None
    if check.required or is_key:
        yield Rule(f"{name}_required", "required", (name,), None, blocking)
    if check.unique or is_key:
        yield Rule(f"{name}_unique", "unique", (name,), None, blocking)
    if check.min is not None:
        yield Rule(f"{name}_min", "min", (name,), check.min, blocking)
    if check.max is not None:
        yield Rule(f"{name}_max", "max", (name,), check.max, blocking)
    if check.allowed is not None:
        yield Rule(f"{name}_allowed", "allowed", (name,), tuple(check.allowed), blocking)
    if check.pattern is not None:
        yield Rule(f"{name}_pattern", "pattern", (name,), check.pattern, blocking)


def _relations(
    blueprint: Blueprint, table: Table, name: str, spec: Column, blocking: bool, full: Callable[[str], FullName]
) -> Iterator[Rule]:
    if spec.ref is not None:
        parent_key = blueprint.tables[spec.ref.table].key or ""
        join = (name, parent_key)
        yield Rule(f"{name}_orphans", "orphans", (name,), None, blocking, full(spec.ref.table), parent_key, join)
    if spec.check.not_before is not None:
        owner, column = spec.check.not_before.split(".", 1)
        fk = refs_called(table, owner)[0]
        parent = refs(table)[fk]
        join = (fk, blueprint.tables[parent].key or "")
        yield Rule(f"{name}_not_before", "not_before", (name,), None, blocking, full(parent), column, join)


def _table_rules(table: Table, rows: int, days: Calendar | None) -> Iterator[Rule]:
    contract = table.contract
    for columns in contract.unique:
        yield Rule(f"{'_'.join(columns)}_unique", "unique", tuple(columns), None, contract.blocking)
    if contract.rows is not None:
        band = contract.rows  # of table.rows; here as large a share of the rows that are planned, whole rows outwards
        most = None if band.max is None else -(-band.max * rows // table.rows)
        yield Rule("rows", "rows", (), (band.min * rows // table.rows, most), contract.blocking)
    if contract.fresh_within is not None and table.arrival is not None:
        quiet = days.quiet_days if days is not None else 0  # a day on which no row is due makes nothing stale
        hours = max(contract.fresh_within, 24 * (quiet + 1)) if quiet else contract.fresh_within
        yield Rule("freshness", "freshness", (table.arrival,), hours, contract.blocking)


# A weak model is no fault of the data: it is said as a warning, and nothing stops.
HAS_CHAMPION = Rule("has_champion", "champion", blocking=False)


def beats_guess(metric: str) -> Rule:
    """What every model promises."""
    return Rule("beats_guess", "beats_guess", value=metric, blocking=False)


def prediction_rules(entity: str) -> tuple[Rule, ...]:
    """What every table of predictions promises: each entity once, and probabilities that are some."""
    return (
        Rule("entity_once", "unique", (entity,)),
        Rule("prediction_required", "required", ("prediction",)),
        Rule("probability_min", "min", ("probability",), 0.0),
        Rule("probability_max", "max", ("probability",), 1.0),
    )


def promise(rule: Rule) -> str:
    """What the rule demands, in plain words."""
    subject = ", ".join(rule.columns)
    match rule.kind:
        case "required":
            return f"{subject} must not be empty"
        case "type":
            return f"{subject} must be of type {rule.value}"
        case "min":
            return f"{subject} must be at least {_shown(rule.value)}"
        case "max":
            return f"{subject} must be at most {_shown(rule.value)}"
        case "allowed":
            return f"{subject} must be one of {_listed(rule.value)}"
        case "pattern":
            return f"{subject} must match {rule.value}"
        case "unique":
            return f"{subject} must not repeat"
        case "rows":
            return f"the table must have {_band(rule.value)} rows"
        case "freshness":
            return f"{subject} must be at most {_shown(rule.value)} hours old at the end of the day"
        case "orphans":
            return f"{subject} must exist in {_parent(rule)}"
        case "not_before":
            return f"{subject} must not lie before {_parent(rule)}"
        case "beats_guess":
            return f"the model must beat a guess by {rule.value}"
        case "champion":
            return "the model must have a champion"


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _listed(values: object) -> str:
    known = list(values) if isinstance(values, list | tuple | set | frozenset) else [values]
    left = len(known) - _SHOWN_VALUES
    shown = ", ".join(str(value) for value in known[:_SHOWN_VALUES])
    return f"{shown} and {left} more" if left > 0 else shown


def _band(value: object) -> str:
    low, high = value if isinstance(value, tuple | list) else (value, value)
    if low is None:
        return f"at most {_shown(high)}"
    return f"at least {_shown(low)}" if high is None else f"between {_shown(low)} and {_shown(high)}"


def _parent(rule: Rule) -> str:
    return f"{rule.parent.name}.{rule.parent_column}" if rule.parent else rule.parent_column

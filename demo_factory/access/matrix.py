"""The access matrix: what each principal sees of each table and view, column by column, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.resources.lineage import Lineage
from demo_factory.resources.registry import SECURABLE
from demo_factory.resources.resource import ResourceId, Value
from demo_factory.sql.query_columns import Source

CLEAR = "clear"
ALL = "all"
GUARDED = ("table", "predictions")  # what masks and filters lie on


@dataclass(frozen=True)
class Access:
    """What one principal sees of one object.

    `rows` is `all` or the condition for those that are seen; `columns` says of each `clear`, or what is seen instead.
    """

    principal: str
    object: str
    kind: Literal["table", "view", "predictions", "model"]
    allowed: bool
    why: str
    rows: str = ALL
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """The whole in a word: none, clear, or which of masked and filtered it is; a model may be used."""
        if not self.allowed:
            return "none"
        if self.kind == "model":
            return "may use"
        masked = any(how != CLEAR for how in self.columns.values())
        return " and ".join(word for word, so in (("masked", masked), ("filtered", self.rows != ALL)) if so) or CLEAR


def matrix(
    plan: DemoPlan, values: Mapping[ResourceId, Value | None], principals: Sequence[str] | None = None
) -> tuple[Access, ...]:
    """What principals see of a demo's tables, views and models.

    Args:
        values: governed things by kind and key: what items want, or what a target has.
        principals: whose; default: all that the governed things name.
    """
    rights, lineage = Rights(values), Lineage(plan)
    return tuple(
        _access(plan, rights, lineage, who, step)
        for who in (rights.principals if principals is None else principals)
        for step in plan.steps.values()
        if step.kind in SECURABLE
    )


def difference(declared: Access, effective: Access | None) -> str:
    """What a target gives that the blueprint does not, in words; empty when they agree."""
    if effective is None:
        return "nothing is there"
    if declared.allowed != effective.allowed:
        return f"declared {declared.seen}, in effect {effective.seen}: {effective.why}"
    parts = [] if declared.rows == effective.rows else [f"rows {declared.rows} -> {effective.rows}"]
    for column, how in declared.columns.items():
        if effective.columns.get(column) != how:
            parts.append(f"{column} {how} -> {effective.columns.get(column)}")
    return "; ".join(parts)


def _access(plan: DemoPlan, rights: Rights, lineage: Lineage, who: str, step: Step) -> Access:
    kind, full = SECURABLE[step.kind], str(step.plan.full_name)
    privilege = "EXECUTE" if step.kind == "model" else "SELECT"
    missing = rights.missing(who, privilege, kind, full)
    try:
        if missing:
            why = f"missing: {', '.join(missing)}"
            return Access(who, step.name, step.kind, False, why)  # type: ignore[arg-type]
        if step.kind == "view":
            _check_owner(plan, rights, step)
        why = rights.because(who, privilege, kind, full)
        rows, columns = _rows(plan, rights, who, step), _columns(plan, rights, lineage, who, step)
    except DemoError as error:  # a guard that is broken lets nobody through
        return Access(who, step.name, step.kind, False, error.message)  # type: ignore[arg-type]
    return Access(who, step.name, step.kind, True, why, rows, columns)  # type: ignore[arg-type]


def _check_owner(plan: DemoPlan, rights: Rights, step: Step) -> None:
    owner = rights.owner("table", str(step.plan.full_name))
    for name in step.needs if owner is not None else ():
        missing = rights.missing(owner or "", "SELECT", "table", str(plan.full_name(name)))
        if missing:
            raise DemoError(f"its owner {owner} may not read {name}: {', '.join(missing)}", "")


def _rows(plan: DemoPlan, rights: Rights, who: str, step: Step) -> str:
    """The filters of a table, or of all tables that a view reads."""
    if step.kind in GUARDED:
        guard = rights.rows(who, str(step.plan.full_name))
        return guard.text if guard else ALL
    if step.kind != "view":
        return ALL
    found = {name: rights.rows(who, str(plan.full_name(name))) for name in _tables_below(plan, step)}
    return " and ".join(f"{name}: {guard.text}" for name, guard in found.items() if guard) or ALL


def _tables_below(plan: DemoPlan, step: Step) -> tuple[str, ...]:
    found: dict[str, None] = {}
    waiting = list(step.needs)
    while waiting:
        below = plan.steps[waiting.pop(0)]
        if below.kind in GUARDED:
            found[below.name] = None
        elif below.kind == "view":
            waiting += below.needs
    return tuple(found)


def _columns(plan: DemoPlan, rights: Rights, lineage: Lineage, who: str, step: Step) -> dict[str, str]:
    if isinstance(step.plan, TablePlan):
        full = str(step.plan.full_name)
        guards = {name: rights.cell(who, full, name) for name in step.plan.order}
        return {name: f"as {guard.text}" if guard else CLEAR for name, guard in guards.items()}
    if step.kind == "model":
        return {}
    names = lineage.columns(step.name)
    if step.kind == "predictions":
        seen = {name: rights.cell(who, str(step.plan.full_name), name) for name in names}
        return {name: f"as {guard.text}" if guard else CLEAR for name, guard in seen.items()}
    return {name: _through(plan, rights, lineage, who, Source(step.name, name)) for name in names}


def _through(plan: DemoPlan, rights: Rights, lineage: Lineage, who: str, source: Source) -> str:
    """A view's column is made from what the principal sees of the tables below."""
    masked: dict[str, None] = {}
    waiting = list(lineage.above(source))
    while waiting:
        one = waiting.pop(0)
        below = plan.steps[one.table]
        if below.kind == "view":
            waiting += lineage.above(one)
        elif below.kind in GUARDED and (guard := rights.cell(who, str(below.plan.full_name), one.column)):
            masked[f"{one.table}.{one.column} as {guard.text}"] = None
    return f"from {', '.join(masked)}" if masked else CLEAR

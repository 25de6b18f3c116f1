"""The governed shop as principals meet it, without Spark."""

from __future__ import annotations

from demo_factory.plan.enforce import Door, Thing
from demo_factory.plan.rights import Rights
from demo_factory.plan.steps import TablePlan, ViewPlan
from demo_factory_tests.plan.governed import CATALOG, SCHEMA, governed, items


def values() -> dict[tuple[str, str], object]:
    """What is declared, by kind and key: change it to try other rights."""
    return {ref: dict(item.want) for ref, item in items().items()}


def things() -> dict[str, Thing]:
    """Its tables and views."""
    found = {}
    for step in governed().steps.values():
        match step.plan:
            case TablePlan() as table:
                found[str(table.full_name)] = Thing(table.full_name, "table", lambda table=table: table.order)  # type: ignore[misc]
            case ViewPlan() as view:
                found[str(view.full_name)] = Thing(view.full_name, "view", sql=view.sql)
    return found


def door(principal: str, rights: dict[tuple[str, str], object] | None = None) -> Door:
    """Where a principal asks; by default with what is declared."""
    return Door(Rights(rights or values()), principal, things(), (CATALOG, SCHEMA))  # type: ignore[arg-type]

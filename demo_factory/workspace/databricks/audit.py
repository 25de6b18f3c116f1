"""The audit of a workspace, from its system tables."""

from __future__ import annotations

from demo_factory.plan import monitoring
from demo_factory.plan.monitoring import Event
from demo_factory.workspace.databricks.system_tables import rows_of
from demo_factory.workspace.databricks.warehouse import Warehouse


def audit(warehouse: Warehouse, name: str, days: int) -> tuple[Event, ...]:
    """What was done with a demo's schema in the last days, newest first.

    Raises:
        DemoError: the table is not there, or may not be read.
    """
    rows = rows_of(warehouse, monitoring.audit(name, days), "system.access.audit", f"the audit of {name}")
    return tuple(Event(**row) for row in rows)

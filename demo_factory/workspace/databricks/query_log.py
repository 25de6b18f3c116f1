"""The slow queries of a workspace, from its system tables."""

from __future__ import annotations

from demo_factory.plan import monitoring
from demo_factory.plan.monitoring import Query
from demo_factory.workspace.databricks.system_tables import rows_of
from demo_factory.workspace.databricks.warehouse import Warehouse


def slow_queries(warehouse: Warehouse, catalog: str) -> tuple[Query, ...]:
    """The slowest queries of the last days on a catalog.

    Raises:
        DemoError: the table is not there, or may not be read.
    """
    rows = rows_of(warehouse, monitoring.slow_queries(catalog), "system.query.history", f"the queries on {catalog}")
    return tuple(Query(**row) for row in rows)

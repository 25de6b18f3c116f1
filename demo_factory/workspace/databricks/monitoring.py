"""Slow queries and audit of a workspace, read from its system tables by the target's warehouse."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan import monitoring
from demo_factory.plan.monitoring import Event, Query, Statement
from demo_factory.workspace.databricks.warehouse import StatementFailed, Warehouse


def slow_queries(warehouse: Warehouse, catalog: str) -> tuple[Query, ...]:
    """The slowest queries of the last days on a catalog.

    Raises:
        DemoError: the table is not there, or may not be read.
    """
    rows = _rows(warehouse, monitoring.slow_queries(catalog), "system.query.history", f"the queries on {catalog}")
    return tuple(Query(**row) for row in rows)


def audit(warehouse: Warehouse, name: str, days: int) -> tuple[Event, ...]:
    """What was done with a demo's schema in the last days, newest first.

    Raises:
        DemoError: the table is not there, or may not be read.
    """
    rows = _rows(warehouse, monitoring.audit(name, days), "system.access.audit", f"the audit of {name}")
    return tuple(Event(**row) for row in rows)


def _rows(warehouse: Warehouse, asked: Statement, table: str, what: str) -> list[dict[str, Any]]:
    try:
        found = warehouse.run(asked.text, asked.parameters, f"read {what}")
    except StatementFailed as error:
        schema = table.rpartition(".")[0]
        raise DemoError(
            f"{error.message.rstrip('.')}.",
            f"Have an account admin enable {schema} and grant USE CATALOG ON system, USE SCHEMA ON {schema} and "
            f"SELECT ON {table} to whoever is logged in.",
        ) from error
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

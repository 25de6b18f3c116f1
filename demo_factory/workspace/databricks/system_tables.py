"""A workspace's system tables, read by the target's warehouse."""

from __future__ import annotations

from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Statement
from demo_factory.workspace.databricks.warehouse import StatementFailed, Warehouse


def rows_of(warehouse: Warehouse, asked: Statement, table: str, what: str) -> list[dict[str, Any]]:
    """What a statement finds in a system table, a mapping a row.

    Raises:
        DemoError: the table is not there, or may not be read; says whom to ask for what.
    """
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

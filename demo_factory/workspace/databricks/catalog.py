"""Tables, views and registered models as Unity Catalog has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_factory.resources.graph import ViewPlan
from demo_factory.sql.names import FullName
from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.ledger import OBJECTS
from demo_factory.workspace.views import view_statement

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.catalog import TableInfo
    from pyspark.sql import SparkSession


def create_view(spark: SparkSession, view: ViewPlan) -> None:
    """Create or replace a view."""
    name = view.full_name
    spark.sql(view_statement(spark, str(name), name.quoted, view.sql, view.comment, view.column_comments))


def drop(client: WorkspaceClient, kind: str, name: FullName) -> bool:
    """Drop a table, view or model; False when it was gone already."""
    from databricks.sdk.errors import NotFound

    with plainly(f"drop the {kind} {name}"):
        try:
            if kind in OBJECTS:
                client.tables.delete(str(name))
            elif kind == "model":
                client.registered_models.delete(str(name))
        except NotFound:
            return False
    return True


def kind_of(shown: TableInfo) -> str:
    """'table' or 'view', of what is listed as one of many types."""
    from databricks.sdk.service.catalog import TableType

    return "view" if shown.table_type in (TableType.VIEW, TableType.MATERIALIZED_VIEW) else "table"


def exists(client: WorkspaceClient, name: str) -> str | None:
    """'table' or 'view' when the object is there, None otherwise."""
    from databricks.sdk.errors import NotFound

    with plainly(f"look at {name}"):
        try:
            return kind_of(client.tables.get(name))
        except NotFound:
            return None


def is_optimized(client: WorkspaceClient, name: FullName) -> bool:
    """Whether predictive optimization looks after a table's files."""
    found: Any = client.tables.get(str(name)).effective_predictive_optimization_flag
    return found is not None and found.value is not None and found.value.value == "ENABLE"

"""Slow queries and audit of a demo as assets of their own: they watch, so no build of the demo waits for them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration.metadata import monitoring_group, owners
from demo_factory.plan.monitoring import MOST_ROWS, SLOW_DAYS, Event, Query
from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.ports import Workspace

_WATCH = "monitoring"
_TYPES = {"int": "int", "int | None": "int"}
Found = Sequence[Query] | Sequence[Event]


def monitoring_assets(plan: DemoPlan, settings: Settings) -> list[dg.AssetsDefinition]:
    """What watches a demo: its slow queries, and its audit where the blueprint asks for one.

    Args:
        plan: for the names alone, which no day changes.
    """
    days = plan.blueprint.governance.audit
    slow = _asset(
        plan,
        settings,
        "slow_queries",
        f"The slowest queries of the last {SLOW_DAYS} days, at most {MOST_ROWS}",
        Query,
        lambda workspace: workspace.slow_queries(plan.demo, plan.catalog),
    )
    if days is None:
        return [slow]
    schema = f"{plan.catalog}.{plan.schema}"
    about = f"Who did what with {schema} in the last {days} days, at most {MOST_ROWS}, newest first"
    return [slow, _asset(plan, settings, "audit", about, Event, lambda workspace: workspace.audit(schema, days))]


def _key(plan: DemoPlan, name: str) -> dg.AssetKey:
    """Three parts: no step of a demo has such a key."""
    return dg.AssetKey([plan.blueprint.asset_prefix, _WATCH, name])


def _asset(
    plan: DemoPlan,
    settings: Settings,
    name: str,
    about: str,
    shape: type[Query] | type[Event],
    look: Callable[[Workspace], Found],
) -> dg.AssetsDefinition:
    @dg.asset(
        key=_key(plan, name),
        group_name=monitoring_group(plan),
        kinds={_WATCH, "sql"},
        owners=owners(plan),
        description=f"{about}. Only reads; where the target does not show it, the metadata say why.",
        metadata={"demo": plan.demo, "environment": plan.env},
    )
    def watch(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        try:
            found = look(open_workspace(settings))
        except DemoError as error:
            context.log.warning(str(error))
            return dg.MaterializeResult(metadata={"demo": plan.demo, "off": str(error)})
        return dg.MaterializeResult(metadata={"demo": plan.demo, **_shown(name, found, shape)})

    return watch


def _shown(name: str, found: Found, shape: type[Query] | type[Event]) -> dict[str, Any]:
    """How many, and each of them as a row of a table."""
    columns = [dg.TableColumn(field.name, _TYPES.get(str(field.type), "string")) for field in fields(shape)]
    records = [dg.TableRecord(_plain(asdict(one))) for one in found]
    table = dg.MetadataValue.table(records, schema=dg.TableSchema(columns))
    return {"dagster/row_count": len(found), name: table}


def _plain(row: dict[str, Any]) -> dict[str, str | int | float | bool]:
    """Dagster's tables know no NULL."""
    return {key: "" if value is None else value for key, value in row.items()}

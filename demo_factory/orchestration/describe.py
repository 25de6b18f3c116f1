"""What Dagster shows of an asset: schema with comments, column lineage, full name, preview, plots."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import dagster as dg

from demo_factory.orchestration.work import Outcome
from demo_factory.plan.lineage import Lineage
from demo_factory.plan.steps import DemoPlan, ModelPlan, OptimizePlan, Step, TablePlan, ViewPlan

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_KINDS = {
    "table": {"delta", "table"},
    "view": {"sql", "view"},
    "model": {"mlflow", "scikitlearn"},
    "predictions": {"delta", "mlflow"},
    "optimize": {"delta", "spark"},
}
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,63}")
_ORDER = ("public", "confidential", "pii")
_PREVIEW_ROWS = 5
_HIDDEN = "•••"


def asset_key(plan: DemoPlan, name: str) -> dg.AssetKey:
    """[project, name]: no catalog, so that history survives a change of environment."""
    return dg.AssetKey([plan.blueprint.asset_prefix, name])


def kinds(step: Step) -> set[str]:
    """The icons of an asset."""
    return _KINDS[step.kind]


def owners(step: Step) -> list[str]:
    """The owner as Dagster writes it: a team, or an e-mail address."""
    owner = step.plan.owner
    return [owner if "@" in owner else f"team:{owner}"] if owner else []


def tags(step: Step) -> dict[str, str]:
    """The blueprint's tags, and the strictest classification of a table's columns."""
    plan = step.plan
    found = dict(plan.tags) if isinstance(plan, TablePlan | ViewPlan) else {}
    if isinstance(plan, TablePlan):
        found["classification"] = max((c.classification for c in plan.visible), key=_ORDER.index)
    return {key: value for key, value in found.items() if _TAG.fullmatch(key) and _TAG.fullmatch(value)}


def definition_metadata(plan: DemoPlan, step: Step) -> dict[str, Any]:
    """What is known of an asset before it is made."""
    metadata: dict[str, Any] = {"dagster/table_name": str(step.plan.full_name)}
    if isinstance(step.plan, OptimizePlan):
        return {"target": str(step.plan.full_name)}
    if isinstance(step.plan, ModelPlan):
        return {"registered_model": str(step.plan.full_name), "algorithm": step.plan.spec.algorithm}
    metadata["dagster/storage_kind"] = "view" if step.kind == "view" else "delta"
    deps = {
        column: [dg.TableColumnDep(asset_key(plan, s.table), s.column) for s in sources if s.table != step.name]
        for column, sources in Lineage(plan).columns(step.name).items()
    }
    metadata["dagster/column_lineage"] = dg.TableColumnLineage({name: found for name, found in deps.items() if found})
    if isinstance(step.plan, TablePlan):
        metadata["dagster/column_schema"] = _planned_schema(step.plan)
        if step.plan.partition_by:
            metadata["partitioned_by"] = step.plan.partition_by
    return metadata


def _planned_schema(table: TablePlan) -> dg.TableSchema:
    required = {c for rule in table.rules if rule.kind == "required" for c in rule.columns}
    unique = {rule.columns[0] for rule in table.rules if rule.kind == "unique" and len(rule.columns) == 1}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name,
                c.type,
                c.comment or None,
                dg.TableColumnConstraints(nullable=c.name not in required, unique=c.name in unique),
                tags={"classification": c.classification},
            )
            for c in table.visible
        ]
    )


def made_metadata(plan: DemoPlan, step: Step, outcome: Outcome, spark: SparkSession) -> dict[str, Any]:
    """What is known of an asset after it was made."""
    metadata: dict[str, Any] = {"change": outcome.change, "seconds": outcome.seconds, "as_of": str(plan.as_of)}
    if outcome.rows is not None:
        metadata["dagster/row_count"] = outcome.rows
    for key, value in outcome.detail.items():
        metadata[key] = dg.MetadataValue.md(value) if key == "card" else _value(value)
    if outcome.plot:
        metadata["plot"] = _picture(outcome.plot)
    elif isinstance(step.plan, TablePlan) and step.plan.calendar is not None:
        metadata["rows_per_day"] = _picture(_days_plot(step.plan))
    if step.kind in ("table", "view", "predictions"):
        frame = spark.table(step.plan.full_name.quoted)
        if not isinstance(step.plan, TablePlan):
            metadata["dagster/column_schema"] = _actual_schema(frame)
        metadata["preview"] = dg.MetadataValue.md(_preview(plan, step, frame))
    return metadata


def _value(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _actual_schema(frame: Any) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(field.name, field.dataType.simpleString(), field.metadata.get("comment"))
            for field in frame.schema.fields
        ]
    )


def _preview(plan: DemoPlan, step: Step, frame: Any) -> str:
    """A few rows as a Markdown table; personal data stays hidden, through views too."""
    secret = _personal(plan, step)
    names = frame.columns
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    for row in frame.limit(_PREVIEW_ROWS).collect():
        cells = (_HIDDEN if name in secret else _cell(row[name]) for name in names)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")[:80]


def _personal(plan: DemoPlan, step: Step) -> set[str]:
    if isinstance(step.plan, TablePlan):
        return {column.name for column in step.plan.visible if column.classification == "pii"}
    pii = {(s.name, name) for s in plan.of_kind("table") for name in _personal(plan, s)}
    lineage = Lineage(plan).columns(step.name) if step.kind == "view" else {}
    return {column for column, sources in lineage.items() if any((s.table, s.column) in pii for s in sources)}


def _picture(png: bytes) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![plot](data:image/png;base64,{base64.b64encode(png).decode()})")


def _days_plot(table: TablePlan) -> bytes:
    """Rows per day as the calendar plans them: no look at the data is needed."""
    import numpy as np
    from matplotlib.figure import Figure

    assert table.calendar is not None
    days = np.diff(table.calendar.ends, prepend=0)[-365:]
    last = table.calendar.last_day
    dates = [table.calendar.epoch + np.timedelta64(last - len(days) + 1 + i, "D").item() for i in range(len(days))]
    figure = Figure(figsize=(6, 1.8), dpi=90, layout="constrained")
    axes = figure.add_subplot()
    axes.fill_between(dates, days, color="#4c78a8", alpha=0.25, linewidth=0)
    axes.plot(dates, days, color="#4c78a8", linewidth=0.9)
    axes.set_title("New rows per day, last 365 days", fontsize=9, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=7)
    axes.set_ylim(bottom=0)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()

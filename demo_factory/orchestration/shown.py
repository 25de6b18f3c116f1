"""What Dagster shows of an asset after it was made: figures, plots, and a preview that hides personal data."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import dagster as dg

from demo_factory.operations.materialize import Outcome
from demo_factory.orchestration.metadata import column_lineage
from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.resources.lineage import UNREAD, Lineage
from demo_factory.sql.query_columns import Source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PREVIEW_ROWS = 5
_HIDDEN = "•••"
_WIDTH, _HEIGHT, _DAYS = 640, 150, 365


def made_metadata(
    plan: DemoPlan, step: Step, outcome: Outcome, spark: SparkSession, lineage: Lineage
) -> dict[str, Any]:
    """What is known of an asset after it was made.

    Args:
        lineage: of a plan of the same blueprint; it is costly to work out and no day changes it.
    """
    metadata: dict[str, Any] = {
        "demo": plan.demo,
        "change": outcome.change,
        "seconds": outcome.seconds,
        "as_of": str(plan.as_of),
    }
    if outcome.rows is not None:
        metadata["dagster/row_count"] = outcome.rows
    for key, value in outcome.detail.items():
        metadata[key] = dg.MetadataValue.md(value) if key == "card" else _plain(value)
    if outcome.plot:
        metadata["plot"] = _picture(outcome.plot, "png")
    if isinstance(step.plan, TablePlan) and step.plan.calendar is not None:
        metadata["rows_per_day"] = _picture(rows_per_day(step.plan).encode(), "svg+xml")
    if step.kind in ("table", "view", "predictions"):
        frame = spark.table(step.plan.full_name.quoted)
        metadata["dagster/table_name"] = str(step.plan.full_name)
        metadata["dagster/column_lineage"] = column_lineage(plan, step, lineage)
        if not isinstance(step.plan, TablePlan):
            metadata["dagster/column_schema"] = _schema(frame)
        rows = frame.limit(_PREVIEW_ROWS).collect()
        metadata["preview"] = dg.MetadataValue.md(
            preview(frame.columns, rows, personal_columns(plan, step, lineage, frame.columns))
        )
    return metadata


def access_metadata(plan: DemoPlan, outcome: Outcome) -> dict[str, Any]:
    """What is known of governed things after they were made."""
    return {"demo": plan.demo, "seconds": outcome.seconds, **outcome.detail}


def _plain(value: object) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _schema(frame: Any) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(field.name, field.dataType.simpleString(), field.metadata.get("comment"))
            for field in frame.schema.fields
        ]
    )


def preview(names: list[str], rows: list[Any], hidden: set[str]) -> str:
    """A few rows as a Markdown table; `hidden` columns show that there is something, and not what."""
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    for row in rows:
        cells = (_HIDDEN if name in hidden else _cell(value) for name, value in zip(names, row, strict=True))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return escape(text, quote=False).replace("|", "\\|").replace("\n", " ")[:80]


def personal_columns(plan: DemoPlan, step: Step, lineage: Lineage, names: Iterable[str]) -> set[str]:
    """The columns that are personal data or made from it, however many views lie between."""
    pii = {
        Source(table.name, column.name)
        for table in plan.of_kind("table")
        if isinstance(table.plan, TablePlan)
        for column in table.plan.visible
        if column.classification == "pii"
    }
    if isinstance(step.plan, TablePlan):
        return {source.column for source in pii if source.table == step.name}
    queries = {one.name for one in plan.steps.values() if one.kind != "table"}
    found = {
        name for name in lineage.columns(step.name) if pii & _table_columns(lineage, queries, Source(step.name, name))
    }
    return {*found, *names} if UNREAD in found else found


def _table_columns(lineage: Lineage, queries: set[str], source: Source) -> set[Source]:
    """The columns of generated tables that a view's, a model's or a prediction's column is made from.

    The walk ends at tables: each of their columns has a classification of its own.
    """
    found, waiting = set(), [source]
    while waiting:
        above = [one for one in lineage.above(waiting.pop()) if one not in found]
        found.update(above)
        waiting += [one for one in above if one.table in queries]
    return found


def _picture(image: bytes, kind: str) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![plot](data:image/{kind};base64,{base64.b64encode(image).decode()})")


def rows_per_day(table: TablePlan) -> str:
    """The last year of the table's calendar as a small SVG: no look at the data, no plotting library."""
    assert table.calendar is not None
    ends = [0, *(int(end) for end in table.calendar.ends)]
    days = [later - earlier for earlier, later in itertools.pairwise(ends)][-_DAYS:]
    most, step = max(1, *days), _WIDTH / max(len(days) - 1, 1)
    points = [f"{i * step:.1f},{_HEIGHT - 18 - (_HEIGHT - 40) * n / most:.1f}" for i, n in enumerate(days)]
    base = _HEIGHT - 18
    last = table.calendar.epoch.toordinal() + table.calendar.last_day
    first, newest = (type(table.calendar.epoch).fromordinal(n) for n in (last - len(days) + 1, last))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" '
        f'font-size="11" fill="#666"><rect width="100%" height="100%" fill="#fff"/>'
        f'<text x="4" y="13">New rows per day, up to {most:,}</text>'
        f'<polygon points="0,{base} {" ".join(points)} {_WIDTH},{base}" fill="#4c78a8" opacity="0.25"/>'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="#4c78a8"/>'
        f'<text x="4" y="{_HEIGHT - 4}">{first}</text>'
        f'<text x="{_WIDTH - 4}" y="{_HEIGHT - 4}" text-anchor="end">{newest}</text></svg>'
    )

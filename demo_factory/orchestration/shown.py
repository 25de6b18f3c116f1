"""What Dagster shows of an asset after it was made: figures, plots, and a preview that hides personal data."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from demo_factory.operations.materialize import Outcome
from demo_factory.orchestration import markdown
from demo_factory.orchestration.metadata import column_lineage
from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.resources.lineage import UNREAD, Lineage
from demo_factory.sql.query_columns import Source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PREVIEW_ROWS = 4
_SIDE_BY_SIDE = 5  # columns
_HIDDEN = "•••"
_WEEKS = 52
_INTERNAL = ("former",)  # for the next step, not for people
SCORE, GUESS = "score/", "guess/"  # as numbers of their own, so that Dagster draws how they move


def made_metadata(
    plan: DemoPlan, step: Step, outcome: Outcome, spark: SparkSession, lineage: Lineage
) -> dict[str, Any]:
    """What is known of an asset after it was made.

    Args:
        lineage: of a plan of the same blueprint; it is costly to work out and no day changes it.
    """
    metadata: dict[str, Any] = {}  # in the order in which people read it
    if isinstance(step.plan, TablePlan) and step.plan.calendar is not None:
        metadata["rows_per_week"] = markdown.picture(rows_per_week(step.plan), "svg+xml")
    metadata |= figures(outcome)
    if outcome.plot:
        metadata["plot"] = markdown.picture(outcome.plot, "png")
    metadata |= {"change": outcome.change, "as_of": str(plan.as_of), "seconds": outcome.seconds, "demo": plan.demo}
    if outcome.rows is not None:
        metadata["dagster/row_count"] = outcome.rows
    if step.kind in ("table", "view", "predictions"):
        frame = spark.table(step.plan.full_name.quoted)
        metadata["dagster/table_name"] = str(step.plan.full_name)
        metadata["dagster/column_lineage"] = column_lineage(plan, step, lineage)
        if not isinstance(step.plan, TablePlan):
            metadata["dagster/column_schema"] = _schema(frame)
        rows = frame.limit(_PREVIEW_ROWS).collect()
        metadata["preview"] = preview(frame.columns, rows, personal_columns(plan, step, lineage, frame.columns))
    return metadata


def access_metadata(plan: DemoPlan, outcome: Outcome) -> dict[str, Any]:
    """What is known of governed things after they were made."""
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(outcome.detail["actions"].items()))
    metadata: dict[str, Any] = {"actions": counts or "nothing to do"}
    inside = f"{plan.catalog}.{plan.schema}."  # said on every page of the demo
    changed = [(*thing.replace(inside, "").split(" ", 1), why) for thing, why in outcome.detail["changed"].items()]
    if changed:
        metadata["changed"] = markdown.table(["kind", "of", "why"], changed)
    return {**metadata, "as_of": str(plan.as_of), "seconds": outcome.seconds, "demo": plan.demo}


def figures(outcome: Outcome) -> dict[str, Any]:
    """The figures of an outcome, tables where several belong together."""
    detail = {key: value for key, value in outcome.detail.items() if key not in _INTERNAL}
    if outcome.kind == "model":
        scores, guesses = detail.pop("metrics"), detail.pop("baseline")
        detail |= {f"{SCORE}{name}": value for name, value in scores.items()}
        detail |= {f"{GUESS}{name}": value for name, value in guesses.items() if name == detail["metric"]}
        rows = [(name, f"{scores[name]:.3f}", _three(guesses.get(name))) for name in scores]
        detail["scores"] = markdown.table(["hold-out", "model", "a guess"], rows)
        drawn = markdown.picture(markdown.bars(scores, guesses), "svg+xml")
        detail = {"scores": detail.pop("scores"), "model_against_a_guess": drawn, **detail}
        detail["card"] = dg.MetadataValue.md(detail["card"])
    before, after = detail.pop("before", {}), detail.pop("after", {})
    if before or after:
        names = [name for name in {**before, **after} if name != "query"]
        rows = [(name.replace("_", " "), before.get(name), after.get(name)) for name in names]
        detail["files"] = markdown.table(["", "before", "after"], rows)
        detail |= {"query": before["query"]} if "query" in before else {}
    return detail


def told_again(said: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of an outcome, from the metadata that `made_metadata` gave: what a step elsewhere reports."""
    if f"{SCORE}{said.get('metric')}" not in said:
        return dict(said)
    scores = {key.removeprefix(SCORE): value for key, value in said.items() if key.startswith(SCORE)}
    guesses = {key.removeprefix(GUESS): value for key, value in said.items() if key.startswith(GUESS)}
    return {**said, "metrics": scores, "baseline": guesses}


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _schema(frame: Any) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(field.name, field.dataType.simpleString(), field.metadata.get("comment"))
            for field in frame.schema.fields
        ]
    )


def preview(names: list[str], rows: list[Any], hidden: set[str]) -> dg.MetadataValue[Any]:
    """A few rows; of many columns each stands in a line, since the page is not wide enough to show them side by side.

    `hidden` columns show that there is something, and not what.
    """
    shown = [[_HIDDEN if name in hidden else _text(one) for name, one in zip(names, row, strict=True)] for row in rows]
    if len(names) <= _SIDE_BY_SIDE or not rows:
        return markdown.table(names, shown)
    heads = ["column", *(f"row {number}" for number, _ in enumerate(rows, 1))]
    return markdown.table(heads, [(name, *cells) for name, *cells in zip(names, *shown, strict=True)])


def _text(value: object) -> str:
    return "" if value is None else str(value)[:80]


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


def rows_per_week(table: TablePlan) -> bytes:
    """The last year of the table's calendar as a small SVG: no look at the data, no plotting library."""
    assert table.calendar is not None
    ends = [int(end) for end in table.calendar.ends]
    last = table.calendar.epoch.toordinal() + table.calendar.last_day
    bounds = [0, *ends][-(_WEEKS * 7 + 1) :][::-7][::-1]  # whole weeks back from the newest day
    weeks = [later - earlier for earlier, later in itertools.pairwise(bounds)]
    first, newest = (type(table.calendar.epoch).fromordinal(n) for n in (last - 7 * len(weeks) + 1, last))
    above = f"New rows per week, up to {max(weeks, default=0):,}"
    return markdown.time_line(weeks, above, str(first), str(newest))

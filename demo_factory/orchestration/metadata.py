"""What Dagster shows of an asset before it is made: key, owner, tags, version, schema with comments, column lineage."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, assert_never

import dagster as dg

from demo_factory.formulas.table import VERSION
from demo_factory.orchestration import markdown
from demo_factory.plan.compile import data_fingerprint
from demo_factory.resources.graph import (
    AccessPlan,
    DemoPlan,
    ModelPlan,
    OptimizePlan,
    PredictionsPlan,
    Step,
    TablePlan,
    ViewPlan,
    fingerprint,
)
from demo_factory.resources.lineage import Lineage
from demo_factory.sql.query_columns import Source

_KINDS = {
    "table": {"delta", "table"},
    "view": {"sql", "view"},
    "model": {"mlflow", "scikitlearn"},
    "predictions": {"delta", "mlflow"},
    "optimize": {"delta", "spark"},
    "access": {"unitycatalog"},
}
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,63}")
_ORDER = ("public", "confidential", "pii")


def asset_key(plan: DemoPlan, name: str) -> dg.AssetKey:
    """[project, name]: no catalog, so that history survives a change of environment."""
    return dg.AssetKey([plan.blueprint.asset_prefix, name])


def group(plan: DemoPlan, step: Step) -> str:
    """The group of an asset: the demo's own, and one for who may do what with it."""
    return access_group(plan) if step.kind == "access" else plan.demo


def access_group(plan: DemoPlan) -> str:
    """The group of the governed things."""
    return f"{plan.demo}_access"


def monitoring_group(plan: DemoPlan) -> str:
    """The group of what only watches."""
    return f"{plan.demo}_monitoring"


def kinds(step: Step) -> set[str]:
    """The icons of an asset."""
    return _KINDS[step.kind]


def owners(plan: DemoPlan, step: Step | None = None) -> list[str]:
    """The owner of a step, and else the demo's, as Dagster writes it: a team, or an e-mail address."""
    owner = (step.plan.owner if step else "") or plan.blueprint.owner or ""
    return [owner if "@" in owner else f"team:{owner}"] if owner else []


@contextmanager
def owners_in_beta() -> Iterator[None]:
    """Owners of schedules and sensors are new in Dagster, and each use says so; dagster is pinned below 1.14."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        yield


def description(plan: DemoPlan, step: Step) -> str:
    """What an asset is, in Markdown: the blueprint's comment, and what it is made by."""
    about, spec = step.plan.comment, step.plan
    match spec:
        case TablePlan():
            grows = "\n\nGets a new day every morning." if spec.calendar is not None else ""
            return f"{about or f'The table {step.name}'}{grows}"
        case ViewPlan():
            sql = plan.blueprint.views[step.name].sql.strip()
            return f"{about or f'The view {step.name}'}\n\n```sql\n{sql}\n```"
        case ModelPlan():
            learns = f"Learns `{spec.spec.target}` of each `{spec.spec.entity}`: {_words(spec.spec.algorithm)}"
            features = f"```sql\n{spec.spec.features.strip()}\n```"
            judged = f"A new version becomes champion when its {_words(spec.spec.metric)} is better on the hold-out."
            return f"{about or f'The model {step.name}'}\n\n{learns}. {judged}\n\n{features}"
        case PredictionsPlan():
            says = f"What the champion of `{spec.model}` says of each `{plan.blueprint.models[spec.model].entity}`."
            return f"{about or f'Predictions of {spec.model}'}\n\n{says}"
        case OptimizePlan():
            does = [f"files in the order of {', '.join(f'`{one}`' for one in spec.zorder)}"] if spec.zorder else []
            does += [f"deleted files kept {spec.vacuum_hours} hours"] if spec.vacuum_hours else []
            does += ["kept in memory where the compute supports it"] if spec.cache else []
            return f"{about or f'Maintenance of {spec.target}'}\n\n`{spec.target}`: {'; '.join(does)}."
        case AccessPlan():
            things = Counter(item.kind for item in spec.resources)
            count = ", ".join(
                f"{number} {_words(kind)}{'s' * (number > 1 and kind != 'tags')}" for kind, number in things.items()
            )
            return f"{about}\n\n{count}."
    assert_never(spec)


def _counted(number: int, kind: str) -> str:
    return f"{number} {_words(kind)}{'s' if number > 1 and not kind.endswith('s') else ''}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def tags(step: Step) -> dict[str, str]:
    """The blueprint's tags, and the strictest classification of a table's columns."""
    plan = step.plan
    found = dict(plan.tags) if isinstance(plan, TablePlan | ViewPlan) else {}
    if isinstance(plan, TablePlan):
        found["classification"] = max((c.classification for c in plan.visible), key=_ORDER.index)
    return {key: value for key, value in found.items() if _TAG.fullmatch(key) and _TAG.fullmatch(value)}


def code_version(plan: DemoPlan, step: Step) -> str:
    """A hash of what the blueprint says of a step's cells: the day, the scale and the comments do not move it."""
    b = plan.blueprint
    match step.plan:
        case TablePlan():
            return data_fingerprint(b.tables[step.name], b.demo, b.seed, b.history)
        case ViewPlan():
            return fingerprint("view", b.views[step.name].sql)
        case OptimizePlan() as optimize:
            return fingerprint("optimize", optimize.zorder, optimize.vacuum_hours, optimize.cache)
        case AccessPlan():
            return step.fingerprint
        case ModelPlan() as model:
            name = model.name
        case PredictionsPlan() as predictions:
            name = predictions.model
        case _:
            assert_never(step.plan)
    spec = b.models[name].model_dump(mode="json", exclude={"comment", "owner", "predictions"})
    return fingerprint(step.kind, VERSION, b.seed, spec)


def data_version(plan: DemoPlan, step: Step) -> dg.DataVersion:
    """What was made: the same definition on a later day is other data only where the day matters."""
    return dg.DataVersion(f"{step.fingerprint}-{plan.as_of}" if step.moves else step.fingerprint)


def definition_metadata(plan: DemoPlan, step: Step, lineage: Lineage) -> dict[str, Any]:
    """What is known of an asset before it is made."""
    metadata: dict[str, Any] = {"demo": plan.demo, "environment": plan.env}
    if isinstance(step.plan, OptimizePlan):
        return {**metadata, "target": str(step.plan.full_name)}
    if isinstance(step.plan, AccessPlan):
        inside = f"{plan.catalog}.{plan.schema}."
        things = [(item.kind, item.key.replace(inside, "")) for item in step.plan.resources]
        return {**metadata, "things": markdown.table(["kind", "of"], things)}
    if isinstance(step.plan, ModelPlan):
        metadata |= {"registered_model": str(step.plan.full_name), "algorithm": step.plan.spec.algorithm}
        return {**metadata, "dagster/column_lineage": column_lineage(plan, step, lineage)}
    metadata["dagster/table_name"] = str(step.plan.full_name)
    metadata["dagster/storage_kind"] = "view" if step.kind == "view" else "delta"
    metadata["dagster/column_lineage"] = column_lineage(plan, step, lineage)
    if isinstance(step.plan, TablePlan):
        metadata["dagster/column_schema"] = _schema(step.plan)
        if step.plan.partition_by:
            metadata["partitioned_by"] = step.plan.partition_by
    return metadata


def column_lineage(plan: DemoPlan, step: Step, lineage: Lineage) -> dg.TableColumnLineage:
    """For each column those of other assets that it is made from.

    What a column takes from its own row or from a hidden column is followed to what can be seen.
    """
    found = {}
    for column in step.plan.order if isinstance(step.plan, TablePlan) else lineage.columns(step.name):
        above = _seen_above(plan, lineage, step.name, Source(step.name, column), set())
        if above:
            found[column] = [
                dg.TableColumnDep(asset_key(plan, s.table), s.column)
                for s in sorted(above, key=lambda s: (s.table, s.column))
            ]
    return dg.TableColumnLineage(found)


def _seen_above(plan: DemoPlan, lineage: Lineage, asset: str, source: Source, done: set[Source]) -> set[Source]:
    found: set[Source] = set()
    for above in lineage.above(source):
        owner = plan.steps[above.table].plan
        hidden = isinstance(owner, TablePlan) and above.column not in owner.order
        if above.table != asset and not hidden:
            found.add(above)
        elif above not in done:
            done.add(above)
            found |= _seen_above(plan, lineage, asset, above, done)
    return found


def _schema(table: TablePlan) -> dg.TableSchema:
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

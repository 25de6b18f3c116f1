"""What commands report with --json: plain values, of the same keys and shapes wherever the same thing is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo_factory.blueprint.errors import BlueprintError
    from demo_factory.operations.build import BuildReport
    from demo_factory.operations.bundle import BundleReport
    from demo_factory.operations.destroy import DestroyReport
    from demo_factory.operations.explain import Explained
    from demo_factory.resources.graph import DemoPlan, Step
    from demo_factory.resources.lineage import Lineage
    from demo_factory.sql.query_columns import Source


def built(report: BuildReport, target: str) -> dict[str, Any]:
    """What a build did."""
    plan, (passed, checks) = report.plan, report.checks
    return {
        "demo": plan.demo,
        "target": target,
        "place": f"{plan.catalog}.{plan.schema}",
        "as_of": plan.as_of.isoformat(),
        "scale": plan.scale,
        "ok": report.ok,
        "seconds": round(report.seconds, 1),
        "run_id": report.run_id,
        "changes": [{"name": one.name, "kind": one.id.kind, "change": one.kind, "reason": one.reason}
                    for one in report.changes],
        "made": [{"name": one.name, "kind": one.kind, "change": one.change, "rows": one.rows,
                  "seconds": round(one.seconds, 1)} for one in report.outcomes],
        "checks": {"passed": passed, "all": checks},
        "broken": [{"object": one.name, "rule": each.rule.name, "blocking": each.rule.blocking, "message": each.message}
                   for one in report.outcomes for each in one.results if not each.passed],
        "dropped": list(report.dropped),
        "failures": list(report.failures),
        "skipped": list(report.skipped),
    }  # fmt: skip


def destroyed(demo: str, target: str, report: DestroyReport | None) -> dict[str, Any]:
    """What went; no report means that nothing of the demo was there."""
    return {
        "demo": demo,
        "target": target,
        "ok": report is None or not report.left,
        "removed": [] if report is None else [{"kind": one.kind, "name": one.key} for one in report.removed],
        "left": [] if report is None else list(report.left),
    }


def rendered(report: BundleReport, check: bool) -> dict[str, Any]:
    """The files of a bundle, and what is wrong in it."""
    return {
        "folder": str(report.folder),
        "ok": report.in_step if check else report.ok,
        "files": [{"path": str(one.path), "change": one.kind} for one in report.changes],
        "wrong": list(report.wrong),
    }


def validated(name: str, found: DemoPlan | BlueprintError) -> dict[str, Any]:
    """A blueprint and its problems, each with its line; none when it is right."""
    from demo_factory.blueprint.errors import BlueprintError

    problems = found.problems if isinstance(found, BlueprintError) else []
    return {
        "demo": name,
        "ok": not problems,
        "problems": [{"where": one.where, "line": one.line, "message": one.message, "remedy": one.remedy}
                     for one in problems],
    }  # fmt: skip


def explained(found: Explained) -> dict[str, Any]:
    """An object with its columns, or one column with its formula where it is generated; lineage one step each way."""
    if not found.column:
        return _thing(found.plan, found.step, found.lineage)
    from demo_factory.sql.query_columns import Source

    source, formula = Source(found.step.name, found.column), found.formula
    made = {} if formula is None else {
        "type": formula.column.type,
        "comment": formula.column.comment,
        "classification": formula.column.classification,
        "hidden": formula.column.hidden,
        "blueprint": formula.blueprint,
        "sql": formula.sql,
        "helpers": [{"name": one.name, "meaning": one.meaning, "sql": one.sql} for one in formula.helpers],
        "rules": list(formula.rules),
    }  # fmt: skip
    return {
        **_thing(found.plan, found.step),
        "column": found.column,
        **made,
        "made_from": _sources(found.lineage.above(source)),
        "goes_into": _sources(found.lineage.below(source)),
    }


def _thing(plan: DemoPlan, step: Step, lineage: Lineage | None = None) -> dict[str, Any]:
    """With its columns when a lineage is given."""
    columns = {} if lineage is None else {
        "comment": step.plan.comment,
        "columns": [{"name": name, "made_from": _sources(found)} for name, found in lineage.columns(step.name).items()],
        "needs": list(step.needs),
        "needed_by": [one.name for one in plan.steps.values() if step.name in one.needs],
    }  # fmt: skip
    return {"demo": plan.demo, "object": step.name, "kind": step.kind, "name": str(step.plan.full_name), **columns}


def _sources(found: Sequence[Source]) -> list[str]:
    return [f"{one.table}.{one.column}" for one in found]

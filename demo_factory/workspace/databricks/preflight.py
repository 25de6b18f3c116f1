"""What the steps of a build need of a workspace, and what of it is not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from demo_factory.access.stages import by_step
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import AccessPlan, DemoPlan
from demo_factory.resources.guards import guards_of
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import DATA, Change
from demo_factory.targets.model import ME
from demo_factory.workspace.databricks.api import WorkspaceApi
from demo_factory.workspace.databricks.exemption import exemption
from demo_factory.workspace.databricks.kind import on_databricks
from demo_factory.workspace.databricks.probe import probe
from demo_factory.workspace.preflight import Requirement

_ELSEWHERE = frozenset(("compute", "staging"))
_PRINCIPALS = ("group", "service_principal")


def requirements(
    api: WorkspaceApi,
    plan: DemoPlan,
    todo: Collection[str],
    found: Collection[Change],
    inside: bool = False,
    whole: bool = False,
) -> tuple[Requirement, ...]:
    """What the workspace can and cannot do of what some steps need.

    Args:
        inside: this process is on its compute already, so that steps need no other.
        whole: ask for all that a demo may ever need; otherwise for what these steps cannot be made without.
    """
    mine = by_step(plan, found)
    work = [one for name in todo for one in mine.get(name, ()) if one.kind not in ("keep", "use", "drop")]
    there = any(one.id.kind == "schema" and one.found is not None for one in found)
    named = frozenset(("folder",)) if todo and ME not in api.target.folder else frozenset()
    needed = (named | frozenset(_needed(plan, todo, work, there))) - (_ELSEWHERE if inside else frozenset())
    made = [_words(change) for change in work if change.resource.kind in _PRINCIPALS and change.found is None]
    guarded = _guarded(plan, plan.steps if whole else todo)
    place = f"{plan.catalog}.{plan.schema}"
    asked = probe(api, place, None if whole else needed, *_rights(plan, work), make=made, guarded=guarded)
    told = [replace(one, needed=one.name in needed) for one in asked]
    return *told, *exemption(api, plan, work, found), *_in_the_way(api, work)


def _needed(plan: DemoPlan, todo: Collection[str], work: Sequence[Change], there: bool) -> Iterator[str]:
    """The names of what the steps cannot be made without."""
    yield "login"
    steps = [plan.steps[name] for name in todo]
    if any(step.kind != "access" for step in steps):
        yield from _ELSEWHERE
    items = [item for step in steps if isinstance(step.plan, AccessPlan) for item in step.plan.resources]
    governed = [*items, *(change.resource for change in work if change.id.kind not in DATA)]
    if any(on_databricks(one.kind).by_sql for one in governed) or _guarded(plan, todo):
        yield "warehouse"
    if any(change.resource.kind in _PRINCIPALS and change.found is None for change in work):
        yield "principals"
    on_catalog, on_schema = _rights(plan, work)
    if on_catalog[1:]:
        yield "catalog"
    if there and on_schema[1:]:
        yield "schema"


def _guarded(plan: DemoPlan, todo: Collection[str]) -> bool:
    """Whether some steps write a table with masks or a filter."""
    return any(guards_of(plan.resources, str(plan.steps[name].plan.full_name)) for name in todo)


def _rights(plan: DemoPlan, work: Sequence[Change]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is needed on the catalog, and on the schema, where these are there and somebody else's.

    It is what the kinds say that making and keeping one takes; whoever runs the jobs is granted the same.
    """
    catalog, schema = ["USE_CATALOG"], ["USE_SCHEMA"]
    for item in (change.resource for change in work):
        kind = KINDS[item.kind]
        if item.kind in ("catalog", "schema"):
            catalog += KINDS["schema"].takes
        elif item.key.split()[:2] == ["catalog", plan.catalog]:  # tags on it, grants on it
            catalog += kind.takes
        else:
            schema += kind.takes
    return tuple(dict.fromkeys(catalog)), tuple(dict.fromkeys(schema))


def _in_the_way(api: WorkspaceApi, work: Sequence[Change]) -> Iterator[Requirement]:
    """What is somebody else's, may not be made on this target, or has no value yet."""
    for change in work:
        if change.id.kind in DATA:  # steps make them, and say themselves what is in their way
            continue
        try:
            on_databricks(change.id.kind).refuse(api, change.resource, change.found)
        except DemoError as error:
            yield Requirement(_words(change), False, error.message.rstrip("."), error.remedy, needed=True)


def _words(change: Change) -> str:
    return f"{change.resource.kind.replace('_', ' ')} {change.resource.key}"

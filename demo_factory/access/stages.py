"""Governed things as steps of a plan: containers and principals before the tables, the rest after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from demo_factory.resources.diff import REASONS
from demo_factory.resources.graph import AccessPlan, DemoPlan, Step, fingerprint
from demo_factory.resources.guards import goes_with_its_object
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import Change, Kind, Resource


@dataclass(frozen=True)
class Stage:
    """Governed things that are made together and shown as one asset."""

    comment: str
    needs: tuple[str, ...] = ()  # other stages
    first: bool = False  # before the tables
    by_person: bool = False  # once, by somebody with rights that no job has: a job only uses what is there


# In the order in which they are made.
STAGES: Mapping[str, Stage] = {
    "access_principals": Stage("Groups and service principals", first=True, by_person=True),
    "access_containers": Stage("The catalog, its schema, volumes and functions", ("access_principals",), first=True),
    "access_tags": Stage("Tags that say what data is and how confidential"),
    "access_masks": Stage("What is seen instead of personal data", ("access_tags",)),
    "access_grants": Stage("Who may do what, and nothing more", ("access_masks",)),
    "access_secrets": Stage("Secrets and who may read them", ("access_principals",), by_person=True),
}
STEP_OF: Mapping[Kind, str] = {name: kind.stage for name, kind in KINDS.items() if kind.stage}
BY_PERSON: frozenset[Kind] = frozenset(kind for kind, stage in STEP_OF.items() if STAGES[stage].by_person)
# What goes after everything else when it is no longer wanted: other things stand in it, or are theirs.
LAST: frozenset[Kind] = frozenset(kind for kind, stage in STEP_OF.items() if STAGES[stage].first)


def goes_last(plan: DemoPlan, change: Change) -> bool:
    """Whether it is dropped at the end of a build, when nothing needs it: a container, or a table's guard with that."""
    return change.kind == "drop" and (change.id.kind in LAST or goes_with_its_object(plan, change))


def with_access(plan: DemoPlan, wanted: Sequence[Resource]) -> DemoPlan:
    """The plan with a step for each stage that has something in it.

    Grants come after the masks, so that nobody who may read sees unmasked data in between.
    """
    steps = {name: _step(plan, name, stage, wanted) for name, stage in STAGES.items()}
    there = {name: step for name, step in steps.items() if step.plan.resources}  # type: ignore[union-attr]
    first = {name: _known_needs(step, there) for name, step in there.items() if STAGES[name].first}
    ground = tuple(first)[-1:]  # the containers, which need the principals
    data = {
        name: replace(step, needs=(*step.needs, *ground)) if step.kind == "table" and not step.needs else step
        for name, step in plan.steps.items()
    }
    last = {
        name: _known_needs(replace(step, needs=(*step.needs, *_objects(step, plan))), {**there, **data})
        for name, step in there.items()
        if name not in first
    }
    return replace(plan, steps={**first, **data, **last})


def _step(plan: DemoPlan, name: str, stage: Stage, wanted: Sequence[Resource]) -> Step:
    mine = tuple(item for item in wanted if STEP_OF[item.kind] == name)
    kinds = tuple(kind for kind, at in STEP_OF.items() if at == name)
    access = AccessPlan(name, plan.full_name(name), mine, kinds, stage.comment, plan.blueprint.owner)
    says = [(item.kind, item.key, dict(item.desired)) for item in mine]
    return Step("access", name, stage.needs, fingerprint("access", says), False, access)


def _known_needs(step: Step, there: Mapping[str, Step]) -> Step:
    return replace(step, needs=tuple(dict.fromkeys(name for name in step.needs if name in there)))


def _objects(step: Step, plan: DemoPlan) -> Iterable[str]:
    """The tables, views and models that a step's items hang on; all of them where it speaks of the whole schema."""
    assert isinstance(step.plan, AccessPlan)
    words = {part for item in step.plan.resources for part in item.key.split()}
    for name, other in plan.steps.items():
        full = str(other.plan.full_name)
        if other.kind != "optimize" and any(word == full or word.startswith(f"{full}.") for word in words):
            yield name


def by_step(plan: DemoPlan, found: Iterable[Change]) -> dict[str, list[Change]]:
    """Changes by the step that does them, which for governed things may be one that the plan no longer has."""
    names = {one.id: step.name for step in plan.steps.values() for one in plan.resources_of(step)}
    grouped: dict[str, list[Change]] = {}
    for change in found:
        name = names.get(change.id) or STEP_OF.get(change.id.kind)
        if name is not None:  # no step drops tables and the like: a build does
            grouped.setdefault(name, []).append(change)
    return grouped


def overview(plan: DemoPlan, found: Sequence[Change]) -> tuple[Change, ...]:
    """Changes as people read them, a line a step: governed things are told together; drops come last.

    A step with governed things runs when one of them differs, or when what they hang on is made anew.
    """
    grouped = by_step(plan, found)
    told: dict[str, Change] = {}
    for step in plan.steps.values():
        mine = grouped.get(step.name, [])
        told[step.name] = _told(plan, step, mine, told) if isinstance(step.plan, AccessPlan) else mine[0]
    gone = {name: replace(mine[0], resource=_stage(plan, name)) for name, mine in grouped.items() if name not in told}
    return *told.values(), *gone.values(), *(one for one in found if one.kind == "drop" and one.id.kind not in STEP_OF)


def _told(plan: DemoPlan, step: Step, mine: Sequence[Change], told: Mapping[str, Change]) -> Change:
    differs = [change for change in mine if change.kind != "keep"]
    stage = _stage(plan, step.name)
    if differs:
        if all(change.state is None or change.state.status == "unknown" for change in mine):
            return Change("create", stage, REASONS["create"])
        more = f", and {len(differs) - 1} more" if len(differs) > 1 else ""
        return Change("run", stage, f"{differs[0].id}: {differs[0].reason}{more}")
    above = remade(step, told)
    return Change("run", stage, f"{above} is made anew") if above else Change("keep", stage, REASONS["keep"])


def remade(step: Step, told: Mapping[str, Change]) -> str:
    """What is made anew of that which a step's things hang on: they may be gone with it, so somebody looks again."""
    return next((name for name in step.needs if name in told and told[name].kind in ("create", "replace")), "")


def _stage(plan: DemoPlan, name: str) -> Resource:
    return Resource("access", str(plan.full_name(name)), name=name)

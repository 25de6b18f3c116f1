"""Governed things as steps of a plan: containers and principals before the tables, the rest after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from demo_factory.resources.governed import Action, Item, ItemKind, Made, Ref
from demo_factory.resources.graph import AccessPlan, DemoPlan, Step, fingerprint


@dataclass(frozen=True)
class _Room:
    kinds: tuple[ItemKind, ...]
    comment: str
    needs: tuple[str, ...] = ()  # other steps of this kind
    first: bool = False  # before the tables


# In the order in which they are made.
ROOMS: Mapping[str, _Room] = {
    "access_principals": _Room(("group", "service_principal"), "Groups and service principals", first=True),
    "access_containers": _Room(
        ("catalog", "schema", "volume"), "The catalog, its schema and volumes", ("access_principals",), first=True
    ),
    "access_tags": _Room(("tags",), "Tags that say what data is and how confidential"),
    "access_masks": _Room(
        ("function", "mask", "row_filter"), "What is seen instead of personal data", ("access_tags",)
    ),
    "access_grants": _Room(("grant", "owner"), "Who may do what, and nothing more", ("access_masks",)),
    "access_secrets": _Room(
        ("secret_scope", "secret", "secret_acl"), "Secrets and who may read them", ("access_principals",)
    ),
}
# What goes after everything else when it is no longer wanted: other things stand in it, or are theirs.
LAST: frozenset[ItemKind] = frozenset(("catalog", "schema", "group", "service_principal"))
STEP_OF: Mapping[ItemKind, str] = {kind: name for name, room in ROOMS.items() for kind in room.kinds}


def with_access(plan: DemoPlan, items: Sequence[Item]) -> DemoPlan:
    """The plan with a step for each room that has something in it.

    Grants come after the masks, so that nobody who may read sees unmasked data in between.
    """
    steps = {name: _step(plan, name, room, items) for name, room in ROOMS.items()}
    there = {name: step for name, step in steps.items() if step.plan.items}  # type: ignore[union-attr]
    first = {name: _known_needs(step, there) for name, step in there.items() if ROOMS[name].first}
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


def _step(plan: DemoPlan, name: str, room: _Room, items: Sequence[Item]) -> Step:
    mine = tuple(item for item in items if item.kind in room.kinds)
    access = AccessPlan(name, plan.full_name(name), mine, room.kinds, room.comment, plan.blueprint.owner)
    says = [(item.kind, item.key, dict(item.want)) for item in mine]
    return Step("access", name, room.needs, fingerprint("access", says), False, access)


def _known_needs(step: Step, there: Mapping[str, Step]) -> Step:
    return replace(step, needs=tuple(dict.fromkeys(name for name in step.needs if name in there)))


def _objects(step: Step, plan: DemoPlan) -> Iterable[str]:
    """The tables, views and models that a step's items hang on; all of them where it speaks of the whole schema."""
    assert isinstance(step.plan, AccessPlan)
    words = {part for item in step.plan.items for part in item.key.split()}
    for name, other in plan.steps.items():
        full = str(other.plan.full_name)
        if other.kind != "optimize" and any(word == full or word.startswith(f"{full}.") for word in words):
            yield name


def of_step(step: Step, known: Mapping[Ref, Made]) -> dict[Ref, Made]:
    """What the ledger knows of the kinds that a step looks after."""
    assert isinstance(step.plan, AccessPlan)
    return {ref: made for ref, made in known.items() if ref[0] in step.plan.kinds}


def by_step(found: Iterable[Action]) -> dict[str, list[Action]]:
    """Actions by the step that does them."""
    grouped: dict[str, list[Action]] = {}
    for action in found:
        grouped.setdefault(STEP_OF[action.item.kind], []).append(action)
    return grouped

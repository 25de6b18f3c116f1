"""What lies between what should be and what is: one change a resource, in an order in which they can be done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.resources.guards import after_their_objects
from demo_factory.resources.registry import RANK
from demo_factory.resources.resource import DATA, Change, ChangeKind, Resource, ResourceId, State
from demo_factory.resources.values import difference

REASONS: Mapping[ChangeKind, str] = {
    "create": "not there yet",
    "replace": "its definition changed",
    "append": "new days have come",
    "describe": "only comments, tags or checks changed",
    "run": "the day moved",
    "keep": "nothing changed",
    "drop": "no longer in the blueprint",
}


def diff(wanted: Iterable[Resource], states: Mapping[ResourceId, State]) -> tuple[Change, ...]:
    """Every resource with what has to be done with it; what is no longer wanted goes last.

    Args:
        wanted: what should be, each after what it needs; nothing at all is a destroy.
        states: how each stands, oldest first.
    """
    resources = list(wanted)
    ids = {resource.id for resource in resources}
    gone = [state for id, state in states.items() if id not in ids and state.status != "unknown"]
    return (*(_change(resource, states.get(resource.id)) for resource in resources), *map(_drop, in_going_order(gone)))


def changes(plan: DemoPlan, states: Mapping[ResourceId, State]) -> tuple[Change, ...]:
    """The same for a whole demo: with the rows that its tables get, and with words of what it left at another place."""
    steps = {one.id: step for step in plan.steps.values() for one in plan.resources_of(step)}
    return tuple(
        _moved(plan, one) if one.kind == "drop" else _with_rows(steps[one.id], one)
        for one in diff(plan.resources, states)
    )


def _with_rows(step: Step, change: Change) -> Change:
    if not isinstance(step.plan, TablePlan):
        return change
    return replace(change, rows=step.plan.rows - (rows_before(step.plan, change) if change.kind == "append" else 0))


def rows_before(table: TablePlan, change: Change) -> int:
    """How many rows stand there already of a table that gets new days."""
    assert table.calendar is not None
    assert change.state is not None
    assert change.state.newest is not None
    return table.calendar.rows_through(change.state.newest)


def _moved(plan: DemoPlan, change: Change) -> Change:
    """What goes because the whole demo stands elsewhere now is known by its old place."""
    now, (place, _, _) = plan.steps.get(change.name), change.id.key.rpartition(".")
    if now is None or now.kind != change.id.kind or str(now.plan.full_name) == change.id.key:
        return change
    named = replace(change.resource, name=f"{place}.{change.name}")
    return replace(change, resource=named, reason=f"{plan.demo} stands in {plan.catalog}.{plan.schema} now")


def to_make(found: Iterable[Change]) -> list[Change]:
    """Those of some changes by which something is made or changed."""
    return [change for change in found if change.kind not in ("keep", "drop")]


def in_going_order(states: Sequence[State]) -> list[State]:
    """States, oldest first, in the order in which they can be removed.

    What hangs on something goes before it, what holds something after it; newest first among those alike. What guards a
    table that goes as well goes with it.
    """
    newest_first = states[::-1]
    return after_their_objects(sorted(newest_first, key=lambda state: -RANK[state.kind]))


def waves(resources: Iterable[Resource]) -> list[list[Resource]]:
    """Each wave needs only what stands in earlier ones, so that what is in it may be made side by side."""
    rest = list(resources)
    ids = {one.id for one in rest}
    done: set[ResourceId] = set()
    found: list[list[Resource]] = []
    while rest:
        wave = [one for one in rest if all(need in done or need not in ids for need in one.needs)]
        if not wave:
            raise ValueError(f"these need each other in a circle: {', '.join(one.key for one in rest)}")
        found.append(wave)
        done |= {one.id for one in wave}
        rest = [one for one in rest if one.id not in done]
    return found


def _drop(state: State) -> Change:
    return Change("drop", Resource(state.kind, state.key, state.desired, name=state.name), REASONS["drop"], state)


def _change(resource: Resource, state: State | None) -> Change:
    return _made_from(resource, state) if resource.kind in DATA else _read_back(resource, state)


def _made_from(resource: Resource, state: State | None) -> Change:
    """Of what is made from its definition and a day: nobody reads that back, so the ledger says what it was."""
    kind = _kind(resource, state)
    reason = REASONS[kind]
    if kind == "replace" and state is not None:
        reason = state.trouble or (reason if state.made else "the last build of it did not finish")
    return Change(kind, resource, reason, state)


def _kind(resource: Resource, state: State | None) -> ChangeKind:
    if state is None or state.found is None:
        return "create"
    wanted, found = resource.desired, state.found
    newest = found.get("as_of")
    later = wanted["moves"] and (newest is None or wanted["as_of"] > newest)
    if found["fingerprint"] != wanted["fingerprint"] or state.trouble:
        return "replace"
    if resource.kind == "table" and later and newest is not None:
        return "append"
    if later or not state.made:
        return "run" if state.made else "replace"
    return "describe" if found["said"] != wanted["said"] else "keep"


def _read_back(resource: Resource, state: State | None) -> Change:
    """Of what a target reads back."""
    if state is None or state.found is None:
        again = state is not None and state.made
        return Change("create", resource, "somebody removed it" if again else "not there yet", state)
    found, wanted = dict(state.found), dict(resource.desired)
    if found == wanted and state.status == "unknown":
        return Change("use", resource, "there already, and not ours", state)
    if found == wanted:
        done = "as it should be" if state.made else state.detail.get("lost") or "the last apply of it did not finish"
        return Change("keep" if state.made else "change", resource, done, state)
    if state.made and dict(state.desired) == wanted:
        return Change("mend", resource, f"changed by hand: {difference(state.desired, found)}", state)
    return Change("change", resource, f"its definition changed: {difference(found, wanted)}", state)

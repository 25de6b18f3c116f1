"""Do what a plan says, ledger first: one loop that builds, resumes and destroys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from demo_factory.blueprint.errors import DemoError
from demo_factory.moments import reached
from demo_factory.resources.diff import to_make, waves
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import Change, Resource, ResourceId, State, Value
from demo_factory.resources.values import before_us, is_left, owned_part
from demo_factory.workspace.ledger import Ledger

# There before us: what we made is the change.
_CHANGED = frozenset(name for name, kind in KINDS.items() if kind.always_there or kind.parts)
Heard = Callable[[Change], None]


class Hands(Protocol):
    """What makes and removes resources on a target, and looks for them."""

    def find(self, resources: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now, in the shape of `Resource.desired`; None where nothing does. Writes nothing."""

    def make(self, resource: Resource, found: Value | None) -> Value:
        """Bring one to what it should be; gives what the target says of it."""

    def remove(self, state: State) -> bool:
        """Remove one of ours; False when it was gone already."""


class NotDone(DemoError):  # noqa: N818 - it is what happened, not a fault of the program
    """Some things could not be made: `reasons` holds each of them."""

    def __init__(self, message: str, remedy: str = "", reasons: Sequence[DemoError] = ()) -> None:
        super().__init__(message, remedy)
        self.reasons = tuple(reasons)


def to_look_for(states: Iterable[State]) -> list[Resource]:
    """What the ledger knows (oldest first), as things that can be looked for: each needs what came before it."""
    ids: list[ResourceId] = []
    found: list[Resource] = []
    for one in states:
        found.append(Resource(one.kind, one.key, owned_part(one), tuple(ids)))
        ids.append(one.id)
    return found


def apply(
    changes: Sequence[Change],
    hands: Hands,
    ledger: Ledger,
    demo: str,
    on_progress: Heard = lambda change: None,
    parallel: int = 8,
) -> tuple[Change, ...]:
    """Do these very changes: what needs nothing first, side by side; then what needs that; drops last, in their order.

    It may be killed anywhere, and what is done again from what stands there then comes to the same end: the ledger
    knows of everything that was begun. What was there before us is used, and stays when we forget it.

    Args:
        on_progress: told of every change before it is done; never of what stays as it is.

    Returns: the changes done; none when all is as it should be, and then nothing was written.

    Raises:
        NotDone: with the reason of each that could not be made; what is independent of them was, what comes later not.
        DemoError: the first that cannot go; the ledger keeps it and all after it, which may be what it hangs on.
    """
    by_id = {change.id: change for change in to_make(changes)}
    done: list[Change] = []

    def make(resource: Resource) -> None:
        change = by_id[resource.id]
        on_progress(change)
        _make(change, hands, ledger, demo)
        done.append(change)

    for wave in waves(change.resource for change in by_id.values()):
        _side_by_side(make, wave, parallel, len(by_id), done)
    for change in changes:
        if change.kind == "drop" and change.state is not None:
            if change.state.owned:
                on_progress(change)
                hands.remove(change.state)
            reached(f"{change.id} removed")
            ledger.forget(demo, change.id)
            done.append(change)
    return tuple(done)


def _make(change: Change, hands: Hands, ledger: Ledger, demo: str) -> None:
    resource, before = change.resource, before_us(change)
    known = change.state is not None and change.state.status != "unknown" and change.state.owned
    ours = change.kind != "use" and (change.found is None or resource.kind in _CHANGED or known)
    ledger.announce(demo, resource, ours, {"before": before} if before else {})
    reached(f"{resource.id} announced")
    try:
        said = hands.make(resource, change.found) if change.kind != "use" else {}
    except DemoError as error:
        ledger.failed(demo, resource, next(iter(str(error).splitlines()), ""))
        raise
    reached(f"{resource.id} made")
    ledger.made(demo, resource, said)


def _side_by_side(
    make: Callable[[Resource], None], wave: Sequence[Resource], parallel: int, of: int, done: Sequence[Change]
) -> None:
    """Make the things of one wave; a failure does not hide the others'."""
    errors: list[BaseException | None]
    if min(parallel, len(wave)) == 1:
        errors = [_error_of(make, resource) for resource in wave]
    else:
        with ThreadPoolExecutor(parallel) as pool:
            errors = [job.exception() for job in [pool.submit(make, resource) for resource in wave]]
    for error in errors:
        if error is not None and not isinstance(error, DemoError):
            raise error
    reasons = [error for error in errors if isinstance(error, DemoError)]
    if reasons:
        raise _not_done(reasons, f"{len(done)} of {of} are done; run it again when this is mended.")


def _error_of(make: Callable[[Resource], None], resource: Resource) -> DemoError | None:
    try:
        make(resource)
    except DemoError as error:
        return error
    return None


def _not_done(reasons: Sequence[DemoError], remedy: str) -> DemoError:
    if len(reasons) == 1:
        return NotDone(reasons[0].message, f"{reasons[0].remedy} {remedy}".strip(), reasons)
    lines = [f"- {reason}" for reason in reasons]
    return NotDone("\n".join([f"{len(reasons)} things did not work:", *lines, remedy]), "", reasons)


def left(removed: Sequence[State], hands: Hands) -> tuple[str, ...]:
    """Look again: what is left of things of ours (oldest first) on the target, as `kind key`.

    Nothing, unless somebody makes it anew meanwhile.
    """
    ours = {state.id for state in removed if state.owned}
    looked_for = [one for one in to_look_for(removed) if one.id in ours]
    found = hands.find(looked_for)
    return tuple(str(one.id) for one in looked_for if is_left(one, found[one.id]))

"""Bring governed things to what a blueprint wants, and take them away again: ledger first, then the thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from demo_factory.blueprint.errors import DemoError
from demo_factory.moments import reached
from demo_factory.resources.governed import (
    SHARED,
    Action,
    Item,
    Made,
    Ref,
    actions,
    before_us,
    is_left,
    levels,
    ours_of,
    unwanted,
)
from demo_factory.workspace.protocols import Governor, ItemRecords

_CHANGED = ("owner", *SHARED)  # there before us: what we made is the change
Heard = Callable[[Action], None]


class NotDone(DemoError):  # noqa: N818 - it is what happened, not a fault of the program
    """Some things could not be made: `reasons` holds each of them."""

    def __init__(self, message: str, remedy: str = "", reasons: Sequence[DemoError] = ()) -> None:
        super().__init__(message, remedy)
        self.reasons = tuple(reasons)


def plan_items(items: Sequence[Item], governor: Governor, known: Mapping[Ref, Made]) -> tuple[Action, ...]:
    """What an apply would do with each thing, and with those of the ledger that are no longer wanted.

    Nothing is written.
    """
    return actions(items, governor.find([*items, *as_items(unwanted(items, known))]), known)


def as_items(made: Sequence[Made]) -> list[Item]:
    """What the ledger knows, as things that can be looked for: each needs what came before it."""
    refs: list[Ref] = []
    found: list[Item] = []
    for one in made:
        found.append(Item(one.kind, one.key, ours_of(one), tuple(refs)))
        refs.append((one.kind, one.key))
    return found


def apply_items(
    todo: Sequence[Action],
    governor: Governor,
    records: ItemRecords,
    demo: str,
    on_progress: Heard = lambda action: None,
    parallel: int = 8,
) -> tuple[Action, ...]:
    """Do what a plan says: what needs nothing first, side by side; then what needs that; drops last.

    It may be killed anywhere and be asked again: what is in the ledger and not finished is finished then.

    Args:
        on_progress: told of every action before it is done; never of what stays as it is.

    Returns: the actions done; none when all is as it should be, and then nothing was written.

    Raises:
        NotDone: with the reason of each that failed; what is independent of them was done, what comes later was not.
    """
    by_ref = {action.item.ref: action for action in todo if action.kind not in ("keep", "drop")}
    done: list[Action] = []

    def make(item: Item) -> None:
        action = by_ref[item.ref]
        on_progress(action)
        before = before_us(action)
        detail = {"before": before} if before else {}
        records.announce_item(demo, item, action.found is None or item.kind in _CHANGED, detail)
        reached(f"{item.kind} {item.key} announced")
        said = governor.make(item, action.found)
        reached(f"{item.kind} {item.key} made")
        records.made_item(demo, item, said)
        done.append(action)

    for wave in levels(action.item for action in by_ref.values()):
        _side_by_side(make, wave, parallel, len(by_ref), done)
    known = records.items(demo) if any(action.kind == "drop" for action in todo) else {}
    for action in todo:
        if action.kind == "drop":
            on_progress(action)
            _remove(known[action.item.ref], governor, records, demo)
            done.append(action)
    return tuple(done)


def _side_by_side(
    make: Callable[[Item], None], wave: Sequence[Item], parallel: int, of: int, done: Sequence[Action]
) -> None:
    """Make the things of one wave; a failure does not hide the others'."""
    errors: list[BaseException | None]
    if min(parallel, len(wave)) == 1:
        errors = [_error_of(make, item) for item in wave]
    else:
        with ThreadPoolExecutor(parallel) as pool:
            errors = [job.exception() for job in [pool.submit(make, item) for item in wave]]
    for error in errors:
        if error is not None and not isinstance(error, DemoError):
            raise error
    reasons = [error for error in errors if isinstance(error, DemoError)]
    if reasons:
        raise _not_done(reasons, f"{len(done)} of {of} are done; run it again when this is mended.")


def _error_of(make: Callable[[Item], None], item: Item) -> DemoError | None:
    try:
        make(item)
    except DemoError as error:
        return error
    return None


def _not_done(reasons: Sequence[DemoError], remedy: str) -> DemoError:
    if len(reasons) == 1:
        return NotDone(reasons[0].message, f"{reasons[0].remedy} {remedy}".strip(), reasons)
    lines = [f"- {reason}" for reason in reasons]
    return NotDone("\n".join([f"{len(reasons)} things did not work:", *lines, remedy]), "", reasons)


def remove_items(
    made_by_us: Iterable[Made],
    governor: Governor,
    records: ItemRecords,
    demo: str,
    on_progress: Callable[[Made], None] = lambda made: None,
) -> None:
    """Remove governed things of a demo in the order given (newest first), and forget what we only used.

    It stops at the first that cannot go: what is older may be what that one hangs on, as a filter on its function.

    Raises:
        DemoError: the reason; the ledger keeps that one and all after it.
    """
    for made in made_by_us:
        on_progress(made)
        _remove(made, governor, records, demo)


def left_items(removed: Sequence[Made], governor: Governor, records: ItemRecords, demo: str) -> tuple[str, ...]:
    """Look again: what is left of things of ours (oldest first) on the target, and what the ledger still has.

    Returns: as `kind key`; nothing, unless somebody makes it anew meanwhile.
    """
    ours = {(made.kind, made.key) for made in removed if made.ours}
    looked_for = [item for item in as_items(removed) if item.ref in ours]
    found = governor.find(looked_for)
    return (
        *(f"{one.kind} {one.key}" for one in looked_for if is_left(one, found[one.ref])),
        *(f"{kind} {key}" for kind, key in records.items(demo)),
    )


def _remove(made: Made, governor: Governor, records: ItemRecords, demo: str) -> None:
    """What was there before us is forgotten and stays."""
    if made.ours:
        governor.remove(made)
    reached(f"{made.kind} {made.key} removed")
    records.forget_item(demo, (made.kind, made.key))

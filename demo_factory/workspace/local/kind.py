"""What a kind's file says of this machine, what most of them say, and those files by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.registry import KINDS
from demo_factory.resources.resource import Kind, Resource, ResourceId, State, Value
from demo_factory.resources.values import value_of
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import remove_if_empty
from demo_factory.workspace.local.things import Things

Stored = Mapping[ResourceId, Value]


def find(things: Things, stored: Stored, resource: Resource) -> Value | None:
    """What is written of it, as long as that stands which it lies on."""
    stands = things.stands(KINDS[resource.kind].lies_on(resource.key))
    return stored.get(resource.id) if stands else None


def check(things: Things, resource: Resource) -> None:
    """Refuse what Unity Catalog would refuse.

    Raises:
        DemoError: it would hang on nothing, or names a principal that is not there.
    """
    kind = KINDS[resource.kind]
    on = kind.lies_on(resource.key)
    if on is not None and not things.stands(on):
        message = f"{on.name} is not there, so it can have no {resource.kind} yet."
        raise DemoError(message, "Build the demo's tables first.")
    stored = things.stored()
    for principal in kind.principals(resource):
        if not any((one, principal) in stored for one in ("group", "service_principal")):
            message = f"There is no group or service principal {principal} for {resource.kind} {resource.key}."
            raise DemoError(message, "Make the principals first.")


def make(things: Things, resource: Resource) -> Value:
    """Write it, if it can be."""
    check(things, resource)
    things.put(resource.id, resource.desired)
    return {}


def make_guard(things: Things, resource: Resource) -> Value:
    """Write a mask or filter, whose function has to be there."""
    check(things, resource)
    function = resource.desired["function"]
    if ("function", function) not in things.stored():
        message = f"The {resource.kind} of {resource.key} needs the function {function}."
        raise DemoError(message, "Make the masks again.")
    things.put(resource.id, resource.desired)
    return {}


def remove(things: Things, state: State) -> bool:
    """Take it out, or back to what others had put there before us."""
    there = find(things, things.stored(), Resource(state.kind, state.key)) is not None
    before = state.detail.get("before")
    if KINDS[state.kind].parts and before and there:
        things.put(state.id, value_of(state.kind, before))
    else:
        things.forget(state.id)
    return there


@dataclass(frozen=True)
class KindHere:
    """How one kind is found, made and removed on this machine.

    Args:
        find: what stands there now, in the shape of `Resource.desired`, given all that is written; None for nothing.
        make: brings one to what it should be; gives what the ledger keeps of it.
        remove: removes one of ours; False when it was gone already.
    """

    find: Callable[[Things, Stored, Resource], Value | None] = find
    make: Callable[[Things, Resource], Value] = make
    remove: Callable[[Things, State], bool] = remove


def folder_kind(folder: Callable[[StateFolder, str], Path]) -> KindHere:
    """Of what is a folder here; it goes when nothing is left in it."""

    def find_folder(things: Things, stored: Stored, resource: Resource) -> Value | None:
        return stored.get(resource.id, {"comment": ""}) if folder(things.state, resource.key).is_dir() else None

    def make_folder(things: Things, resource: Resource) -> Value:
        folder(things.state, resource.key).mkdir(parents=True, exist_ok=True)
        return make(things, resource)

    def remove_folder(things: Things, state: State) -> bool:
        mine = folder(things.state, state.key)
        there = mine.is_dir()
        if not remove_if_empty(mine):
            inside = ", ".join(sorted(child.name for child in mine.iterdir())[:5])
            raise DemoError(f"The {state.kind} {state.key} still holds {inside}.", "Remove that first, or keep both.")
        things.forget(state.id)
        return there

    return KindHere(find_folder, make_folder, remove_folder)


@cache
def here(kind: Kind) -> KindHere:
    """What the file of a kind says."""
    found: KindHere = import_module(f"demo_factory.workspace.local.kinds.{kind}").KIND
    return found

"""What a kind's file says of a workspace, and those files by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Kind, Resource, ResourceId, State, Value
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, WorkspaceApi


def refuse_foreign(item: Resource, found: Value) -> None:
    """Stop before what somebody else made.

    Raises:
        DemoError: it names the object and its owner.
    """
    if FOREIGN in found:
        raise DemoError(
            f"The {item.kind.replace('_', ' ')} {item.key} is there already and demo_factory did not make it: "
            f"it belongs to {found[FOREIGN]}.",
            "Drop or rename it yourself, or give the demo another name for it.",
        )


def missing_principal(kind: str, name: str) -> DemoError:
    """There is none of that name, and the target may not make it."""
    return DemoError(
        f"There is no {kind.replace('_', ' ')} {name}, and this target may not create one.",
        f"Ask for it, map it to another by `principals` of the target, or allow `create_{kind}s`.",
    )


def _in_the_way(api: WorkspaceApi, item: Resource, found: Value | None) -> None:
    refuse_foreign(item, found or {})


@dataclass(frozen=True)
class KindOnDatabricks:
    """How one kind is found, made and removed.

    Args:
        find: what stands there now, in the shape of `Resource.desired`; None when nothing does.
        make: brings one from what was found to what it should be; gives what the ledger keeps of it, such as an id.
        remove: removes one of ours; False when it was gone already.
        refuse: raises a DemoError, before anything is made, for one that cannot be.
        find_all: as `find`, of many at once, where that takes fewer calls.
        by_sql: it takes a SQL warehouse.
    """

    find: Callable[[CachedReader, Resource], Value | None]
    make: Callable[[WorkspaceApi, Resource, Value | None], Value]
    remove: Callable[[WorkspaceApi, State], bool]
    refuse: Callable[[WorkspaceApi, Resource, Value | None], None] = _in_the_way
    find_all: Callable[[CachedReader, Sequence[Resource]], Mapping[ResourceId, Value | None]] | None = None
    by_sql: bool = False


@cache
def on_databricks(kind: Kind) -> KindOnDatabricks:
    """What the file of a kind says."""
    found: KindOnDatabricks = import_module(f"demo_factory.workspace.databricks.kinds.{kind}").KIND
    return found

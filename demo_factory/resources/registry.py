"""All kinds of resources: found by their files, in an order in which they can be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from demo_factory.resources import kinds
from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Kind, Resource

if TYPE_CHECKING:
    from demo_factory.resources.graph import DemoPlan


def _found() -> Iterator[ResourceKind]:
    for module in sorted(one.name for one in iter_modules(kinds.__path__)):
        yield import_module(f"{kinds.__name__}.{module}").KIND


def _in_order() -> dict[Kind, ResourceKind]:
    by_name = {kind.name: kind for kind in _found()}
    return {name: by_name[name] for name in TopologicalSorter({k: v.after for k, v in by_name.items()}).static_order()}


KINDS: Mapping[Kind, ResourceKind] = _in_order()
TAKES: Mapping[Kind, tuple[str, ...]] = {name: kind.takes for name, kind in KINDS.items() if kind.takes}
SECURABLE: Mapping[Kind, str] = {name: kind.securable for name, kind in KINDS.items() if kind.securable}


def _ranks() -> dict[Kind, int]:
    found: dict[Kind, int] = {}
    for name, kind in KINDS.items():
        found[name] = 1 + max((found[before] for before in kind.after), default=0)
    return found


# How many kinds stand below one: what stands on most goes first.
RANK: Mapping[Kind, int] = _ranks()


def governed_resources(
    plan: DemoPlan, names: Mapping[str, str] | None = None, readers: Sequence[str] = ()
) -> tuple[Resource, ...]:
    """Everything governed that a demo wants, each after what it needs.

    Args:
        names: a target's own names for groups and service principals of the blueprint.
        readers: whom the target lets read all of it.
    """
    wanted = Wanted(plan, names or {}, SECURABLE, tuple(readers), TAKES)
    for kind in KINDS.values():
        wanted.so_far += kind.desired(wanted)
    return tuple(wanted.so_far)

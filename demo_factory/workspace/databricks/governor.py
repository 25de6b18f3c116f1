"""Governed things of a workspace, each kind in its own room."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.resource import Change, Kind, Resource, ResourceId, State, Value
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks import by_hand, containers, grants, masks, principals, secrets, tags
from demo_factory.workspace.databricks import preflight as needs
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.warehouse import Warehouse
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

Find = Callable[[CachedReader, Resource], "Value | None"]
Make = Callable[[WorkspaceApi, Resource, "Value | None"], Value]
Remove = Callable[[WorkspaceApi, State], bool]
_ROOMS: Mapping[Kind, tuple[Find, Make, Remove]] = {
    "group": (principals.find, principals.make, principals.remove),
    "service_principal": (principals.find, principals.make, principals.remove),
    "catalog": (containers.find, containers.make, containers.remove),
    "schema": (containers.find, containers.make, containers.remove),
    "volume": (containers.find, containers.make, containers.remove),
    "owner": (containers.find_owner, containers.make_owner, containers.remove_owner),
    "function": (masks.find_function, masks.make_function, masks.remove_function),
    "mask": (masks.find_mask, masks.make_mask, masks.remove_mask),
    "row_filter": (masks.find_filter, masks.make_filter, masks.remove_filter),
    "grant": (grants.find, grants.make, grants.remove),
    "secret_scope": (secrets.find, secrets.make, secrets.remove),
    "secret": (secrets.find, secrets.make, secrets.remove),
    "secret_acl": (secrets.find, secrets.make, secrets.remove),
}


class DatabricksGovernor:
    """See `demo_factory.workspace.protocols.Governor`.

    Args:
        records: the ledger, which says what is ours; default: the target's.
        secret: gives a secret's value by the name of its variable; default: the environment.
    """

    def __init__(
        self,
        client: WorkspaceClient,
        target: Target,
        records: DatabricksLedger | None = None,
        secret: Callable[[str], str | None] = os.environ.get,
        warehouse: Warehouse | None = None,
    ) -> None:
        self.warehouse = warehouse or Warehouse(client, target.warehouse)
        self._api = WorkspaceApi(client, target, self.warehouse, secret)
        self._records = records or DatabricksLedger(client, target)

    def requirements(
        self,
        plan: DemoPlan,
        todo: Collection[str],
        found: Collection[Change],
        inside: bool = False,
        whole: bool = False,
    ) -> tuple[Requirement, ...]:
        """What the workspace and who is logged in can do of what some steps need, or of all that a demo may need."""
        return needs.requirements(self._api, plan, todo, found, inside, whole)

    def find(self, items: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now; None where nothing does. Each object is asked for once."""
        if not items:
            return {}
        look = CachedReader(self._api, self._records.whose())
        tagged = [item for item in items if item.kind == "tags"]
        found = dict(tags.find(look, tagged)) if tagged else {}
        for item in items:
            if item.kind != "tags":
                found[item.id] = _ROOMS[item.kind][0](look, item)
        return found

    def by_hand(self, items: Sequence[Resource], objects: Collection[tuple[str, str]]) -> Mapping[ResourceId, Value]:
        """What others put on or into what is ours: grants, tags, and members of groups that list none."""
        return by_hand.find(CachedReader(self._api, self._records.whose()), items, objects)

    def make(self, item: Resource, found: Value | None) -> Value:
        """Bring one thing to what it should be."""
        make = tags.make if item.kind == "tags" else _ROOMS[item.kind][1]
        return make(self._api, item, found)

    def remove(self, made: State) -> bool:
        """Remove one thing of ours; False when it was gone already."""
        remove = tags.remove if made.kind == "tags" else _ROOMS[made.kind][2]
        return remove(self._api, made)

"""Governed things of a workspace, each kind by its own file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.resource import Change, Kind, Resource, ResourceId, State, Value
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks import by_hand
from demo_factory.workspace.databricks import preflight as needs
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.kind import on_databricks
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.warehouse import Warehouse
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


class DatabricksGovernor:
    """See `demo_factory.workspace.ports.Governor`.

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
        self._records = records or DatabricksLedger(client, target)
        self._api = WorkspaceApi(client, target, self.warehouse, secret, self._records)

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
        by_kind: dict[Kind, list[Resource]] = {}
        for item in items:
            by_kind.setdefault(item.kind, []).append(item)
        found: dict[ResourceId, Value | None] = {}
        for kind, mine in by_kind.items():
            here = on_databricks(kind)
            found |= here.find_all(look, mine) if here.find_all else {item.id: here.find(look, item) for item in mine}
        return found

    def by_hand(self, items: Sequence[Resource], objects: Collection[tuple[str, str]]) -> Mapping[ResourceId, Value]:
        """What others put on or into what is ours: grants, tags, and members of groups that list none."""
        return by_hand.find(CachedReader(self._api, self._records.whose()), items, objects)

    def make(self, item: Resource, found: Value | None) -> Value:
        """Bring one thing to what it should be."""
        return on_databricks(item.kind).make(self._api, item, found)

    def remove(self, made: State) -> bool:
        """Remove one thing of ours; False when it was gone already."""
        return on_databricks(made.kind).remove(self._api, made)

"""What all rooms of governance stand on: the client, the target, and what the ledger knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from demo_factory.resources.resource import Resource, ResourceId, State
from demo_factory.resources.values import owned_part
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.databricks.warehouse import Warehouse

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

    from demo_factory.workspace.databricks.ledger import DatabricksLedger

UC = "/api/2.1/unity-catalog"
_APPLICATION_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
FOREIGN = "made_by"  # a field of what was found, of things that demo_factory did not make
Shown = Mapping[str, Any]
Query = tuple[tuple[str, str], ...]
Get = Callable[[str, str, Query], "dict[str, Any] | None"]  # path, what for, query; asked anew or remembered


@dataclass(frozen=True)
class WorkspaceApi:
    """Asks the workspace, in raw JSON: the SDK's own types drop what they do not know, such as a new privilege."""

    client: WorkspaceClient
    target: Target
    warehouse: Warehouse
    secret: Callable[[str], str | None]  # a secret's value by the name of its variable
    ledger: DatabricksLedger
    _application_ids: dict[str, str] = field(default_factory=dict)

    @property
    def me(self) -> str:
        """Who is logged in."""
        return self.ledger.who

    @property
    def folder(self) -> str:
        """Where the ledger lies."""
        return self.ledger.folder

    def do(self, method: str, path: str, what: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """One call."""
        with plainly(what):
            answer = self.client.api_client.do(method, path, body=None if body is None else dict(body))
        return answer if isinstance(answer, dict) else {}

    def get(self, path: str, what: str, query: Query = ()) -> dict[str, Any] | None:
        """One reading call; None when nothing is there."""
        from databricks.sdk.errors import NotFound

        with plainly(what):
            try:
                answer = self.client.api_client.do("GET", path, query=dict(query))
            except NotFound:
                return None
        return answer if isinstance(answer, dict) else {}

    def delete(self, path: str, what: str) -> bool:
        """Remove what a path names; False when it was gone already."""
        from databricks.sdk.errors import NotFound

        with plainly(what):
            try:
                self.client.api_client.do("DELETE", path)
            except NotFound:
                return False
        return True

    def service_principals(self, name: str) -> list[dict[str, Any]]:
        """Those of a display name, of which there may be several, or the one of an application id."""
        field = "applicationId" if _APPLICATION_ID.fullmatch(name) else "displayName"
        found = scim(self.get, "ServicePrincipals", field, name)
        if found:
            self._application_ids[name] = str(found[0]["applicationId"])
        return found

    def principal(self, name: str, needs: tuple[ResourceId, ...]) -> str | None:
        """What grants and ACLs call a principal: of a service principal the application id; None before it is there."""
        if ("service_principal", name) not in needs:
            return name
        if name not in self._application_ids and not self.service_principals(name):
            return None
        return self._application_ids[name]

    def announced_principal(self, name: str) -> str:
        """The same for what was announced only: of a service principal of that name its id, or else the name itself."""
        found = self.service_principals(name)
        return str(found[0]["applicationId"]) if found else name

    def forget_principal(self, name: str) -> None:
        """A service principal is gone; one of that name made later has another id."""
        self._application_ids.pop(name, None)


@dataclass(frozen=True)
class CachedReader:
    """One look at the workspace: the ledger as it is, and each path asked once."""

    api: WorkspaceApi
    known: Mapping[ResourceId, State]

    def __post_init__(self) -> None:
        object.__setattr__(self, "get", cache(self.api.get))

    def get(self, path: str, what: str, query: Query = ()) -> dict[str, Any] | None:
        """As `WorkspaceApi.get`, asked once."""
        raise AssertionError("set in __post_init__")

    def ours(self, ref: ResourceId) -> bool:
        """Whether we made it, or began to."""
        made = self.known.get(ref)
        return made is not None and made.owned

    def before(self, item: Resource) -> Mapping[str, Any]:
        """What the ledger says is ours of it; empty when nothing is."""
        made = self.known.get(item.id)
        return {} if made is None else owned_part(made)


def pages(get: Get, path: str, field: str, what: str, query: Query = ()) -> Iterator[dict[str, Any]]:
    """The entries of a list that comes in pages."""
    token = ""
    while True:
        answer = get(path, what, (*query, *([("page_token", token)] if token else [])))
        yield from (answer or {}).get(field, ())
        token = (answer or {}).get("next_page_token", "")
        if not token:
            return


def scim(get: Get, resource: str, field: str, value: str) -> list[dict[str, Any]]:
    """The users, groups or service principals with this value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    query: Query = (("filter", f'{field} eq "{escaped}"'),)
    answer = get(f"/api/2.0/preview/scim/v2/{resource}", f"look for {value}", query) or {}
    return answer.get("Resources") or []

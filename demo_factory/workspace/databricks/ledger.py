"""What we created on a workspace: a JSON file a demo, written before each thing that it announces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demo_factory.resources.resource import DATA, Resource, ResourceId, State
from demo_factory.targets.model import ME, Target
from demo_factory.workspace.databricks.catalog import kind_of
from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.databricks.json_store import Commits, Documents
from demo_factory.workspace.databricks.lock import Life, living_holder, write_lock
from demo_factory.workspace.earlier_ledger import as_states
from demo_factory.workspace.ledger import OBJECTS, Holding, Ledger, as_found
from demo_factory.workspace.marks import PREFIX, is_marked

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

FILE = "resources.json"
_EARLIER = ("steps.json", "items.json")
_NOT_DEMOS = ("runs", "experiments")  # what else lies in the target's folder
Document = dict[str, Any]


class DatabricksLedger(Ledger):
    """See `demo_factory.workspace.ledger.Ledger`. Every reading asks the workspace, every write reads first."""

    def __init__(self, client: WorkspaceClient, target: Target, life: Life | None = None) -> None:
        self._client, self._target, self._life = client, target, life
        self._env = target.env

    @cached_property
    def folder(self) -> str:
        """Where ledger, lock, scripts and experiments lie."""
        folder = self._target.folder
        return folder.replace(ME, self.who) if ME in folder else folder

    @cached_property
    def _documents(self) -> Documents:
        return Documents(self._client, self.folder)

    @cached_property
    def _commits(self) -> Commits:
        return Commits(self._documents)

    def states(self, demo: str | None = None) -> list[State]:
        """All that we made, oldest first; of one demo or of all."""
        demos = [demo] if demo is not None else self._demos()
        return [State(**one, demo=name) for name in demos for one in self._read(name).get("resources", ())]

    def whose(self) -> Mapping[ResourceId, State]:
        """Everything of every demo; where two demos share one, of the one whose it is."""
        found: dict[ResourceId, State] = {}
        for state in self.states():
            if state.id not in found or state.owned:
                found[state.id] = state
        return found

    def look(self, demo: str, only: ResourceId | None = None) -> Mapping[ResourceId, State]:
        """With what stands in the catalog."""
        states = [one for one in self.states(demo) if only in (None, one.id)]
        schemas = {one.key.rpartition(".")[0] for one in states if one.kind in OBJECTS}
        there = {name: kind for schema in sorted(schemas) for name, kind in self._objects(schema).items()}

        def stands(one: State) -> bool:
            return one.kind in DATA and (one.kind not in OBJECTS or there.get(one.key) == OBJECTS[one.kind])

        return {one.id: replace(one, found=as_found(one) if stands(one) else None) for one in states}

    def thaw(self, demo: str) -> None:
        """Forget what was frozen, after a destroy."""
        if "facts" in self._read(demo):
            self._commit(demo, lambda document: document.pop("facts", None))
        self._tidy(demo)  # also what a destroy that broke off here has left

    def _is_foreign(self, demo: str, resource: Resource) -> bool:
        if resource.kind not in OBJECTS or resource.key not in self._objects(resource.key.rpartition(".")[0]):
            return False
        with plainly(f"read {resource.key}"):
            found = self._client.tables.get(resource.key).properties
        wanted = {"demo": demo, "name": resource.key, "env": str(self._env)}
        return not is_marked(found, {f"{PREFIX}{key}": value for key, value in wanted.items()})

    def _objects(self, schema: str) -> dict[str, str]:
        """'table' or 'view' by full name, of all that stands in a schema now."""
        from databricks.sdk.errors import NotFound

        catalog, _, short = schema.partition(".")
        with plainly(f"list the tables of {schema}"):
            try:
                found = list(self._client.tables.list(catalog, short, omit_columns=True, omit_properties=True))
            except NotFound:
                return {}
        return {str(one.full_name): kind_of(one) for one in found}

    # -- the files -----------------------------------------------------------------------------------------------------

    def _read(self, demo: str) -> Document:
        found = self._documents.read(f"{demo}/{FILE}")
        return self._earlier(demo) if found is None else found

    def _earlier(self, demo: str) -> Document:
        """What files of an earlier version say; they stay until something is written."""
        steps, things = (self._documents.read(f"{demo}/{name}") or {} for name in _EARLIER)
        states = as_states(steps.get("entries", ()), [{**one, "demo": demo} for one in things.get("items", ())])
        found = {"facts": steps.get("facts"), "resources": [_as_json(state) for state in states]}
        return {key: value for key, value in found.items() if value}

    def _commit(self, demo: str, change: Callable[[Document], object]) -> bool:
        """Write what a change makes of a demo's document. Returns whether anything is left in it."""
        name = f"{demo}/{FILE}"
        earlier = self._earlier(demo) if self._documents.read(name) is None else {}

        def on_all(document: Document) -> None:
            document.update(earlier if not document else {})
            change(document)

        left = self._commits.commit(name, on_all)
        for old in _EARLIER if earlier else ():
            self._documents.delete(f"{demo}/{old}")
        return left

    def _known(self, demo: str, id: ResourceId) -> State | None:
        return next((one for one in self.states(demo) if one.id == id), None)

    def _change(self, demo: str, id: ResourceId, change: Callable[[State | None], State | None]) -> None:
        def in_document(document: Document) -> None:
            written = document.pop("resources", [])
            place = next((at for at, one in enumerate(written) if (one["kind"], one["key"]) == id), len(written))
            try:
                after = change(State(**written[place], demo=demo) if place < len(written) else None)
                written[place : place + 1] = [_as_json(after)] if after is not None else []
            finally:
                document.update({"resources": written} if written else {})

        if not self._commit(demo, in_document):
            self._tidy(demo)

    def _facts(self, demo: str) -> Mapping[str, str]:
        facts: Mapping[str, str] = self._read(demo).get("facts", {})
        return facts

    def _keep_facts(self, demo: str, facts: Mapping[str, str]) -> None:
        self._commit(demo, lambda document: document.update(facts={**document.get("facts", {}), **facts}))

    def _demos(self) -> list[str]:
        return [name for name in self._documents.list() or () if not name.endswith(".json") and name not in _NOT_DEMOS]

    def _tidy(self, demo: str) -> None:
        """Remove the demo's file and folder when nothing is left in it."""
        if self._documents.read(f"{demo}/{FILE}") == {}:
            self._documents.delete(f"{demo}/{FILE}")
            self._documents.delete_if_empty(demo)

    # -- the lock ------------------------------------------------------------------------------------------------------

    def writing(
        self,
        purpose: str,
        wait_seconds: float = 0,
        on_wait: Callable[[str], None] | None = None,
        demos: Sequence[str] = (),
    ) -> AbstractContextManager[None]:
        """Hold the target for writing.

        Raises:
            DemoError: somebody else holds it; says who and since when.
        """
        return write_lock(self._documents, lambda: self.who, purpose, wait_seconds, on_wait, self._life, demos)

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""
        found = living_holder(self._documents, self._life)
        return None if found is None else Holding(str(found), tuple(found.demos))

    @cached_property
    def who(self) -> str:
        """Who is logged in: an e-mail address or an application id."""
        with plainly("ask who is logged in"):
            return str(self._client.current_user.me().user_name)


def _as_json(state: State) -> Document:
    return {name: value for name, value in asdict(state).items() if name not in ("found", "demo")}

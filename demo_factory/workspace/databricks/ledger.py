"""What we created on a workspace: JSON files beside the demos, written before each object they announce."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.diff import Known, known_as
from demo_factory.resources.governed import Item, Made, Ref, Value
from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.databricks.json_store import Commits, Documents
from demo_factory.workspace.databricks.lock import Life, living_holder, write_lock
from demo_factory.workspace.ledger import Broken, Entry, Holding, State
from demo_factory.workspace.protocols import Facts

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

ITEMS, STEPS = "items.json", "steps.json"
_IN_CATALOG = {"table": "table", "predictions": "table", "view": "view"}
_FACTS = ("epoch", "scale", "history", "as_of")
Document = dict[str, Any]


class DatabricksRecords:
    """See `demo_factory.workspace.protocols.Records`. Every reading asks the workspace, every write reads first."""

    def __init__(self, client: WorkspaceClient, target: Target, life: Life | None = None) -> None:
        self._client, self._life = client, life
        self._documents = Documents(client, target.folder)
        self._commits = Commits(self._documents)

    # Governed things

    def items(self, demo: str) -> Mapping[Ref, Made]:
        """What we know of a demo's governed things, oldest first."""
        document = self._documents.read(f"{demo}/{ITEMS}") or {}
        found = [Made(**one) for one in document.get("items", ())]
        return {(made.kind, made.key): made for made in found}

    def all_items(self) -> Mapping[Ref, Made]:
        """What we know of every demo's governed things; where two demos share one, whose it is."""
        found: dict[Ref, Made] = {}
        for demo in self._demos():
            for ref, made in self.items(demo).items():
                if ref not in found or made.ours:
                    found[ref] = made
        return found

    def announce_item(self, demo: str, item: Item, ours: bool, detail: Value = {}) -> None:  # noqa: B006 - never changed
        """Say that a thing is about to be made."""

        def change(document: Document) -> None:
            items = document.setdefault("items", [])
            now = {"kind": item.kind, "key": item.key, "want": dict(item.want), "made": False}
            old = _find(items, item.ref)
            if old is None:
                items.append({**now, "ours": ours, "detail": dict(detail)})
            else:  # what was ours stays ours: a later apply finds it there and takes nothing away from that
                old.update(now, ours=old["ours"] or ours, detail={**old["detail"], **detail})

        self._commits.commit(f"{demo}/{ITEMS}", change)

    def made_item(self, demo: str, item: Item, detail: Value) -> None:
        """The thing is there as announced."""

        def change(document: Document) -> None:
            found = _find(document.get("items", []), item.ref)
            if found is None:
                raise DemoError(f"{item.kind} {item.key} was never announced.", "Announce it before making it.")
            found.update(made=True, want=dict(item.want), detail={**found["detail"], **detail})

        self._commits.commit(f"{demo}/{ITEMS}", change)

    def forget_item(self, demo: str, ref: Ref) -> None:
        """The thing is gone."""

        def change(document: Document) -> None:
            rest = [one for one in document.get("items", ()) if (one["kind"], one["key"]) != ref]
            document.clear()
            document.update({"items": rest} if rest else {})

        if not self._commits.commit(f"{demo}/{ITEMS}", change):
            self._tidy(demo)

    # Steps

    def entries(self, demo: str | None = None) -> list[Entry]:
        """Tables, views, models and other steps' objects, oldest first; of one demo or of all."""
        demos = [demo] if demo is not None else self._demos()
        documents = [self._documents.read(f"{one}/{STEPS}") or {} for one in demos]
        found = [Entry(**one) for document in documents for one in document.get("entries", ())]
        return [entry for entry in found if entry.state != "dropped"]

    def known(self, plan: DemoPlan, only: str | None = None) -> Mapping[str, Known]:
        """What we made of this demo, by step name; objects that have vanished are left out."""
        found: dict[str, Known] = {}
        there: dict[str, dict[str, str]] = {}
        for entry in self.entries(plan.demo):
            kind, schema = _IN_CATALOG.get(entry.kind), entry.name.rpartition(".")[0]
            if kind is not None:
                if schema not in there:
                    there[schema] = self._objects(schema)
                if there[schema].get(entry.name) != kind:
                    continue
            name = known_as(plan, entry.kind, str(entry.detail["step"]), entry.name)
            reached = str(entry.detail.get("reached") or "")
            # what an unfinished step surely holds is what it held before
            day = entry.as_of if entry.state == "made" else reached
            said, made = str(entry.detail.get("said", "")), entry.state == "made"
            as_of = dt.date.fromisoformat(day) if day else None
            found[name] = Known(entry.kind, name, entry.name, entry.fingerprint, said, made, as_of)
        return found

    def facts(self, demo: str) -> Facts:
        """What the first build froze."""
        facts = (self._documents.read(f"{demo}/{STEPS}") or {}).get("facts", {})
        scale, history = facts.get("scale"), facts.get("history")
        return Facts(
            facts.get("epoch"),
            float(scale) if scale else None,
            int(history) if history else None,
            facts.get("as_of"),
            facts.get("follows") == "today",
        )

    def freeze(self, plan: DemoPlan) -> None:
        """Keep the plan's epoch, scale, history and newest day; nothing is written when they are kept already."""
        values = (plan.epoch, plan.scale, plan.blueprint.history, plan.as_of)
        facts = {key: str(value) for key, value in zip(_FACTS, values, strict=True)}
        self._keep_facts(plan.demo, facts)

    def follow(self, demo: str, today: bool) -> None:
        """Keep whether the demo follows the calendar, or was pinned to a day by name."""
        self._keep_facts(demo, {"follows": "today" if today else "a day"})

    def _keep_facts(self, demo: str, facts: Mapping[str, str]) -> None:
        """Write what differs; nothing when all is kept already."""
        name = f"{demo}/{STEPS}"
        before = (self._documents.read(name) or {}).get("facts", {})
        if {**before, **facts} != before:

            def change(document: Document) -> None:
                document["facts"] = {**document.get("facts", {}), **facts}

            self._commits.commit(name, change)

    def thaw(self, demo: str) -> None:
        """Forget what was frozen, after a destroy."""
        name = f"{demo}/{STEPS}"
        if "facts" in (self._documents.read(name) or {}):
            self._commits.commit(name, lambda document: document.pop("facts", None))
        self._tidy(demo)  # also what a destroy that broke off here has left

    def announce(self, plan: DemoPlan, step: Step) -> None:
        """Say that a step's object is about to be made.

        Raises:
            DemoError: it belongs to another demo, or is there and nobody's of ours.
        """
        name = str(step.plan.full_name)
        self._refuse_foreign(plan.demo, step.kind, name)

        def change(document: Document) -> None:
            entries = document.setdefault("entries", [])
            old = _entry(entries, name, step.kind)
            now = _now()
            entry = Entry(
                plan.demo, step.kind, name, step.fingerprint, "announced", str(plan.as_of), str(plan.epoch), None, None,
                {"step": step.name, "said": step.said, "reached": _reached(step, old)},
                old["created"] if old else now, now,
            )  # fmt: skip
            if old is None:
                entries.append(asdict(entry))
            else:
                old.update(asdict(entry))

        self._commits.commit(f"{plan.demo}/{STEPS}", change)

    def made(self, plan: DemoPlan, step: Step, rows: int | None, seconds: float, detail: Mapping[str, object]) -> None:
        """The object is there as announced."""
        self._change(plan.demo, step, "made", rows, seconds, detail)

    def failed(self, step: Step, reason: str, seconds: float) -> None:
        """The object could not be made."""
        for demo in self._demos_with(step):
            self._change(demo, step, "failed", None, seconds, {"reason": reason})

    def judged(self, step: Step, rules: Collection[str], broken: Sequence[Broken]) -> None:
        """A verdict on some promises of an object that stands."""
        name = str(step.plan.full_name)

        def change(document: Document) -> None:
            found = _entry(document.get("entries", []), name, step.kind)
            after = Entry(**found).after(rules, broken) if found is not None else None
            if found is not None and after is not None:
                found.update(state=after[0], detail={**found["detail"], **after[1]}, updated=_now())

        for demo in self._demos_with(step):
            entry = next(one for one in self.entries(demo) if (one.name, one.kind) == (name, step.kind))
            if entry.after(rules, broken) is not None:  # else nothing is written
                self._commits.commit(f"{demo}/{STEPS}", change)

    def _demos_with(self, step: Step) -> list[str]:
        """The demo whose object it is, if it is anybody's."""
        name = str(step.plan.full_name)
        documents = {demo: self._documents.read(f"{demo}/{STEPS}") or {} for demo in self._demos()}
        return [demo for demo, one in documents.items() if _entry(one.get("entries", []), name, step.kind)]

    def forget(self, name: str, kind: str) -> None:
        """Remove an entry whose object is gone."""
        for demo in self._demos():
            document = self._documents.read(f"{demo}/{STEPS}") or {}
            if _entry(document.get("entries", []), name, kind) is None:
                continue

            def change(document: Document) -> None:
                rest = [one for one in document["entries"] if (one["name"], one["kind"]) != (name, kind)]
                document.pop("entries")
                document.update({"entries": rest} if rest else {})

            if not self._commits.commit(f"{demo}/{STEPS}", change):
                self._tidy(demo)

    def _change(
        self, demo: str, step: Step, state: State, rows: int | None, seconds: float, detail: Mapping[str, object]
    ) -> None:
        name = str(step.plan.full_name)

        def change(document: Document) -> None:
            found = _entry(document.get("entries", []), name, step.kind)
            if found is None:
                raise DemoError(f"{name} was never announced.", "Announce it before making it.")
            kept = found["rows"] if rows is None else rows
            found.update(state=state, rows=kept, seconds=seconds, detail={**found["detail"], **detail}, updated=_now())

        self._commits.commit(f"{demo}/{STEPS}", change)

    def _refuse_foreign(self, demo: str, kind: str, name: str) -> None:
        for entry in self.entries():
            if entry.name == name and entry.kind == kind and entry.demo != demo:
                raise DemoError(
                    f"{name} belongs to the demo {entry.demo}, so {demo} cannot create it.",
                    "Give the demos different catalogs or schemas, or destroy the other demo first.",
                )
            if (entry.name, entry.kind) == (name, kind):
                return
        if kind in _IN_CATALOG and name in self._objects(name.rpartition(".")[0]):
            raise DemoError(
                f"{name} is there already and demo_factory did not make it.",
                "Drop or rename it yourself, or give the demo another catalog or schema.",
            )

    def _objects(self, schema: str) -> dict[str, str]:
        """'table' or 'view' by full name, of all that stands in a schema now."""
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.catalog import TableType

        catalog, _, short = schema.partition(".")
        views = (TableType.VIEW, TableType.MATERIALIZED_VIEW)
        with plainly(f"list the tables of {schema}"):
            try:
                found = list(self._client.tables.list(catalog, short, omit_columns=True, omit_properties=True))
            except NotFound:
                return {}
        return {str(one.full_name): "view" if one.table_type in views else "table" for one in found}

    # The folder

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

    def _demos(self) -> list[str]:
        return [name for name in self._documents.list() or () if not name.endswith(".json") and name not in _NOT_DEMOS]

    def _tidy(self, demo: str) -> None:
        """Remove the demo's files and folder when nothing is left in them."""
        held = {name: self._documents.read(f"{demo}/{name}") for name in (ITEMS, STEPS)}
        if any(held.values()):
            return
        for name, document in held.items():
            if document is not None:
                self._documents.delete(f"{demo}/{name}")
        self._documents.delete_if_empty(demo)


_NOT_DEMOS = ("runs", "experiments")  # what else lies in the target's folder


def _find(items: list[Document], ref: Ref) -> Document | None:
    return next((one for one in items if (one["kind"], one["key"]) == ref), None)


def _entry(entries: list[Document], name: str, kind: str) -> Document | None:
    return next((one for one in entries if (one["name"], one["kind"]) == (name, kind)), None)


def _reached(step: Step, before: Document | None) -> str | None:
    """The day up to which a table's rows are surely there."""
    if before is None or before["fingerprint"] != step.fingerprint or not isinstance(step.plan, TablePlan):
        return None
    found = before["as_of"] if before["state"] == "made" else before["detail"].get("reached")
    return None if found is None else str(found)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")

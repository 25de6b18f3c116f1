"""The laptop as a target: one state folder, one Spark, a ledger in SQLite."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Event, Query, slowest
from demo_factory.resources.diff import Known, known_as
from demo_factory.resources.governed import Action, Item, Made, Ref, Value
from demo_factory.resources.graph import DemoPlan, Step, TablePlan, ViewPlan
from demo_factory.sql.names import FullName
from demo_factory.workspace.ledger import Broken, Holding
from demo_factory.workspace.local import marks, query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.governor import LocalGovernor
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import Entry, Ledger
from demo_factory.workspace.local.lock import build_lock, holder
from demo_factory.workspace.preflight import Requirement
from demo_factory.workspace.protocols import Capability, Carrier, Facts, ModelStore

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OBJECTS = {"table": "table", "predictions": "table", "view": "view"}  # steps that stand in the catalog


class LocalRecords:
    """The ledger of one state folder."""

    def __init__(self, state: StateFolder) -> None:
        self._state, self._ledger = state, Ledger(state.ledger)

    def entries(self, demo: str | None = None) -> list[Entry]:
        """Everything that we made and did not drop, oldest first."""
        kept = [entry for entry in self._ledger.entries() if entry.state != "dropped"]
        ours = {(entry.name, _OBJECTS[entry.kind]) for entry in kept if entry.kind in _OBJECTS}
        return [one for one in (*kept, *marks.found(self._state, ours)) if demo is None or one.demo == demo]

    def known(self, plan: DemoPlan, only: str | None = None) -> Mapping[str, Known]:
        """What we made of this demo, by step name; objects that have vanished from disk are left out."""
        found = {}
        for entry in self._entries_of(plan, only):
            kind = _OBJECTS.get(entry.kind)
            if kind is not None and lakehouse.exists(self._state, entry.name) != kind:
                continue
            damage = self._damage(entry)
            name = known_as(plan, entry.kind, str(entry.detail["step"]), entry.name)
            as_of = dt.date.fromisoformat(entry.as_of) if entry.as_of else None
            reached = str(entry.detail.get("reached") or "")
            if entry.state != "made":  # what an unfinished step surely holds is what it held before
                as_of = dt.date.fromisoformat(reached) if reached else None
            said = str(entry.detail.get("said", ""))
            trouble = damage or str(entry.detail.get("trouble", ""))
            found[name] = Known(
                entry.kind, name, entry.name, entry.fingerprint, said, entry.state == "made", as_of, trouble, not damage
            )
        return found

    def _entries_of(self, plan: DemoPlan, only: str | None) -> Sequence[Entry]:
        """Of one step without a look at everything else that lies there, which each step of a build would repeat."""
        if only is not None and plan.steps[only].kind != "access":
            row = self._ledger.entry(str(plan.steps[only].plan.full_name), plan.steps[only].kind)
            if row is not None and row.state != "dropped":
                return [row]
        return self.entries(plan.demo)

    def _damage(self, entry: Entry) -> str:
        """What is wrong with an object as it lies there; nothing when it is whole."""
        if entry.kind == "model":
            store = self._state.mlflow / "mlflow.db"
            gone = "version" in entry.detail and not (store.is_file() and store.stat().st_size)
            return f"{store} is gone, and the model with it" if gone else ""
        kind = _OBJECTS.get(entry.kind)
        if kind is None:
            return ""
        name = lakehouse.FullName.parse(entry.name)
        return marks.trouble_of(self._state, name, kind, str(entry.detail.get("written", "")))

    def facts(self, demo: str) -> Facts:
        """What the first build froze."""
        facts = self._ledger.facts(demo)
        if not facts:
            return marks.facts(self._state, demo)
        scale, history = facts.get("scale"), facts.get("history")
        return Facts(
            facts.get("epoch"),
            float(scale) if scale else None,
            int(history) if history else None,
            facts.get("as_of"),
            facts.get("follows") == "today",
        )

    def freeze(self, plan: DemoPlan) -> None:
        """Keep the plan's epoch, scale, history and newest day."""
        frozen = {"epoch": plan.epoch, "scale": plan.scale, "history": plan.blueprint.history, "as_of": plan.as_of}
        for key, value in frozen.items():
            self._ledger.set_fact(plan.demo, key, str(value))

    def follow(self, demo: str, today: bool) -> None:
        """Keep whether the demo follows the calendar, or was pinned to a day by name."""
        follows = "today" if today else "a day"
        if self._ledger.get_fact(demo, "follows") != follows:
            self._ledger.set_fact(demo, "follows", follows)

    def thaw(self, demo: str) -> None:
        """Forget what was frozen, after a destroy."""
        for key in self._ledger.facts(demo):
            self._ledger.set_fact(demo, key, None)

    def announce(self, plan: DemoPlan, step: Step) -> None:
        """Say that a step's object is about to be made."""
        name = str(step.plan.full_name)
        before, full = self._ledger.entry(name, step.kind), lakehouse.FullName.parse(name)
        there = step.kind in _OBJECTS and before is None and lakehouse.exists(self._state, name)
        if there and not marks.is_ours(self._state, plan.demo, full):
            raise DemoError(
                f"{name} is there already and demo_factory did not make it.",
                "Drop or rename it yourself, or give the demo another catalog or schema.",
            )
        reached = None
        if before is not None and before.fingerprint == step.fingerprint and isinstance(step.plan, TablePlan):
            reached = before.as_of if before.state == "made" else before.detail.get("reached")
        detail = {"step": step.name, "said": step.said, "reached": reached}
        self._ledger.announce(
            plan.demo, step.kind, name, step.fingerprint, as_of=str(plan.as_of), epoch=str(plan.epoch), detail=detail
        )

    def made(self, plan: DemoPlan, step: Step, rows: int | None, seconds: float, detail: Mapping[str, object]) -> None:
        """The object is there as announced."""
        full = step.plan.full_name
        view = self._state.view(full.catalog, full.schema, full.name)
        written = {"written": marks.digest(view)} if step.kind == "view" and view.is_file() else {}
        self._ledger.made(str(full), rows=rows, seconds=seconds, detail={**detail, **written}, kind=step.kind)

    def failed(self, step: Step, reason: str, seconds: float) -> None:
        """The object could not be made."""
        self._ledger.failed(str(step.plan.full_name), reason, seconds=seconds, kind=step.kind)

    def judged(self, step: Step, rules: Collection[str], broken: Sequence[Broken]) -> None:
        """A verdict on some promises of an object that stands."""
        name = str(step.plan.full_name)
        entry = self._ledger.entry(name, step.kind)
        after = entry.after(rules, broken) if entry is not None else None  # None: somebody else's table is judged
        if after is not None:
            self._ledger.judged(name, step.kind, *after)

    def forget(self, name: str, kind: str) -> None:
        """Remove an entry whose object is gone."""
        self._ledger.forget(name, kind)

    def items(self, demo: str) -> Mapping[Ref, Made]:
        """What we know of a demo's governed things, oldest first."""
        return self._ledger.items(demo)

    def announce_item(self, demo: str, item: Item, ours: bool, detail: Value = {}) -> None:  # noqa: B006 - never changed
        """Say that a governed thing is about to be made."""
        self._ledger.announce_item(demo, item, ours, detail)

    def made_item(self, demo: str, item: Item, detail: Value) -> None:
        """The thing is there as announced."""
        self._ledger.made_item(demo, item, detail)

    def forget_item(self, demo: str, ref: Ref) -> None:
        """The thing is gone."""
        self._ledger.forget_item(demo, ref)


class LocalWorkspace:
    """See `demo_factory.workspace.protocols.Workspace`."""

    target = "local"

    def __init__(
        self,
        state: StateFolder,
        on_wait: Callable[[str], None] | None = None,
        carrier: Carrier = "dbldatagen",
    ) -> None:
        self.state, self._on_wait, self.carrier = state, on_wait, carrier
        self.records = LocalRecords(state)
        self.governor = LocalGovernor(state)
        self._opening = threading.Lock()
        self._ours: dict[tuple[str, str], SparkSession] | None = None  # sessions of this writing; None: nobody writes

    def missing(self, capability: Capability) -> str | None:
        """Local Spark and Delta can do all but what belongs to Unity Catalog."""
        if capability == "audit":
            return "nobody keeps an audit on this machine; Databricks does"
        if capability in ("tags", "owners"):
            return "Unity Catalog keeps them; locally they stand in the asset's metadata"
        return None

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], governed: Mapping[str, Sequence[Action]], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """Nothing is missing here; what Java and Spark lack they say when they start."""
        if not whole or plan.blueprint.governance.audit is None:
            return ()
        return (Requirement("audit", False, str(self.missing("audit"))),)

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""
        found = holder(self.state)
        return None if found is None else Holding(str(found), found.demos)

    def session(self, plan: DemoPlan) -> SparkSession:
        """The Spark session of the plan's catalog, with what other processes have made.

        While we write nobody else does, so it is brought up to date once: doing it again would meet tables that other
        steps are making at that moment.
        """
        from demo_factory.workspace.local.session import make_current, open_session

        with self._opening:
            place = (plan.catalog, plan.schema)
            session = (self._ours or {}).get(place)
            if session is None:
                session = open_session(self.state, plan.catalog, [plan.schema], rows=_rows(plan))
                if self._ours is not None:
                    self._ours[place] = session
            else:
                make_current(session)
            return session

    def warm_up(self, plan: DemoPlan) -> None:
        """Start Java in the background, so that it boots while Python imports."""
        from demo_factory.workspace.local.jvm import launch_jvm_early

        launch_jvm_early(self.state, _rows(plan))

    def models(self, demo: str) -> ModelStore:
        """MLflow's SQLite store in the state folder."""
        uri = f"sqlite:///{self.state.mlflow.absolute() / 'mlflow.db'}"
        return ModelStore(uri, uri, str(self.state.mlflow.absolute() / "artifacts"))

    @contextmanager
    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> Iterator[None]:
        """Hold the state folder for writing."""
        with build_lock(self.state, purpose, wait_seconds, self._on_wait, demos):
            Ledger(self.state.ledger).mend()
            self._ours = {}
            try:
                yield
            finally:
                self._ours = None

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view and keep its statement on disk."""
        from demo_factory.workspace.local import catalog

        catalog.create_view(spark, self.state, str(view.full_name), view.sql, view.comment, view.column_comments)

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest of those that were asked by `demo-factory sql`."""
        return slowest(query_log.queries(self.state, demo, dt.datetime.now(dt.UTC).date()))

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """There is none here."""
        raise DemoError(f"There is no audit of {schema}: {self.missing('audit')}.", "Ask on a workspace.")

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Nobody does it here."""
        return False

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects and forget it; False when it was gone already."""
        from demo_factory.workspace.local import catalog

        there = True
        session = (self._ours or {}).get((name.catalog, name.schema))  # one that is open must not go on knowing it
        if _OBJECTS.get(kind) == "table":
            there = catalog.drop_table(session, self.state, str(name))
        elif kind == "view":
            there = catalog.drop_view(session, self.state, str(name))
        self.records.forget(str(name), kind)
        return there

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what is on disk now."""
        return {str(name): lakehouse.exists(self.state, str(name)) for name in names}


def _rows(plan: DemoPlan) -> int:
    return sum(step.plan.rows for step in plan.of_kind("table") if isinstance(step.plan, TablePlan))

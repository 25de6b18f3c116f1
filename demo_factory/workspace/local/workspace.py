"""This machine as a target: one state folder, one Spark, a ledger in SQLite."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.plan.monitoring import Event, Query, slowest
from demo_factory.resources.graph import DemoPlan, TablePlan, ViewPlan
from demo_factory.resources.resource import Change, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.targets import HERE
from demo_factory.workspace.ledger import OBJECTS, Holding
from demo_factory.workspace.local import audit, models, preflight, query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.compute import no_compute
from demo_factory.workspace.local.governor import LocalGovernor
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import LocalLedger
from demo_factory.workspace.local.lock import build_lock, holder
from demo_factory.workspace.local.queries import LocalAnswers
from demo_factory.workspace.ports import Carrier, Compute, ModelStore, Place
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class LocalWorkspace:
    """See `demo_factory.workspace.ports.Workspace`."""

    target = HERE

    def __init__(
        self,
        state: StateFolder,
        on_wait: Callable[[str], None] | None = None,
        carrier: Carrier = "dbldatagen",
    ) -> None:
        self.state = self.home = state
        self._on_wait, self.carrier = on_wait, carrier
        self.records = LocalLedger(state)
        self.governor = LocalGovernor(state)
        self._opening = threading.Lock()
        self._ours: dict[tuple[str, str], SparkSession] | None = None  # sessions of this writing; None: nobody writes

    @property
    def compute(self) -> Compute:
        """There is none besides this process."""
        raise no_compute()

    def in_effect(self) -> Mapping[ResourceId, Value]:
        """All that is governed in the state folder, whichever demo asked for it."""
        return self.governor.everything()

    def machine(self) -> tuple[Requirement, ...]:
        """Java, Delta's jars, room and rights in the state folder."""
        return preflight.machine(self.state)

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """Nothing that a build needs is missing; with `whole` an audit is."""
        return preflight.requirements(plan, whole)

    def billed_warehouse(self) -> None:
        """There is none here, and nothing is billed."""

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""
        found = holder(self.state)
        return None if found is None else Holding(str(found), found.demos)

    @contextmanager
    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> Iterator[None]:
        """Hold the state folder for writing."""
        with build_lock(self.state, purpose, wait_seconds, self._on_wait, demos):
            self.records.mend()
            self._ours = {}
            try:
                yield
            finally:
                self._ours = None

    def session(self, plan: DemoPlan) -> SparkSession:
        """The Spark session of the plan's catalog, with what other processes have made.

        While we write nobody else does, so it is brought up to date once: doing it again would meet tables that other
        steps are making at that moment.
        """
        from demo_factory.compat.pyspark import make_current
        from demo_factory.workspace.local.session import open_session

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
        """Boot Java and open the session in the background; whoever asks for the session takes over, or fails."""
        from demo_factory.workspace.local.session import session_in_background

        session_in_background(self.state, plan.catalog, (), _rows(plan))

    def why_no_cache(self) -> None:
        """Tables stay in memory as long as this process lives."""

    def models(self, demo: str) -> ModelStore:
        """MLflow's SQLite store in the state folder."""
        return models.store(self.state)

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view and keep its statement on disk."""
        from demo_factory.workspace.local import catalog

        catalog.create_view(spark, self.state, str(view.full_name), view.sql, view.comment, view.column_comments)

    def guarded(self, plan: DemoPlan, name: FullName) -> None:
        """Guards stand before queries here, and not at tables."""

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects; False when it was gone already."""
        from demo_factory.workspace.local import catalog

        session = (self._ours or {}).get((name.catalog, name.schema))  # one that is open must not go on knowing it
        if OBJECTS.get(kind) == "table":
            return catalog.drop_table(session, self.state, str(name))
        if kind == "model":
            return models.drop(self.state, str(name))
        return kind != "view" or catalog.drop_view(session, self.state, str(name))

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what is on disk now."""
        return {str(name): lakehouse.exists(self.state, str(name)) for name in names}

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Nobody does it here."""
        return False

    def answers(self, place: Place, principal: str | None, on_trouble: Callable[[str], None]) -> LocalAnswers:
        """Spark, as oneself or as anybody who has rights here; each statement is noted."""
        return LocalAnswers(self.state, place, principal, on_trouble)

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest of those that were asked by `demo-factory sql`."""
        return slowest(query_log.queries(self.state, demo, dt.datetime.now(dt.UTC).date()))

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """There is none here."""
        raise audit.no_audit(schema)

    def forget(self, demo: str, removed: Sequence[State]) -> None:
        """Take away a demo's runs and noted queries, and folders that are empty now."""
        from demo_factory.workspace.local import remains

        remains.forget(self.state, self.records, demo, removed)

    def leave(self, forget_history: Callable[[], bool]) -> bool:
        """Take the demo out of Dagster's history, or take away the whole folder when it was the last one."""
        from demo_factory.workspace.local import remains

        if not self.records.states():
            return remains.leave(self.state)
        forget_history()
        return False

    def finish_leaving(self) -> None:
        """Take away the ledger's last file."""
        from demo_factory.workspace.local import remains

        remains.finish_leaving(self.state)


def open_local(home: Path, carrier: Carrier, on_wait: Callable[[str], None] | None = None) -> LocalWorkspace:
    """This machine, by its state folder."""
    return LocalWorkspace(StateFolder(home), on_wait, carrier)


def _rows(plan: DemoPlan) -> int:
    return sum(step.plan.rows for step in plan.of_kind("table") if isinstance(step.plan, TablePlan))

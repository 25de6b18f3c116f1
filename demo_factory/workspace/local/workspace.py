"""The laptop as a target: one state folder, one Spark, a ledger in SQLite."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Event, Query, slowest
from demo_factory.resources.graph import DemoPlan, TablePlan, ViewPlan
from demo_factory.resources.resource import Change
from demo_factory.sql.names import FullName
from demo_factory.workspace.ledger import Holding
from demo_factory.workspace.local import query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.governor import LocalGovernor
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import OBJECTS, LocalLedger
from demo_factory.workspace.local.lock import build_lock, holder
from demo_factory.workspace.preflight import Requirement
from demo_factory.workspace.protocols import Capability, Carrier, ModelStore

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
        self.records = LocalLedger(state)
        self.governor = LocalGovernor(state)
        self._opening = threading.Lock()
        self._ours: dict[tuple[str, str], SparkSession] | None = None  # sessions of this writing; None: nobody writes

    def missing(self, capability: Capability) -> str | None:
        """Local Spark and Delta can do all but what belongs to Unity Catalog."""
        return "nobody keeps an audit on this machine; Databricks does" if capability == "audit" else None

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
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
            self.records.mend()
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
        """Drop one of our objects; False when it was gone already."""
        from demo_factory.workspace.local import catalog

        session = (self._ours or {}).get((name.catalog, name.schema))  # one that is open must not go on knowing it
        if OBJECTS.get(kind) == "table":
            return catalog.drop_table(session, self.state, str(name))
        return kind != "view" or catalog.drop_view(session, self.state, str(name))

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what is on disk now."""
        return {str(name): lakehouse.exists(self.state, str(name)) for name in names}


def _rows(plan: DemoPlan) -> int:
    return sum(step.plan.rows for step in plan.of_kind("table") if isinstance(step.plan, TablePlan))

"""A Databricks workspace as a target, seen from outside (no Spark, holds the lock) or from its own compute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Event, Query
from demo_factory.plan.price import BilledWarehouse
from demo_factory.resources.graph import DemoPlan, OptimizePlan, ViewPlan
from demo_factory.resources.resource import Change, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks import audit, catalog, models, query_log, remains
from demo_factory.workspace.databricks.client import connect
from demo_factory.workspace.databricks.compute import DatabricksCompute
from demo_factory.workspace.databricks.guarded import GuardedTable, guarded_table
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.queries import WarehouseAnswers
from demo_factory.workspace.databricks.query_as import no_query_as
from demo_factory.workspace.databricks.session import no_session, open_session, why_no_cache
from demo_factory.workspace.databricks.traits import runs_on_databricks
from demo_factory.workspace.home import HOME, Home
from demo_factory.workspace.ledger import Holding
from demo_factory.workspace.ports import Carrier, ModelStore, Place
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from pyspark.sql import SparkSession

    from demo_factory.workspace.databricks.governor import DatabricksGovernor


class DatabricksWorkspace:
    """See `demo_factory.workspace.ports.Workspace`."""

    def __init__(
        self,
        name: str,
        target: Target,
        client: WorkspaceClient,
        carrier: Carrier = "dbldatagen",
        on_wait: Callable[[str], None] | None = None,
        inside: bool = False,
        home: Path = Path(HOME),
    ) -> None:
        self.target, self.carrier, self.client = name, carrier, client
        self.home = Home(home).of_target(name)
        self._about, self._on_wait, self._inside = target, on_wait, inside
        self.records = DatabricksLedger(client, target)

    @cached_property
    def governor(self) -> DatabricksGovernor:
        """What reads and changes the governed things."""
        from demo_factory.workspace.databricks.governor import DatabricksGovernor

        return DatabricksGovernor(self.client, self._about, self.records)

    @cached_property
    def compute(self) -> DatabricksCompute:
        """A cluster or serverless jobs, as the target says."""
        return DatabricksCompute(self.client, self._about, self.records)

    def in_effect(self) -> Mapping[ResourceId, Value]:
        """Nobody can list all that counts there: what a demo names is looked at."""
        return {}

    def machine(self) -> tuple[Requirement, ...]:
        """Nothing: what is made there is made there."""
        return ()

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """What the workspace and who is logged in can do of what some steps need; with `whole` of all else too."""
        needed = self.governor.requirements(plan, todo, found, self._inside, whole)
        asked = [plan.steps[name].plan for name in (plan.steps if whole else todo)]
        if any(isinstance(step, OptimizePlan) and step.cache for step in asked):
            off = self.why_no_cache()
            needed += (Requirement("cache", off is None, off or "tables stay in memory while the cluster runs"),)
        return needed

    def billed_warehouse(self) -> BilledWarehouse | None:
        """By its type, size and when it stops; None when it cannot be seen, which the requirements tell."""
        try:
            return self.governor.warehouse.billed
        except DemoError:
            return None

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""
        return self.records.holder()

    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> AbstractContextManager[None]:
        """Hold the target for writing."""
        return self.records.writing(purpose, wait_seconds, self._on_wait, demos)

    def session(self, plan: DemoPlan) -> SparkSession:
        """The session of the compute that this process runs on.

        Raises:
            DemoError: this process is not on Databricks.
        """
        if not self._inside:
            raise no_session(self.target)
        return open_session()

    def warm_up(self, plan: DemoPlan) -> None:
        """Spark is up where this process has one at all."""

    def why_no_cache(self) -> str | None:
        """Why the compute of this target keeps no tables in memory; None when it does."""
        return why_no_cache(self._about.compute)

    def models(self, demo: str) -> ModelStore:
        """Models in Unity Catalog, runs in an experiment beside the ledger."""
        if self._inside:
            self.client.workspace.mkdirs(models.folder(self.records.folder))  # MLflow makes no folders
        return models.store(self.records.folder)

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view."""
        catalog.create_view(spark, view)

    def guarded(self, plan: DemoPlan, name: FullName) -> GuardedTable | None:
        """A table that is to have, or has, masks or a row filter."""
        return guarded_table(plan, name, self.governor, self.records, self._about.compute)

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects; False when it was gone already. The runs of a demo go with its last model."""
        there = catalog.drop(self.client, kind, name)
        if kind == "model":
            known = [one for one in self.records.states() if one.kind == "model"]
            others = {one.demo for one in known if one.key != str(name)}
            for demo in {one.demo for one in known} - others:
                models.forget(self.client, self.records.folder, demo)
        return there

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what Unity Catalog has there now."""
        return {str(name): catalog.exists(self.client, str(name)) for name in names}

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Whether predictive optimization looks after a table's files."""
        return catalog.is_optimized(self.client, name)

    def answers(self, place: Place, principal: str | None, on_trouble: Callable[[str], None]) -> WarehouseAnswers:
        """The warehouse, as whoever is logged in.

        Raises:
            WrongUsage: nobody can ask as somebody else there.
        """
        if principal is not None:
            raise no_query_as(self.target, principal)
        return WarehouseAnswers(self.governor.warehouse, place)

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest of those in `system.query.history` that name the catalog."""
        return query_log.slow_queries(self.governor.warehouse, catalog)

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """What `system.access.audit` holds of a schema and all in it."""
        return audit.audit(self.governor.warehouse, schema, days)

    def forget(self, demo: str, removed: Sequence[State]) -> None:
        """All that is kept of a demo there are its resources."""

    def leave(self, forget_history: Callable[[], bool]) -> None:
        """Take the demo out of Dagster's history on this machine, and take away that history with its last demo."""
        if self.home.dagster.exists() and not forget_history():
            remains.leave(self.home)

    def finish_leaving(self) -> None:
        """What is kept here goes at once."""


def open_databricks(
    name: str,
    target: Target,
    carrier: Carrier = "dbldatagen",
    on_wait: Callable[[str], None] | None = None,
    home: Path = Path(HOME),
) -> DatabricksWorkspace:
    """The workspace of a target, from wherever this process runs."""
    return DatabricksWorkspace(name, target, connect(target), carrier, on_wait, runs_on_databricks(), home)

"""A Databricks workspace as a target, seen from outside (no Spark, holds the lock) or from its own compute."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.monitoring import Event, Query
from demo_factory.resources.graph import DemoPlan, OptimizePlan, ViewPlan
from demo_factory.resources.resource import Change
from demo_factory.sql.names import FullName
from demo_factory.targets.model import Target
from demo_factory.workspace.databricks import monitoring
from demo_factory.workspace.databricks.client import connect, on_databricks, plainly
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.ledger import Holding
from demo_factory.workspace.preflight import Requirement
from demo_factory.workspace.protocols import Capability, Carrier, ModelStore
from demo_factory.workspace.views import view_statement

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from pyspark.sql import SparkSession

    from demo_factory.workspace.databricks.governor import DatabricksGovernor

_IN_CATALOG = ("table", "predictions", "view")
# Serverless takes few settings; these two are among them, and cells depend on them.
_SESSION = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


class DatabricksWorkspace:
    """See `demo_factory.workspace.protocols.Workspace`."""

    def __init__(
        self,
        name: str,
        target: Target,
        client: WorkspaceClient,
        carrier: Carrier = "dbldatagen",
        on_wait: Callable[[str], None] | None = None,
        inside: bool = False,
    ) -> None:
        self.target, self.carrier, self.client = name, carrier, client
        self._about, self._on_wait, self._inside = target, on_wait, inside
        self.records = DatabricksLedger(client, target)

    @cached_property
    def governor(self) -> DatabricksGovernor:
        """What reads and changes the governed things."""
        from demo_factory.workspace.databricks.governor import DatabricksGovernor

        return DatabricksGovernor(self.client, self._about, self.records)

    def missing(self, capability: Capability) -> str | None:
        """Why the compute of this target cannot do it; None when it can."""
        if capability != "cache":
            return None
        if self._about.compute.serverless is not None:
            return "serverless compute keeps no tables in memory"
        if self._about.compute.cluster is not None and self._about.compute.cluster.existing is None:
            return "the cluster ends with the run, and its memory with it"
        return None

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """What the workspace and who is logged in can do of what some steps need; with `whole` of all else too."""
        needed = self.governor.requirements(plan, todo, found, self._inside, whole)
        asked = [plan.steps[name].plan for name in (plan.steps if whole else todo)]
        if any(isinstance(step, OptimizePlan) and step.cache for step in asked):
            off = self.missing("cache")
            needed += (Requirement("cache", off is None, off or "tables stay in memory while the cluster runs"),)
        return needed

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""
        return self.records.holder()

    def session(self, plan: DemoPlan) -> SparkSession:
        """The session of the compute that this process runs on.

        Raises:
            DemoError: this process is not on Databricks.
        """
        if not self._inside:
            raise DemoError(
                f"{self.target} has its Spark on Databricks, and this process is outside.",
                "An apply checks what it makes, and the bundle's quality job checks all. To look at rows: "
                f'demo-factory sql "SELECT ..." --target {self.target}',
            )
        from pyspark.sql import SparkSession

        spark = SparkSession.builder.getOrCreate()
        for key, value in _SESSION.items():
            spark.conf.set(key, value)
        return spark

    def models(self, demo: str) -> ModelStore:
        """Models in Unity Catalog, runs in an experiment beside the ledger."""
        if self._inside:
            self.client.workspace.mkdirs(self._experiments)  # MLflow makes no folders
        return ModelStore("databricks", "databricks-uc", None, f"{self._experiments}/")

    @property
    def _experiments(self) -> str:
        # By a name that begins with /Workspace MLflow makes an experiment that it never finds again.
        return f"{self._about.folder.removeprefix('/Workspace')}/experiments"

    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> AbstractContextManager[None]:
        """Hold the target for writing; on its own compute that is done by whoever started the run."""
        if self._inside:
            return nullcontext()
        return self.records.writing(purpose, wait_seconds, self._on_wait, demos)

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view."""
        name = view.full_name
        spark.sql(view_statement(spark, str(name), name.quoted, view.sql, view.comment, view.column_comments))

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects; False when it was gone already."""
        from databricks.sdk.errors import NotFound

        there = True
        with plainly(f"drop the {kind} {name}"):
            try:
                if kind in _IN_CATALOG:
                    self.client.tables.delete(str(name))
                elif kind == "model":
                    self.client.registered_models.delete(str(name))
            except NotFound:
                there = False
        if kind == "model":
            for demo in {one.demo for one in self.records.states() if one.id == (kind, str(name))}:
                self._forget_experiment(demo, str(name))
        return there

    def _forget_experiment(self, demo: str, last: str) -> None:
        """The runs of a demo go with its last model; Databricks keeps them 30 days in its waste-basket."""
        from databricks.sdk.errors import NotFound

        if any(one.kind == "model" and one.key != last for one in self.records.states(demo)):
            return
        with plainly(f"delete the experiment of {demo}"):
            with suppress(NotFound):
                found = self.client.experiments.get_by_name(f"{self._experiments}/{demo}").experiment
                if found is not None and found.experiment_id and found.lifecycle_stage == "active":
                    self.client.experiments.delete_experiment(found.experiment_id)
            with suppress(NotFound):
                if not list(self.client.workspace.list(self._experiments)):
                    self.client.workspace.delete(self._experiments)

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest of those in `system.query.history` that name the catalog."""
        return monitoring.slow_queries(self.governor.warehouse, catalog)

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """What `system.access.audit` holds of a schema and all in it."""
        return monitoring.audit(self.governor.warehouse, schema, days)

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what Unity Catalog has there now."""
        return {str(name): self._kind(str(name)) for name in names}

    def _kind(self, name: str) -> str | None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.catalog import TableType

        with plainly(f"look at {name}"):
            try:
                found = self.client.tables.get(name)
            except NotFound:
                return None
        return "view" if found.table_type in (TableType.VIEW, TableType.MATERIALIZED_VIEW) else "table"

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Whether predictive optimization looks after a table's files."""
        found: Any = self.client.tables.get(str(name)).effective_predictive_optimization_flag
        return found is not None and found.value is not None and found.value.value == "ENABLE"


def open_databricks(
    name: str, target: Target, carrier: Carrier = "dbldatagen", on_wait: Callable[[str], None] | None = None
) -> DatabricksWorkspace:
    """The workspace of a target, from wherever this process runs."""
    return DatabricksWorkspace(name, target, connect(target), carrier, on_wait, on_databricks())

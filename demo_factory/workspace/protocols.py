"""What a demo stands on: one small protocol a service. A target that lacks a service says so by `missing`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from demo_factory.plan.monitoring import Event, Query
from demo_factory.resources.graph import DemoPlan, ViewPlan
from demo_factory.resources.resource import Change, Resource, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.workspace.ledger import Holding, Ledger
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Carrier = Literal["dbldatagen", "spark"]  # who carries the formulas to Spark; both give the same cells
Capability = Literal["cache", "audit"]  # what not every target has, and somebody asks for


@dataclass(frozen=True)
class ModelStore:
    """Where MLflow keeps runs and models; `experiments` comes before the name of a demo's experiment."""

    tracking_uri: str
    registry_uri: str
    artifact_root: str | None
    experiments: str = ""


class Governor(Protocol):
    """Reads and changes the governed things of a target: principals, containers, grants, tags, masks, secrets."""

    def find(self, resources: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now, in the shape of `Resource.desired`; None where nothing does. Writes nothing.

        Raises:
            DemoError: the target cannot be read; names the object, the reason and the remedy.
        """

    def by_hand(
        self, resources: Sequence[Resource], objects: Collection[tuple[str, str]]
    ) -> Mapping[ResourceId, Value]:
        """What people put on or into things of ours that no resource speaks of. Writes nothing.

        In the shape of `Resource.desired`: grants to principals that no resource names there, tags, and the members of
        groups that list none.

        Args:
            resources: all that we want, and all that we made.
            objects: kind and full name of what can be granted and tagged besides our containers.
        """

    def make(self, resource: Resource, found: Value | None) -> Value:
        """Bring one thing to what it should be, from `found`; asked again after a crash it gives the same end.

        Returns: what the target says of it (ids), to be kept in the ledger.

        Raises:
            DemoError: it cannot be made, or is somebody else's.
        """

    def remove(self, state: State) -> bool:
        """Remove one thing of ours and nothing that hangs on it of others; False when it was gone already.

        Raises:
            DemoError: it cannot be removed, such as a schema that holds somebody else's table.
        """


class Workspace(Protocol):
    """A target: its session, its ledger and what differs from other targets."""

    target: str
    carrier: Carrier

    @property
    def records(self) -> Ledger:
        """The ledger."""

    @property
    def governor(self) -> Governor:
        """What reads and changes the governed things."""

    def missing(self, capability: Capability) -> str | None:
        """Why the target cannot do this; None when it can."""

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """What the target can and cannot do of what some steps need, found by reading alone.

        Args:
            found: the changes that a build would do.
            whole: also what the steps can be made without.
        """

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""

    def session(self, plan: DemoPlan) -> SparkSession:
        """The Spark session in which the plan's three-part names mean the demo's objects."""

    def models(self, demo: str) -> ModelStore:
        """Where the demo's models are kept."""

    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> AbstractContextManager[None]:
        """Hold the target for writing: one build at a time.

        Args:
            purpose: what it is held for, as others will read it.
            demos: the names of those that are written.

        Raises:
            DemoError: somebody else holds it; says who and since when.
        """

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view so that later sessions see it too."""

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest queries of the last days on a demo, slowest first.

        Raises:
            DemoError: the target does not show them; says why and what to do.
        """

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """What was done with a demo's schema and all in it, newest first.

        Raises:
            DemoError: the target does not show it; says why and what to do.
        """

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Whether the target looks after a table's files by itself, so that nobody has to lay them out."""

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects and forget it; False when it was gone already."""

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what exists there now."""

"""What a demo stands on: one small protocol a service, and the workspace that gives them all.

A service has a file of the same name in the folder of each target. A target that lacks it says why in that file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from demo_factory.plan.monitoring import Event, Query
from demo_factory.plan.price import BilledWarehouse
from demo_factory.resources.graph import DemoPlan, ViewPlan
from demo_factory.resources.guards import Guarded
from demo_factory.resources.resource import Change, Resource, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.workspace.home import Home
from demo_factory.workspace.ledger import Holding, Ledger
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Carrier = Literal["dbldatagen", "spark"]  # who carries the formulas to Spark; both give the same cells
# Takes names and types of columns, and the rows; gives how many of them it took.
Show = Callable[[Sequence[str], Sequence[str], Iterator[tuple[Any, ...]]], int]


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


class Preflight(Protocol):
    """What the target can and cannot do, said before anything is made."""

    def machine(self) -> tuple[Requirement, ...]:
        """What is there of what this machine itself has to have for the target, whatever the demo."""

    def requirements(
        self, plan: DemoPlan, todo: Collection[str], found: Collection[Change], whole: bool = False
    ) -> tuple[Requirement, ...]:
        """What the target can and cannot do of what some steps need, found by reading alone.

        Args:
            found: the changes that a build would do.
            whole: also what the steps can be made without.
        """

    def billed_warehouse(self) -> BilledWarehouse | None:
        """As what the target's warehouse is billed; None where there is none that can be seen."""


class Lock(Protocol):
    """One writer a target."""

    def holder(self) -> Holding | None:
        """Who writes right now, and which demos; None when nobody does."""

    def writing(self, purpose: str, wait_seconds: float = 0, demos: Sequence[str] = ()) -> AbstractContextManager[None]:
        """Hold the target for writing: one build at a time.

        Args:
            purpose: what it is held for, as others will read it.
            demos: the names of those that are written.

        Raises:
            DemoError: somebody else holds it; says who and since when.
        """


class Sessions(Protocol):
    """Spark."""

    def session(self, plan: DemoPlan) -> SparkSession:
        """The Spark session in which the plan's three-part names mean the demo's objects.

        Raises:
            DemoError: Spark cannot start, or is somewhere else.
        """

    def warm_up(self, plan: DemoPlan) -> None:
        """Begin what a session needs, so that it comes up while Python imports."""

    def why_no_cache(self) -> str | None:
        """Why Spark there keeps no tables in memory for whoever comes later; None when it does."""


@dataclass(frozen=True)
class ModelStore:
    """Where MLflow keeps runs and models; `experiments` comes before the name of a demo's experiment."""

    tracking_uri: str
    registry_uri: str
    artifact_root: str | None
    experiments: str = ""


class Models(Protocol):
    """MLflow."""

    def models(self, demo: str) -> ModelStore:
        """Where the demo's models are kept."""


class Objects(Protocol):
    """Tables, views and registered models as objects of a catalog."""

    def create_view(self, spark: SparkSession, view: ViewPlan) -> None:
        """Create or replace a view so that later sessions see it too."""

    def guarded(self, plan: DemoPlan, name: FullName) -> Guarded | None:
        """How rows come into a table whose cells or rows are to be guarded, or are now, where the table itself has its
        guards; None where nothing guards it, or who asks is asked first.
        """

    def drop(self, kind: str, name: FullName) -> bool:
        """Drop one of our objects and forget it; False when it was gone already."""

    def describe_objects(self, names: Sequence[FullName]) -> Mapping[str, str | None]:
        """'table', 'view' or None for each full name: what exists there now."""

    def keeps_its_own_layout(self, name: FullName) -> bool:
        """Whether the target looks after a table's files by itself, so that nobody has to lay them out."""


@dataclass(frozen=True)
class Place:
    """Where a built demo stands, and its tables and views by their short names, each with its kind."""

    demo: str
    catalog: str
    schema: str
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Described:
    """A table, view or column: its name, its kind or type, and its comment."""

    name: str
    type: str
    comment: str


class Answers(Protocol):
    """Answers one statement after the other where short names mean a demo's objects."""

    place: Place

    def ask(self, statement: str, most: int, show: Show) -> None:
        """Run a statement that only reads, and hand its rows over.

        Args:
            most: rows that will be taken at most; 0 is all.

        Raises:
            DemoError: it is wrong, or may not be asked.
            KeyboardInterrupt: it was cancelled.
        """

    def objects(self) -> Sequence[Described]:
        """The tables and views that may be read."""

    def columns(self, name: str | None = None) -> Mapping[str, Sequence[Described]]:
        """The columns of one table or view, or of all that may be read.

        Raises:
            DemoError: there is none of that name, or it may not be read.
        """

    def cancel(self) -> None:
        """End the statement that runs in another thread, as far as that can be done."""


class Queries(Protocol):
    """SQL of people on a built demo."""

    def answers(self, place: Place, principal: str | None, on_trouble: Callable[[str], None]) -> Answers:
        """Who answers the queries of one session; Spark or warehouse start with the first.

        Args:
            principal: as whom they are asked; None for oneself.
            on_trouble: told a sentence when a query could not be noted.

        Raises:
            WrongUsage: nobody can ask as somebody else there.
        """

    def slow_queries(self, demo: str, catalog: str) -> tuple[Query, ...]:
        """The slowest queries of the last days on a demo, slowest first.

        Raises:
            DemoError: the target does not show them; says why and what to do.
        """


class Audit(Protocol):
    """Who did what."""

    def audit(self, schema: str, days: int) -> tuple[Event, ...]:
        """What was done with a demo's schema and all in it, newest first.

        Raises:
            DemoError: the target does not show it; says why and what to do.
        """


class Compute(Protocol):
    """Compute that is not this process: a cluster that the steps of a run share, or a serverless job a step."""

    @property
    def client(self) -> Any:
        """The SDK's own, for clients of Dagster that want it."""

    def cluster(self, name: str, tags: Mapping[str, str]) -> AbstractContextManager[str]:
        """The id of a running cluster: the one that is there, or a new one that ends with the run.

        Raises:
            MachineTrouble: it does not start; says why.
        """

    def launcher_files(self, volume: str, run_id: str) -> AbstractContextManager[Any]:
        """Where the step launcher's files lie as long as a run lasts: where nobody else may write.

        Args:
            volume: where its files lie.
        """

    def login(self) -> Mapping[str, Any]:
        """How the step launcher logs in; empty where it finds that in the environment.

        Raises:
            DemoError: we log in by a way that the step launcher does not have.
        """

    def staging_volume(self, demo: str, catalog: str, schema: str) -> AbstractContextManager[str]:
        """Where the files of a volume lie: the target's, or one of ours that lives as long as the run."""

    def run_files(
        self, volume: str, run_id: str, script: bytes, code: bytes
    ) -> AbstractContextManager[tuple[str, str]]:
        """(script, code) where a serverless job reads them; gone afterwards.

        Args:
            volume: where its files lie.
        """

    def serverless_run(
        self, name: str, script: str, parameters: Sequence[str], libraries: Sequence[str]
    ) -> tuple[Any, dict[str, Any]]:
        """A one-time run of a script: its task, and what goes with it."""

    def why_it_failed(self, run_id: int) -> str:
        """What is known of a run that failed."""


class Remains(Protocol):
    """What a destroy tidies up besides resources."""

    def forget(self, demo: str, removed: Sequence[State]) -> None:
        """Take away what is kept of a demo besides its resources, and what these have left empty."""

    def leave(self, forget_history: Callable[[], bool]) -> bool | None:
        """Take away what a state folder holds for demos alone, when there are none.

        Args:
            forget_history: takes the demo out of the history of runs; says whether others are left in it.

        Returns: whether the whole folder is gone; None where demos do not lie in it.
        """

    def finish_leaving(self) -> None:
        """Go on with a `leave` that was interrupted when little more than the ledger's file was left to go."""


class Workspace(Preflight, Lock, Sessions, Models, Objects, Queries, Audit, Remains, Protocol):
    """A target as a whole."""

    target: str
    carrier: Carrier

    @property
    def home(self) -> Home:
        """What this machine keeps of the target."""

    @property
    def records(self) -> Ledger:
        """The ledger."""

    @property
    def governor(self) -> Governor:
        """What reads and changes the governed things."""

    def in_effect(self) -> Mapping[ResourceId, Value]:
        """Governed things of any demo that count there; empty where only what is named can be looked at."""

    @property
    def compute(self) -> Compute:
        """Compute that is not this process.

        Raises:
            DemoError: there is none.
        """

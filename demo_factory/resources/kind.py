"""What is true of a kind of resource wherever it stands, and what each kind may look at to say what it wants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from demo_factory.blueprint.governance import Governance
from demo_factory.resources.graph import DemoPlan, PredictionsPlan, TablePlan
from demo_factory.resources.resource import Kind, Resource, ResourceId, Value

STRICTEST = ("pii", "confidential")


class On(NamedTuple):
    """What a thing lies on: what grants call that (`table`, `schema`, `volume` ...), and its full name."""

    securable: str
    name: str


@dataclass
class Wanted:
    """What a kind's `desired` sees: the plan, and the resources that kinds before it want.

    Args:
        names: a target's own names for groups and service principals of the blueprint.
        securable: what grants call an object of a kind.
        readers: whom the target lets read all of the schema, by the target's own names.
        takes: which privileges it takes to keep one of a kind.
    """

    plan: DemoPlan
    names: Mapping[str, str]
    securable: Mapping[Kind, str] = field(default_factory=dict)
    readers: tuple[str, ...] = ()
    takes: Mapping[Kind, Collection[str]] = field(default_factory=dict)
    so_far: list[Resource] = field(default_factory=list)

    @property
    def governance(self) -> Governance:
        """The blueprint's section of that name."""
        return self.plan.blueprint.governance

    @property
    def schema(self) -> ResourceId:
        """The schema that holds everything."""
        return ResourceId("schema", f"{self.plan.catalog}.{self.plan.schema}")

    def called(self, name: str) -> str:
        """What the target calls a group or service principal."""
        return self.names.get(name, name)

    def principal(self, name: str) -> ResourceId:
        """The group or service principal of that name in the blueprint."""
        return ResourceId("group" if name in self.governance.groups else "service_principal", self.called(name))

    def in_schema(self, kind: Kind, name: str, desired: Value, *needs: ResourceId) -> Resource:
        """A resource that lies in the schema."""
        return Resource(kind, f"{self.schema.key}.{name}", desired, (self.schema, *needs))

    def of(self, *kinds: Kind) -> Iterator[Resource]:
        """What is wanted so far of some kinds."""
        return (one for one in self.so_far if one.kind in kinds)

    def predictions(self) -> Iterator[PredictionsPlan]:
        """The demo's tables of predictions."""
        return (step.plan for step in self.plan.steps.values() if isinstance(step.plan, PredictionsPlan))

    def types(self, table: str) -> dict[str, str]:
        """The type of each written column of a table."""
        planned = self.plan.steps[table].plan
        assert isinstance(planned, TablePlan)
        return {column.name: column.type for column in planned.visible}


@dataclass(frozen=True)
class ResourceKind:
    """One kind.

    Args:
        after: kinds that may hold it, or that it may hang on: they are made before it, and go after it.
        stage: the asset that shows and makes all of its kind together; none for what is an asset of its own.
        desired: what a plan wants of it, each after what it needs.
        lies_on: by its key, the object without which it cannot be.
        principals: the groups and service principals that one names, and that have to be there.
        by_hand: in words, what people added to one that nobody wrote down.
        parts: the field of its value whose parts may be others' as well as ours.
        always_there: every object has one; only our change of it is ours.
        guards: it hides cells or rows, so that it goes with what it lies on, and never before that.
        securable: what grants, tags and owners call it; none for what they cannot be put on.
        takes: the privileges on what it lies in that it takes to make and keep one, for who does not own that.
        idle: what of one goes on costing while nobody uses it, in words; nothing for what costs by use alone.
    """

    name: Kind
    after: tuple[Kind, ...] = ()
    stage: str = ""
    desired: Callable[[Wanted], Iterable[Resource]] = lambda wanted: ()
    lies_on: Callable[[str], On | None] = lambda key: None
    principals: Callable[[Resource], Iterable[str]] = lambda resource: ()
    by_hand: Callable[[str, Value], Iterable[str]] = lambda key, value: ()
    parts: str = ""
    always_there: bool = False
    guards: bool = False
    securable: str = ""
    takes: tuple[str, ...] = ()
    idle: str = ""


def on_object(key: str) -> On:
    """Of a key such as `table c.s.t analysts` or `column c.s.t.x`, on what it is: of a column the table."""
    securable, name = key.split(" ")[:2]
    return On("table", name.rpartition(".")[0]) if securable == "column" else On(securable, name)


def last_word(resource: Resource) -> tuple[str, ...]:
    """The principal at the end of a key."""
    return (resource.key.split()[-1],)


def unless(exempt: Iterable[str]) -> str:
    """For a comment: who sees all the same."""
    named = ", ".join(exempt)
    return f" by all but {named}" if named else ""

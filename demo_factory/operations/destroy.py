"""Destroy a demo: ask, remove exactly what the ledger says is ours, which is the diff against nothing; look again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.access.stages import BY_PERSON
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import load
from demo_factory.moments import reached
from demo_factory.operations.demos import find_demo
from demo_factory.operations.runner import Runner
from demo_factory.operations.targets import open_workspace
from demo_factory.plan.expiry import expiry
from demo_factory.resources.diff import diff
from demo_factory.resources.resource import DATA, Change, Kind, Resource, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.workspace.apply import Heard, apply
from demo_factory.workspace.apply import left as left_of
from demo_factory.workspace.ledger import OBJECTS
from demo_factory.workspace.observe import lost
from demo_factory.workspace.ports import Workspace

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings


@dataclass(frozen=True)
class DestroyReport:
    """What went, and what is left of it (nothing, unless somebody made it again meanwhile).

    `state_removed`: whether the whole state folder went with it; None where demos do not lie in one.
    """

    removed: tuple[State, ...]
    left: tuple[str, ...]
    state_removed: bool | None
    stays: tuple[State, ...] = ()  # what a person made once, which a job leaves to him


@dataclass(frozen=True)
class Doomed:
    """What would go: (kind, name) of each object, in order, and what people lose with it.

    No objects: an interrupted destroy has left something that is not one.
    """

    objects: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Hands:
    """What makes and removes resources of a demo: see `demo_factory.workspace.apply.Hands`."""

    workspace: Workspace

    def find(self, resources: Sequence[Resource]) -> Mapping[ResourceId, Value | None]:
        """What stands there now of governed things."""
        return self.workspace.governor.find(resources)

    def make(self, resource: Resource, found: Value | None) -> Value:
        """Bring a governed thing to what it should be."""
        return self.workspace.governor.make(resource, found)

    def remove(self, state: State) -> bool:
        """Remove one of ours with everything of it: files, registered model."""
        if state.kind not in DATA:
            return self.workspace.governor.remove(state)
        reached(f"destroy {state.id}")
        there = self.workspace.drop(state.kind, FullName(*state.key.split(".")))
        reached(f"destroy {state.id} gone")
        return there


def removals(demo: str, workspace: Workspace, kept: Collection[Kind] = ()) -> tuple[Change, ...]:
    """What a destroy does, in its order: all that is in the ledger goes, and what we only used is forgotten.

    Grants, masks and tags go before the tables they hang on, catalogs and principals after them.

    Args:
        kept: kinds that stay.
    """
    return diff((), {state.id: state for state in workspace.records.states(demo) if state.kind not in kept})


def ours(going: Sequence[Change]) -> tuple[State, ...]:
    """What we made of it, in the same order."""
    return tuple(one.state for one in going if one.state is not None and one.state.owned)


def teardown(
    demo: str,
    settings: Settings,
    runner: Runner,
    confirm: Callable[[Doomed], bool],
    on_progress: Heard = lambda change: None,
    wait: float = 0,
    protected: bool = False,
    if_expired: bool = False,
) -> DestroyReport | None:
    """Remove everything that we made of a demo, and nothing else; None when nothing of it is there, or on a no.

    Args:
        confirm: asked once, with what would go.
        on_progress: told of every object before it goes.
        wait: seconds to wait for a build to end; 0 refuses.
        protected: also on a target that does not allow it.
        if_expired: only when its blueprint says that it has stood long enough.

    Raises:
        DemoError: the target does not allow it, a build is at work, or an object cannot go.
        NotExpired: it was to go only if it has expired, and has not.
    """
    _refuse(settings, demo, protected)
    workspace = open_workspace(settings)
    if if_expired:
        demo = _expired(settings, demo, workspace)
    kept = BY_PERSON if settings.traits.is_guest else frozenset[Kind]()
    going = ours(removals(demo, workspace, kept))
    begun = workspace.records.facts(demo).epoch is not None
    if not going and not begun:
        workspace.finish_leaving()
        return None
    if not confirm(Doomed(tuple((one.kind, one.key) for one in going), lost(going, workspace))):
        return None
    return destroy(demo, workspace, runner, on_progress, wait, kept)


def _refuse(settings: Settings, demo: str, protected: bool) -> None:
    """A target may forbid to destroy, as production does unless it says otherwise."""
    if not settings.targets[settings.target].allow.destroy and not protected:
        raise DemoError(
            f"The target {settings.target} does not allow to destroy {demo}.",
            f"If you are sure: demo-factory destroy {demo} --protected{settings.on}",
        )


class NotExpired(DemoError):  # noqa: N818 - it is how things are, not a fault of the program
    """It stands, and is to stand on."""


def _expired(settings: Settings, demo: str, workspace: Workspace) -> str:
    """The name of a demo that is expired, by its name or its file."""
    blueprint = load(find_demo(settings, demo))
    demo = blueprint.demo
    states = workspace.records.states(demo)
    found = expiry(blueprint.expires, states, dt.date.today())
    if states and found is None:
        raise NotExpired(
            f"{demo} does not expire, so it stands.", "Write for example `expires: 14 days` into its blueprint."
        )
    if found is not None and states and not found.expired:
        raise NotExpired(f"{demo} {found}, so it stands.")
    return demo


def destroy(
    demo: str,
    workspace: Workspace,
    runner: Runner,
    on_progress: Heard = lambda change: None,
    wait: float = 0,
    kept: Collection[Kind] = (),
) -> DestroyReport:
    """Remove everything that we made of a demo, and nothing else.

    Args:
        on_progress: told of every object before it goes.
        kept: kinds that stay, and stay known.

    Raises:
        DemoError: a build is at work, and nothing was removed; or an object cannot go, and the ledger keeps it.
    """
    with workspace.writing(f"destroy {demo}", wait, [demo]):
        reached("destroy locked")
        going = removals(demo, workspace, kept)
        apply(going, Hands(workspace), workspace.records, demo, on_progress)
        reached("destroy items gone")
        removed = ours(going)
        workspace.forget(demo, removed)
        reached("destroy tidied")
        left = _left(workspace, demo, removed, kept)
        home = workspace.home
        gone = workspace.leave(lambda: home.dagster.exists() and runner.forget(home, demo))
        reached("destroy history forgotten")
        workspace.records.thaw(demo)  # last: what the first build froze says that a destroy is not finished
    stays = tuple(one for one in workspace.records.states(demo) if one.kind in kept)
    return DestroyReport(removed, left, gone, stays)


def _left(workspace: Workspace, demo: str, removed: Sequence[State], kept: Collection[Kind]) -> tuple[str, ...]:
    """Look again at the target itself, and at the ledger."""
    names = sorted({one.key for one in removed if one.kind in OBJECTS})
    there = workspace.describe_objects([FullName(*name.split(".")) for name in names])
    governed = [one for one in reversed(removed) if one.kind not in DATA]
    return (
        *(name for name, kind in there.items() if kind is not None),
        *(str(one.id) for one in workspace.records.states(demo) if one.kind not in kept),
        *left_of(governed, workspace.governor),
    )

"""Destroy a demo: exactly what the ledger says is ours, which is the diff against nothing; then look again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo_factory.moments import reached
from demo_factory.operations.runner import Runner
from demo_factory.resources.diff import diff
from demo_factory.resources.resource import DATA, Change, Resource, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.workspace.apply import Heard, apply
from demo_factory.workspace.apply import left as left_of
from demo_factory.workspace.ports import Workspace


@dataclass(frozen=True)
class DestroyReport:
    """What went, and what is left of it (nothing, unless somebody made it again meanwhile).

    `state_removed`: whether the whole state folder went with it; None where demos do not lie in one.
    """

    removed: tuple[State, ...]
    left: tuple[str, ...]
    state_removed: bool | None


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


def removals(demo: str, workspace: Workspace) -> tuple[Change, ...]:
    """What a destroy does, in its order: all that is in the ledger goes, and what we only used is forgotten.

    Grants, masks and tags go before the tables they hang on, catalogs and principals after them.
    """
    return diff((), {state.id: state for state in workspace.records.states(demo)})


def ours(going: Sequence[Change]) -> tuple[State, ...]:
    """What we made of it, in the same order."""
    return tuple(one.state for one in going if one.state is not None and one.state.owned)


def destroy(
    demo: str, workspace: Workspace, runner: Runner, on_progress: Heard = lambda change: None, wait: float = 0
) -> DestroyReport:
    """Remove everything that we made of a demo, and nothing else.

    Args:
        on_progress: told of every object before it goes.

    Raises:
        DemoError: a build is at work, and nothing was removed; or an object cannot go, and the ledger keeps it.
    """
    with workspace.writing(f"destroy {demo}", wait, [demo]):
        reached("destroy locked")
        going = removals(demo, workspace)
        apply(going, Hands(workspace), workspace.records, demo, on_progress)
        reached("destroy items gone")
        removed = ours(going)
        workspace.forget(demo, removed)
        reached("destroy tidied")
        left = _left(workspace, demo, removed)
        home = workspace.home
        gone = workspace.leave(lambda: home.dagster.exists() and runner.forget(home, demo))
        reached("destroy history forgotten")
        workspace.records.thaw(demo)  # last: what the first build froze says that a destroy is not finished
    return DestroyReport(removed, left, gone)


def _left(workspace: Workspace, demo: str, removed: Sequence[State]) -> tuple[str, ...]:
    """Look again at the target itself, and at the ledger."""
    names = sorted({one.key for one in removed if one.kind in ("table", "predictions", "view")})
    there = workspace.describe_objects([FullName(*name.split(".")) for name in names])
    governed = [one for one in reversed(removed) if one.kind not in DATA]
    return (
        *(name for name, kind in there.items() if kind is not None),
        *(str(one.id) for one in workspace.records.states(demo)),
        *left_of(governed, workspace.governor),
    )

"""Destroy a demo: exactly what the ledger says is ours, which is the diff against nothing; then look again."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from demo_factory.moments import reached
from demo_factory.operations.runner import Runner
from demo_factory.resources.diff import diff
from demo_factory.resources.resource import DATA, Change, Resource, ResourceId, State, Value
from demo_factory.sql.names import FullName
from demo_factory.workspace.apply import Heard, apply
from demo_factory.workspace.apply import left as left_of
from demo_factory.workspace.local import catalog, query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory.workspace.protocols import Workspace


@dataclass(frozen=True)
class DestroyReport:
    """What went, and what is left of it (nothing, unless somebody made it again meanwhile)."""

    removed: tuple[State, ...]
    left: tuple[str, ...]
    state_removed: bool


@dataclass(frozen=True)
class Hands:
    """What makes and removes resources of a demo: see `demo_factory.workspace.apply.Hands`."""

    workspace: Workspace
    demo: str

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
        if state.kind == "model" and isinstance(self.workspace, LocalWorkspace):
            _remove_model(self.workspace, self.demo, state.key)
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
        apply(going, Hands(workspace, demo), workspace.records, demo, on_progress)
        reached("destroy items gone")
        removed = ours(going)
        if isinstance(workspace, LocalWorkspace):
            _tidy(workspace, demo, removed)
        reached("destroy tidied")
        left = _left(workspace, demo, removed)
        gone = isinstance(workspace, LocalWorkspace) and _forget_history(workspace, demo, runner)
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


def _tidy(workspace: LocalWorkspace, demo: str, removed: Collection[State]) -> None:
    """What only a laptop has: MLflow's files, noted queries, and folders of schemas that are empty now."""
    _forget_models(workspace, demo)
    reached("destroy models forgotten")
    query_log.forget(workspace.state, demo)
    for one, schema in sorted({tuple(one.key.split(".")[:2]) for one in removed if one.kind in DATA}):
        if not lakehouse.list_objects(workspace.state, one, schema):
            catalog.drop_schema(None, workspace.state, one, schema)
    _sweep(workspace)


def _sweep(workspace: LocalWorkspace) -> None:
    """Empty folders that no demo needs, as of a destroy that was interrupted after its last entry had gone."""
    there = [one for one in workspace.records.states() if one.kind in DATA or one.kind == "schema"]
    needed = {tuple(one.key.split(".")[:2]) for one in there}
    for folder in workspace.state.lakehouse.glob("*/*"):
        if folder.is_dir() and (folder.parent.name, folder.name) not in needed:
            lakehouse.remove_if_empty(folder)
    for folder in workspace.state.lakehouse.glob("*"):
        if folder.is_dir() and folder.name not in {place[0] for place in needed}:
            lakehouse.remove_if_empty(folder)


def _remove_model(workspace: LocalWorkspace, demo: str, name: str) -> None:
    if not workspace.state.mlflow.exists():
        return
    from demo_factory.learn.remove import remove_model

    store = workspace.models(demo)
    remove_model(store.tracking_uri, store.registry_uri, name)
    reached(f"destroy model {name} unregistered")


def _forget_models(workspace: LocalWorkspace, demo: str) -> None:
    if not workspace.state.mlflow.exists():
        return
    from demo_factory.learn.remove import remove_experiment

    store = workspace.models(demo)
    remove_experiment(store.tracking_uri, demo)
    if store.artifact_root:
        shutil.rmtree(f"{store.artifact_root}/{demo}", ignore_errors=True)


def _forget_history(workspace: LocalWorkspace, demo: str, runner: Runner) -> bool:
    """The runner's memory of the demo's assets; a state folder that no demo is left in goes as a whole: True then."""
    state = workspace.state
    if not workspace.records.states():
        return _remove_state(state)
    if state.dagster.exists():
        runner.forget(state, demo)
    return False


def _remove_state(state: StateFolder) -> bool:
    """Remove what only demos need; True when the whole folder went because nothing else was in it."""
    theirs = lakehouse.list_objects(state)  # somebody may have made a table of his own beside ours
    for folder in (*([] if theirs else [state.lakehouse]), state.mlflow, state.dagster, state.logs, state.scratch):
        shutil.rmtree(folder, ignore_errors=True)
        reached(f"destroy {folder.name} removed")
    return _remove_ledger(state)


def remove_rest(state: StateFolder) -> None:
    """Finish a destroy that was interrupted when only its ledger was left to go, or less."""
    ours = {state.lock.name, *(file.name for file in state.root.glob(f"{state.ledger.name}*"))}
    if state.root.is_dir() and not state.ledger.exists() and {path.name for path in state.root.iterdir()} <= ours:
        _remove_ledger(state)


def _remove_ledger(state: StateFolder) -> bool:
    for file in sorted(state.root.glob(f"{state.ledger.name}*")):
        file.unlink()
        reached(f"destroy {file.name} removed")
    state.lock.unlink(missing_ok=True)
    reached("destroy lock removed")
    if any(state.root.iterdir()):
        return False
    state.root.rmdir()
    return True

"""Destroy a demo: exactly what the ledger says is ours, newest first, then proof that nothing is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from demo_factory.access.stages import ROOMS
from demo_factory.moments import reached
from demo_factory.operations.runner import Runner
from demo_factory.resources.governed import ItemKind, Made
from demo_factory.sql.names import FullName
from demo_factory.workspace.apply import left_items, remove_items
from demo_factory.workspace.ledger import Entry
from demo_factory.workspace.local import catalog, query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory.workspace.protocols import Workspace

_FIRST: frozenset[ItemKind] = frozenset(kind for room in ROOMS.values() if room.first for kind in room.kinds)
Heard = Callable[[Entry | Made], None]


@dataclass(frozen=True)
class DestroyReport:
    """What went, and what is left of it (nothing, unless somebody made it again meanwhile)."""

    dropped: tuple[Entry, ...]
    items: tuple[Made, ...]
    left: tuple[str, ...]
    state_removed: bool


def ours(demo: str, workspace: Workspace) -> tuple[Entry, ...]:
    """Tables, views, models and steps that we made of a demo, newest first: what destroy would remove."""
    return tuple(reversed(workspace.records.entries(demo)))


def our_items(demo: str, workspace: Workspace) -> tuple[Made, ...]:
    """The governed things that we made of a demo, newest first; what we only used is not among them."""
    return tuple(made for made in reversed([*workspace.records.items(demo).values()]) if made.ours)


def destroy(
    demo: str, workspace: Workspace, runner: Runner, on_progress: Heard = lambda thing: None, wait: float = 0
) -> DestroyReport:
    """Remove everything that we made of a demo, and nothing else.

    Grants, masks and tags go before the tables they hang on, catalogs and principals after them.

    Args:
        on_progress: told of every object before it goes.

    Raises:
        DemoError: a build is at work, and nothing was removed; or an object cannot go, and the ledger keeps it.
    """
    with workspace.writing(f"destroy {demo}", wait, [demo]):
        reached("destroy locked")
        entries, items = ours(demo, workspace), our_items(demo, workspace)
        remove = partial(remove_items, governor=workspace.governor, records=workspace.records, demo=demo)
        remove([made for made in items if made.kind not in _FIRST], on_progress=on_progress)
        reached("destroy first items gone")
        for entry in entries:
            reached(f"destroy {entry.kind} {entry.name}")
            on_progress(entry)
            if entry.kind == "access":  # its things go by themselves: containers not before what stands in them
                workspace.drop(entry.kind, FullName(*entry.name.split(".")))
            else:
                drop_object(workspace, demo, entry.kind, entry.name)
        reached("destroy objects gone")
        remove([made for made in items if made.kind in _FIRST], on_progress=on_progress)
        reached("destroy items gone")
        remove([*workspace.records.items(demo).values()])  # what we only used is forgotten
        if isinstance(workspace, LocalWorkspace):
            _tidy(workspace, demo, entries)
        reached("destroy tidied")
        left = _left(workspace, demo, entries, items)
        gone = isinstance(workspace, LocalWorkspace) and _forget_history(workspace, demo, runner)
        reached("destroy history forgotten")
        workspace.records.thaw(demo)  # last: what the first build froze says that a destroy is not finished
    return DestroyReport(entries, items, left, gone)


def drop_object(workspace: Workspace, demo: str, kind: str, name: str) -> None:
    """Remove one of our objects with everything of it: files, registered model, governed things, ledger entry."""
    full = FullName(*name.split("."))
    if kind == "model" and isinstance(workspace, LocalWorkspace):
        _remove_model(workspace, demo, name)
    if kind == "access" and full.name in ROOMS:
        kinds = ROOMS[full.name].kinds
        mine = [made for made in our_items(demo, workspace) if made.kind in kinds]
        remove_items(mine, workspace.governor, workspace.records, demo)
    workspace.drop(kind, full)
    reached(f"destroy {kind} {name} gone")


def _left(workspace: Workspace, demo: str, entries: Collection[Entry], items: Sequence[Made]) -> tuple[str, ...]:
    """Look again at the target itself, and at the ledger."""
    names = sorted({entry.name for entry in entries if entry.kind in ("table", "predictions", "view")})
    there = workspace.describe_objects([FullName(*name.split(".")) for name in names])
    return (
        *(name for name, kind in there.items() if kind is not None),
        *(entry.name for entry in workspace.records.entries(demo)),
        *left_items(items[::-1], workspace.governor, workspace.records, demo),
    )


def _tidy(workspace: LocalWorkspace, demo: str, entries: Collection[Entry]) -> None:
    """What only a laptop has: MLflow's files, noted queries, and folders of schemas that are empty now."""
    _forget_models(workspace, demo)
    reached("destroy models forgotten")
    query_log.forget(workspace.state, demo)
    for one, schema in sorted({tuple(entry.name.split(".")[:2]) for entry in entries}):
        if not lakehouse.list_objects(workspace.state, one, schema):
            catalog.drop_schema(None, workspace.state, one, schema)
    _sweep(workspace)


def _sweep(workspace: LocalWorkspace) -> None:
    """Empty folders that no demo needs, as of a destroy that was interrupted after its last entry had gone."""
    needed = {tuple(entry.name.split(".")[:2]) for entry in workspace.records.entries()}
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
    if not workspace.records.entries():
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

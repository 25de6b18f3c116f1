"""Destroy a demo: exactly what the ledger says is ours, newest first, then proof that nothing is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from demo_factory.plan.names import FullName
from demo_factory.workspace.local import catalog, lakehouse
from demo_factory.workspace.local.ledger import Entry
from demo_factory.workspace.local.workspace import LocalWorkspace

OBJECTS = ("table", "predictions", "view", "model", "optimize")


@dataclass(frozen=True)
class DestroyReport:
    """What went, and what is left of it (nothing, unless somebody made it again meanwhile)."""

    dropped: tuple[Entry, ...]
    left: tuple[str, ...]
    state_removed: bool


def ours(demo: str, workspace: LocalWorkspace) -> tuple[Entry, ...]:
    """What we made of a demo, newest first: what destroy would remove."""
    return tuple(reversed(workspace.records.entries(demo)))


def destroy(
    demo: str, workspace: LocalWorkspace, on_progress: Callable[[Entry], None] = lambda entry: None, wait: float = 0
) -> DestroyReport:
    """Remove everything that we made of a demo, and nothing else.

    Args:
        on_progress: told of every object before it goes.

    Raises:
        DemoError: a build is at work; nothing was removed.
    """
    with workspace.writing(f"destroy {demo}", wait):
        entries = ours(demo, workspace)
        schemas = {tuple(entry.name.split(".")[:2]) for entry in entries}
        for entry in entries:
            on_progress(entry)
            drop_object(workspace, demo, entry.kind, entry.name)
        _forget_models(workspace, demo)
        for one, schema in sorted(schemas):
            if not lakehouse.list_objects(workspace.state, one, schema):
                catalog.drop_schema(None, workspace.state, one, schema)
        workspace.records.thaw(demo)
        left = tuple(
            name for name in {entry.name for entry in entries} if lakehouse.exists(workspace.state, name) is not None
        ) + tuple(entry.name for entry in workspace.records.entries(demo))
        _forget_history(workspace, demo)
        alone = not workspace.records.entries()
    return DestroyReport(entries, left, alone and _remove_state(workspace))


def drop_object(workspace: LocalWorkspace, demo: str, kind: str, name: str) -> None:
    """Remove one of our objects with everything of it: files, registered model, ledger entry."""
    if kind == "model":
        _remove_model(workspace, demo, name)
    workspace.drop(kind, FullName(*name.split(".")))


def _remove_model(workspace: LocalWorkspace, demo: str, name: str) -> None:
    if not workspace.state.mlflow.exists():
        return
    from demo_factory.learn.remove import remove_model

    store = workspace.models(demo)
    remove_model(store.tracking_uri, store.registry_uri, name)


def _forget_models(workspace: LocalWorkspace, demo: str) -> None:
    if not workspace.state.mlflow.exists():
        return
    from demo_factory.learn.remove import remove_experiment

    store = workspace.models(demo)
    remove_experiment(store.tracking_uri, demo)
    if store.artifact_root:
        shutil.rmtree(f"{store.artifact_root}/{demo}", ignore_errors=True)


def _forget_history(workspace: LocalWorkspace, demo: str) -> None:
    """Dagster's memory of the demo's assets; a state folder that no demo is left in goes as a whole."""
    if workspace.records.entries() and workspace.state.dagster.exists():
        from demo_factory.orchestration.instance import forget_demo

        forget_demo(workspace.state, demo)


def _remove_state(workspace: LocalWorkspace) -> bool:
    """Remove what only demos need; True when the whole folder went because nothing else was in it."""
    state = workspace.state
    for folder in (state.lakehouse, state.mlflow, state.dagster, state.logs, state.scratch):
        shutil.rmtree(folder, ignore_errors=True)
    for file in state.root.glob(f"{state.ledger.name}*"):
        file.unlink()
    state.lock.unlink(missing_ok=True)
    if any(state.root.iterdir()):
        return False
    state.root.rmdir()
    return True

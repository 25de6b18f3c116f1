"""What a destroy tidies up on this machine: runs of models, noted queries, empty folders; at last the state folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from demo_factory.moments import reached
from demo_factory.resources.resource import DATA, State
from demo_factory.workspace.local import catalog, models, query_log
from demo_factory.workspace.local import tables_on_disk as lakehouse
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import LocalLedger


def forget(state: StateFolder, records: LocalLedger, demo: str, removed: Sequence[State]) -> None:
    """Take away a demo's runs and noted queries, and folders of schemas that are empty now."""
    models.forget(state, demo)
    reached("destroy models forgotten")
    query_log.forget(state, demo)
    for one, schema in sorted({tuple(one.key.split(".")[:2]) for one in removed if one.kind in DATA}):
        if not lakehouse.list_objects(state, one, schema):
            catalog.drop_schema(None, state, one, schema)
    _sweep(state, records)


def _sweep(state: StateFolder, records: LocalLedger) -> None:
    """Empty folders that no demo needs, as of a destroy that was interrupted after its last entry had gone."""
    there = [one for one in records.states() if one.kind in DATA or one.kind == "schema"]
    needed = {tuple(one.key.split(".")[:2]) for one in there}
    for folder in state.lakehouse.glob("*/*"):
        if folder.is_dir() and (folder.parent.name, folder.name) not in needed:
            lakehouse.remove_if_empty(folder)
    for folder in state.lakehouse.glob("*"):
        if folder.is_dir() and folder.name not in {place[0] for place in needed}:
            lakehouse.remove_if_empty(folder)


def leave(state: StateFolder) -> bool:
    """Remove what only demos need; True when the whole folder went because nothing else was in it."""
    theirs = lakehouse.list_objects(state)  # somebody may have made a table of his own beside ours
    for folder in (*([] if theirs else [state.lakehouse]), state.mlflow, state.dagster, state.logs, state.scratch):
        shutil.rmtree(folder, ignore_errors=True)
        reached(f"destroy {folder.name} removed")
    return _remove_ledger(state)


def finish_leaving(state: StateFolder) -> None:
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

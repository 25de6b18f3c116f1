"""The mark on what we made, by which it is known again when the ledger has lost it; and whether it is whole."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo_factory.resources.resource import State
from demo_factory.sql.names import FullName
from demo_factory.workspace.ledger import Facts
from demo_factory.workspace.local import delta_log
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import LakeObject, list_objects
from demo_factory.workspace.marks import LOST, PREFIX


@dataclass(frozen=True)
class Found:
    """A table that carries our mark."""

    one: LakeObject
    said: Mapping[str, str]


def found(state: StateFolder, known: Collection[tuple[str, str]]) -> list[State]:
    """States of what lies in the lakehouse, is ours by its mark, and is not in the ledger.

    A view is ours by its file, which nobody else writes; it is of the one demo whose tables stand beside it.

    Args:
        known: (name, 'table' or 'view') of what the ledger has.
    """
    unknown = [one for one in list_objects(state) if (str(one), one.kind) not in known]
    if not unknown:
        return []
    tables = list(_marked(one for one in unknown if one.kind == "table"))
    states = [_state(one.said["demo"], one.said["kind"], one.one, one.said) for one in tables]
    by_schema: dict[str, set[str]] = {}
    for table in tables:
        by_schema.setdefault(_schema(table.one.full_name), set()).add(table.said["demo"])
    for one in unknown:
        demos = by_schema.get(_schema(one.full_name), set())
        if one.kind == "view" and len(demos) == 1 and is_our_view(one.path, one.full_name):
            states.append(_state(next(iter(demos)), "view", one, {}))
    return states


def facts(state: StateFolder, demo: str) -> Facts:
    """What the first build of a demo froze, by the marks on its tables; nothing when there are none."""
    ours = [one.said for one in _marked(list_objects(state)) if one.said["demo"] == demo]
    if not ours:
        return Facts(None, None, None, None)
    newest = max(ours, key=lambda said: said["as_of"])
    return Facts(newest["epoch"], float(newest["scale"]), int(newest["history"]), newest["as_of"])


def is_ours(state: StateFolder, demo: str, name: FullName) -> bool:
    """Whether an object that the ledger does not know carries the mark of a demo."""
    view = state.view(name.catalog, name.schema, name.name)
    if view.is_file():
        return is_our_view(view, name)
    table = LakeObject(name, "table", state.table(name.catalog, name.schema, name.name))
    return any(one.said["demo"] == demo for one in _marked([table]))


def is_our_view(file: Path, name: FullName) -> bool:
    """Whether a file beside the tables is a statement that we kept for a view; an emptied one holds nobody's work."""
    text = _text(file)
    return text is not None and (not text.strip() or f"CREATE OR REPLACE VIEW {name.quoted}" in text)


def digest(file: Path) -> str:
    """By which a view's file is known to be as we wrote it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def trouble_of(state: StateFolder, name: FullName, kind: str, written: str) -> str:
    """What is wrong with one of our objects as it lies there, in words; nothing when it is whole.

    Args:
        kind: `table` or `view`.
        written: the digest of a view's file; empty for one of an older ledger.
    """
    if kind == "table":
        return delta_log.trouble(state.table(name.catalog, name.schema, name.name))
    file = state.view(name.catalog, name.schema, name.name)
    text = _text(file)
    if text is None:
        return f"{file} cannot be read"
    if not text.strip():
        return f"{file} is empty"
    return f"{file} is not what was written" if written and digest(file) != written else ""


def _marked(objects: Collection[LakeObject] | Iterator[LakeObject]) -> Iterator[Found]:
    for one in objects:
        said = delta_log.properties(one.path) if one.kind == "table" else {}
        ours = {key.removeprefix(PREFIX): value for key, value in said.items() if key.startswith(PREFIX)}
        if ours.get("name") == str(one):
            yield Found(one, ours)


def _state(demo: str, kind: Any, one: LakeObject, said: Mapping[str, str]) -> State:
    step = said.get("step", one.full_name.name)
    detail = {"step": step, "trouble": LOST}
    desired = {"fingerprint": said.get("fingerprint", "")}
    return State(kind, str(one), desired, "announced", detail=detail, demo=demo)


def _schema(name: FullName) -> str:
    return f"{name.catalog}.{name.schema}"


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None

"""What is on disk: Delta folders and the SQL of views. Every process shares it; reading it needs no Spark."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from demo_factory.blueprint.errors import DemoError
from demo_factory.moments import reached
from demo_factory.sql.names import FullName
from demo_factory.workspace.local.layout import StateFolder

Kind = Literal["table", "view"]
TRASH = "dropped-"


def parse_name(text: str) -> FullName:
    """`catalog.schema.name`, with or without backticks.

    Raises:
        DemoError: it has not three parts, or a part that could leave the state folder.
    """
    parts = [part.strip().strip("`") for part in text.split(".")]
    if len(parts) != 3 or not all(part and "/" not in part and not part.startswith("_") for part in parts):
        raise DemoError(f"{text!r} is not a full name.", "Write it as catalog.schema.name.")
    return FullName(*parts)


@dataclass(frozen=True, order=True)
class LakeObject:
    """A table or view that is on disk."""

    full_name: FullName
    kind: Kind
    path: Path

    def __str__(self) -> str:
        return str(self.full_name)


def list_objects(state: StateFolder, catalog: str | None = None, schema: str | None = None) -> list[LakeObject]:
    """Tables and views on disk, sorted by name; of all catalogs when none is named."""
    catalogs = [catalog] if catalog else sorted(_folders(state.lakehouse))
    found: list[LakeObject] = []
    for one in catalogs:
        for other in [schema] if schema else list_schemas(state, one):
            found += _tables(state, one, other)
            found += _views(state, one, other)
    return sorted(found)


def list_schemas(state: StateFolder, catalog: str) -> list[str]:
    """The schemas of a catalog on disk.

    A schema made by plain CREATE SCHEMA lies in `name.db`, which is no name: it belongs to the session that made it.
    """
    return sorted(name for name in _folders(state.catalog(catalog)) if "." not in name)


def exists(state: StateFolder, full_name: str) -> Kind | None:
    """'table' or 'view' when the object is on disk, None otherwise."""
    name = parse_name(full_name)
    if _is_table(state.table(name.catalog, name.schema, name.name)):
        return "table"
    return "view" if state.view(name.catalog, name.schema, name.name).is_file() else None


def discard(folder: Path, scratch: Path) -> None:
    """Remove a folder so that nobody ever sees half of it: rename first, delete after.

    A process killed in between leaves the renamed folder in its scratch, which the next session empties.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    trash = scratch / f"{TRASH}{uuid.uuid4().hex}"
    try:
        folder.rename(trash)
    except FileNotFoundError:
        return
    reached(f"{folder.name} in the trash")
    shutil.rmtree(trash)


def remove_if_empty(folder: Path) -> bool:
    """Remove a schema or catalog folder with nothing of value left in it; False when something is."""
    if not folder.is_dir():
        return True
    for inner in (folder / "_views", folder / "_volumes"):
        if inner.is_dir() and not any(inner.iterdir()):
            inner.rmdir()
    if any(folder.iterdir()):
        return False
    folder.rmdir()
    return True


def _tables(state: StateFolder, catalog: str, schema: str) -> Iterator[LakeObject]:
    folder = state.schema(catalog, schema)
    for name in _folders(folder):
        if _is_table(folder / name):
            yield LakeObject(FullName(catalog, schema, name), "table", folder / name)


def _is_table(folder: Path) -> bool:
    """A folder whose log has no commit is a write that never finished: not a table."""
    return any((folder / "_delta_log").glob("*.json"))


def _views(state: StateFolder, catalog: str, schema: str) -> Iterator[LakeObject]:
    for file in (state.schema(catalog, schema) / "_views").glob("*.sql"):
        yield LakeObject(FullName(catalog, schema, file.stem), "view", file)


def _folders(parent: Path) -> list[str]:
    if not parent.is_dir():
        return []
    return [child.name for child in parent.iterdir() if child.is_dir() and not child.name.startswith(("_", "."))]

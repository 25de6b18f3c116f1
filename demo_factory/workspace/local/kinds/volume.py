"""A volume here: a folder of files. Those that people put into it stay, and the folder with them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.local.kind import KindHere, Stored, folder_kind
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.things import Things


def _folder(state: StateFolder, key: str) -> Path:
    return state.volume(*key.split("."))


_AS_FOLDER = folder_kind(_folder)


def _find(things: Things, stored: Stored, resource: Resource) -> Value | None:
    found = _AS_FOLDER.find(things, stored, resource)
    if found is None or "files" not in resource.desired:
        return found
    folder, ours = _folder(things.state, resource.key), {**found.get("files", {}), **resource.desired.get("files", {})}
    files = {name: (folder / name).read_text(encoding="utf-8") for name in ours if (folder / name).is_file()}
    return {**found, "files": files}


def _make(things: Things, resource: Resource) -> Value:
    folder, wanted = _folder(things.state, resource.key), resource.desired.get("files", {})
    before = things.stored().get(resource.id, {}).get("files", {})
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        half = folder / f".{name}"
        half.write_text(text, encoding="utf-8")
        half.replace(folder / name)  # so that nobody ever reads half of it
    _remove_files(folder, before.keys() - wanted.keys())
    return _AS_FOLDER.make(things, resource)


def _remove(things: Things, state: State) -> bool:
    _remove_files(_folder(things.state, state.key), state.desired.get("files", {}))
    return _AS_FOLDER.remove(things, state)


def _remove_files(folder: Path, names: Collection[str]) -> None:
    for name in names:
        (folder / f".{name}").unlink(missing_ok=True)  # of a write that was killed
        (folder / name).unlink(missing_ok=True)


KIND = KindHere(_find, _make, _remove)

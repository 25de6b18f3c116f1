"""A volume that Unity Catalog manages, with our files in it. Those of others stay, and the volume with them."""

from __future__ import annotations

import io
from dataclasses import replace

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks import containers
from demo_factory.workspace.databricks.api import FOREIGN, CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.client import plainly
from demo_factory.workspace.databricks.containers import files_of
from demo_factory.workspace.databricks.kind import KindOnDatabricks


def _find(look: CachedReader, item: Resource) -> Value | None:
    found = containers.find(look, item)
    if found is None or FOREIGN in found or "files" not in item.desired:
        return found
    ours = {*look.before(item).get("files", {}), *item.desired.get("files", {})}
    names = [name for name in _names(look.api, item.key) if name in ours]
    return {**found, "files": {name: _read(look.api, item.key, name) for name in names}}


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    said = containers.make(api, replace(item, desired={"comment": item.desired["comment"]}), found)
    there, wanted = (found or {}).get("files", {}), item.desired.get("files", {})
    for name, text in wanted.items():
        if there.get(name) != text:
            with plainly(f"write {name} into the volume {item.key}"):
                api.client.files.upload(f"{files_of(item.key)}/{name}", io.BytesIO(text.encode()), overwrite=True)
    for name in there.keys() - wanted.keys():
        _delete(api, item.key, name)
    return said


def _remove(api: WorkspaceApi, made: State) -> bool:
    """Unity Catalog removes a volume with all that is in it, so that we look first."""
    if api.get(containers.path_of("volume", made.key), f"read the volume {made.key}") is None:
        return False
    there, ours = {*_names(api, made.key)}, {*made.desired.get("files", {})}
    if "files" in made.desired and (foreign := sorted(there - ours)):
        message = f"The volume {made.key} still holds {', '.join(foreign[:5])}, which demo_factory did not put there."
        raise DemoError(message, "Remove that first, or keep both.")
    for name in there & ours:
        _delete(api, made.key, name)
    return containers.remove(api, made)


def _names(api: WorkspaceApi, key: str) -> list[str]:
    with plainly(f"list the files of the volume {key}"):
        return [str(one.name) for one in api.client.files.list_directory_contents(files_of(key))]


def _read(api: WorkspaceApi, key: str, name: str) -> str:
    with plainly(f"read {name} in the volume {key}"):
        contents = api.client.files.download(f"{files_of(key)}/{name}").contents
        return "" if contents is None else contents.read().decode()


def _delete(api: WorkspaceApi, key: str, name: str) -> None:
    api.delete(f"/api/2.0/fs/files{files_of(key)}/{name}", f"remove {name} from the volume {key}")  # or gone already


KIND = KindOnDatabricks(_find, _make, _remove)

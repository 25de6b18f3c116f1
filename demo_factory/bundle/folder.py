"""A bundle on disk: what we rendered is kept in step, what is not ours or was edited by hand is left alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demo_factory.blueprint.errors import DemoError

MANIFEST = ".demo_factory_bundle.json"
_ABOUT = "What demo-factory bundle rendered: it touches these files alone, and only while they are as it left them."
Kind = Literal["write", "same", "remove", "edited", "foreign"]


@dataclass(frozen=True)
class FileChange:
    """What happens, or would, with one file."""

    kind: Kind
    path: str

    @property
    def is_kept(self) -> bool:
        """Whether the file is left as it is although we would have it otherwise."""
        return self.kind in ("edited", "foreign")


@dataclass(frozen=True)
class Manifest:
    """What the last rendering left in a folder."""

    demo: str | None = None
    package: str | None = None
    files: Mapping[str, str] | None = None

    @property
    def known(self) -> Mapping[str, str]:
        """Hash by path."""
        return self.files or {}


def read_manifest(folder: Path) -> Manifest:
    """What was rendered into a folder; an empty one where nothing was.

    Raises:
        DemoError: the manifest is no longer one.
    """
    file = folder / MANIFEST
    if not file.exists():
        return Manifest()
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        found = Manifest(str(data["demo"]), str(data["package"]), {str(k): str(v) for k, v in data["files"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DemoError(
            f"{file} cannot be understood.", "Take it back from version control, or render elsewhere."
        ) from None
    unsafe = [path for path in found.known if Path(path).is_absolute() or ".." in Path(path).parts]
    if unsafe:
        raise DemoError(
            f"{file} names {unsafe[0]}, which lies outside its folder.", "Take it back from version control."
        )
    return found


def compare(files: Mapping[str, str], folder: Path) -> list[FileChange]:
    """What a rendering of these files would do in a folder; writes nothing."""
    known = read_manifest(folder).known
    changes = [FileChange(_kind(folder / path, text, known.get(path)), path) for path, text in sorted(files.items())]
    for path in sorted(set(known) - set(files)):
        file = folder / path
        if file.exists():
            changes.append(FileChange("remove" if _digest(file.read_bytes()) == known[path] else "edited", path))
    return changes


def _kind(file: Path, text: str, known: str | None) -> Kind:
    if not file.exists():
        return "write"
    if not file.is_file():
        return "foreign"
    there = _digest(file.read_bytes())
    if there == _digest(text.encode()):
        return "same"
    if known is None:
        return "foreign"
    return "write" if there == known else "edited"


def write(files: Mapping[str, str], folder: Path, demo: str, package: str) -> list[FileChange]:
    """Bring a folder to these files, as `compare` says it.

    Raises:
        DemoError: the folder holds the bundle of another demo.
    """
    manifest = read_manifest(folder)
    if manifest.demo not in (None, demo):
        raise DemoError(f"{folder} holds the bundle of {manifest.demo}.", "Give another folder with --out.")
    changes = compare(files, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for change in changes:
        file = folder / change.path
        if change.kind == "write":
            file.parent.mkdir(parents=True, exist_ok=True)
            _put(file, files[change.path])
        elif change.kind == "remove":
            file.unlink()
            _remove_empty(file.parent, folder)
    _keep(manifest, changes, files, folder, demo, package)
    return changes


def _keep(
    manifest: Manifest, changes: list[FileChange], files: Mapping[str, str], folder: Path, demo: str, package: str
) -> None:
    """The manifest: what we wrote now, and of edited files what we wrote before."""
    ours: dict[str, str] = {}
    for change in changes:
        if change.kind in ("write", "same"):
            ours[change.path] = _digest(files[change.path].encode())
        elif change.kind == "edited":
            ours[change.path] = manifest.known[change.path]
    said = {"about": _ABOUT, "demo": demo, "package": package, "files": dict(sorted(ours.items()))}
    text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    _put(folder / MANIFEST, text)


def _put(file: Path, text: str) -> None:
    """The whole file or none of it: half a file would look edited by hand."""
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(file)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

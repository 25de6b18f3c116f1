"""Render a demo's Databricks bundle into a folder, or look whether the folder is in step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.bundle.folder import compare, read_manifest, write
from demo_factory.bundle.references import check_bundle
from demo_factory.bundle.render import render
from demo_factory.bundle.source import Source
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.targets.load import workspaces

if TYPE_CHECKING:
    from demo_factory.bundle.folder import FileChange
    from demo_factory.operations.settings import Settings


@dataclass(frozen=True)
class BundleReport:
    """What differs in the folder, and what is wrong in the bundle as it stands there then.

    Args:
        files: how many a bundle of this demo has.
        first: whether no bundle of ours was there before.
        targets: the workspaces in the order in which changes go through them.
    """

    folder: Path
    files: int
    changes: tuple[FileChange, ...]
    wrong: tuple[str, ...]
    first: bool
    targets: tuple[str, ...]

    @property
    def in_step(self) -> bool:
        """Whether every file is what the blueprint says, and nothing is wrong."""
        return not self.wrong and all(change.kind == "same" for change in self.changes)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and no file was left as somebody else made it."""
        return not self.wrong and not any(change.is_kept for change in self.changes)


def bundle(
    demo: str, settings: Settings, out: Path | None = None, package: str | None = None, check: bool = False
) -> BundleReport:
    """Write the files that differ, unless they are not ours or were edited by hand; the same input, the same files.

    Args:
        out: the bundle's folder; default ./DEMO_bundle.
        package: how pip finds demo_factory on the workspace; default what the folder was made with.
        check: write nothing.
    """
    source = _source(demo, settings, out, package)
    folder = out or Path(f"{source.demo}_bundle")
    first, files = read_manifest(folder).demo is None, render(source)
    changes = compare(files, folder) if check else write(files, folder, source.demo, source.package)
    return BundleReport(
        folder, len(files), tuple(changes), tuple(check_bundle(_on_disk(folder))), first, tuple(source.in_order)
    )


def _source(demo: str, settings: Settings, out: Path | None, package: str | None) -> Source:
    """What is rendered: names alone count, so any day does."""
    file = find_demo(settings, demo)
    plan = plan_demo(file, settings, as_of=settings.as_of or dt.date.today())
    kept = read_manifest(out or Path(f"{plan.demo}_bundle")).package
    found = package or kept or f"demo-factory=={version('demo-factory')}"
    return Source(plan, workspaces(settings.targets), file.read_text(encoding="utf-8"), found)


def _on_disk(folder: Path) -> dict[str, str | bytes]:
    """The bundle's YAML files as they stand, ours or not."""
    found = [folder / "databricks.yml", *folder.glob("resources/*.yml"), *folder.glob("targets/*.yml")]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(found) if file.is_file()}

"""What this machine has of what demos need: Java, Delta's jars, room in the state folder. An audit it has not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.local.audit import WHY_NOT
from demo_factory.workspace.local.jars import are_here
from demo_factory.workspace.local.java import find_java
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.preflight import Requirement

_LITTLE, _ENOUGH = 500, 2_000  # MB: less than the first is not enough for a build, less than the second is tight


def requirements(plan: DemoPlan, whole: bool) -> tuple[Requirement, ...]:
    """What a build is made without; no build needs it."""
    if not whole or plan.blueprint.governance.audit is None:
        return ()
    return (Requirement("audit", False, WHY_NOT),)


def machine(state: StateFolder) -> tuple[Requirement, ...]:
    """What is there of what every build needs. Nothing is written."""
    return (_asked("Java", _java), _jars(), _asked("state folder", lambda: _folder(state.root)), _room(state.root))


def _asked(name: str, ask: Callable[[], str]) -> Requirement:
    try:
        return Requirement(name, True, ask(), needed=True)
    except DemoError as error:
        return Requirement(name, False, error.message.rstrip("."), error.remedy, needed=True)


def _java() -> str:
    java = find_java()
    return f"{java.version} ({java.path})"


def _jars() -> Requirement:
    if are_here():
        return Requirement("Delta's jars", True, "in the cache, so that a build needs no network")
    return Requirement("Delta's jars", False, "not in the cache yet", "Build once while there is a network.")


def _folder(root: Path) -> str:
    there = _nearest(root)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise MachineTrouble(f"{there} cannot be written into.", "Choose another with --home, or change its rights.")
    return str(root)


def _room(root: Path) -> Requirement:
    free = shutil.disk_usage(_nearest(root)).free // 10**6
    says, remedy = f"{free:,} MB are free beside {root}", "Make room, or choose another state folder with --home."
    if free >= _ENOUGH:
        return Requirement("disk", True, says, needed=True)
    return Requirement("disk", False, says, remedy, needed=free < _LITTLE)


def _nearest(path: Path) -> Path:
    """The folder itself, or the first above it that is there."""
    return next(one for one in (path, *path.parents) if one.exists())

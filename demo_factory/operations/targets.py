"""The workspace of the target that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import WrongUsage

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.local.workspace import LocalWorkspace
    from demo_factory.workspace.protocols import Workspace


def open_local(settings: Settings, on_wait: Callable[[str], None] | None = None) -> LocalWorkspace:
    """The laptop as a workspace; `on_wait` is told when another build holds it."""
    if settings.target != "local":
        raise WrongUsage(
            f"This works on this machine alone, and the target is {settings.target}.", "Unset DEMO_FACTORY_TARGET."
        )
    from demo_factory.workspace.local.layout import StateFolder
    from demo_factory.workspace.local.workspace import LocalWorkspace

    return LocalWorkspace(StateFolder(settings.home.absolute()), on_wait, settings.carrier)


def open_workspace(settings: Settings, on_wait: Callable[[str], None] | None = None) -> Workspace:
    """The workspace of the target that the settings name; `on_wait` is told when another build holds it."""
    if settings.target == "local":
        return open_local(settings, on_wait)
    from demo_factory.workspace.databricks.workspace import open_databricks

    return open_databricks(settings.target, settings.targets[settings.target], settings.carrier, on_wait)

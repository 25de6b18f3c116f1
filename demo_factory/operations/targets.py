"""The target that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.workspace.open import open_target

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.ports import Workspace


def open_workspace(settings: Settings, on_wait: Callable[[str], None] | None = None) -> Workspace:
    """The target as a workspace; `on_wait` is told when another build holds it."""
    target = settings.targets[settings.target]
    return open_target(settings.target, target, settings.home, settings.carrier, on_wait)


def open_local(settings: Settings) -> Workspace:
    """The target where its Spark is the one of this machine.

    Raises:
        WrongUsage: it is somewhere else.
    """
    if not settings.traits.spark_here:
        raise WrongUsage(
            f"This works on this machine alone, and the target is {settings.target}.", "Unset DEMO_FACTORY_TARGET."
        )
    return open_workspace(settings)

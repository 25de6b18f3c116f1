"""Destroy a demo by its name: find what is there, ask, remove exactly that, and forget its runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.destroy import destroy, ours, removals
from demo_factory.operations.targets import open_workspace
from demo_factory.workspace.observe import lost

if TYPE_CHECKING:
    from demo_factory.operations.destroy import DestroyReport
    from demo_factory.operations.runner import Runner
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.apply import Heard


@dataclass(frozen=True)
class Doomed:
    """What would go: (kind, name) of each object, in order, and what people lose with it.

    No objects: an interrupted destroy has left something that is not one.
    """

    objects: tuple[tuple[str, str], ...]
    lost: tuple[str, ...]


def teardown(
    demo: str,
    settings: Settings,
    runner: Runner,
    confirm: Callable[[Doomed], bool],
    on_progress: Heard = lambda change: None,
    wait: float = 0,
    protected: bool = False,
) -> DestroyReport | None:
    """Remove everything that we made of a demo, and nothing else; None when nothing of it is there, or on a no.

    Args:
        confirm: asked once, with what would go.
        on_progress: told of every object before it goes.
        wait: seconds to wait for a build to end; 0 refuses.
        protected: also on a target that does not allow it.

    Raises:
        DemoError: the target does not allow it, a build is at work, or an object cannot go.
    """
    _refuse(settings, demo, protected)
    workspace = open_workspace(settings)
    going = ours(removals(demo, workspace))
    begun = workspace.records.facts(demo).epoch is not None
    if not going and not begun:
        workspace.finish_leaving()
        return None
    if not confirm(Doomed(tuple((one.kind, one.key) for one in going), lost(going, workspace))):
        return None
    return destroy(demo, workspace, runner, on_progress, wait)


def _refuse(settings: Settings, demo: str, protected: bool) -> None:
    """A target may forbid to destroy, as production does unless it says otherwise."""
    if not settings.targets[settings.target].allow.destroy and not protected:
        raise DemoError(
            f"The target {settings.target} does not allow to destroy {demo}.",
            f"If you are sure: demo-factory destroy {demo} --protected{settings.on}",
        )

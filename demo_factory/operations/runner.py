"""The port behind which Dagster carries out the steps of a build, and remembers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from demo_factory.operations.progress import Listener
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.resources.resource import Change
    from demo_factory.workspace.home import Home
    from demo_factory.workspace.ports import Workspace


Todo = Mapping[str, "Sequence[Change] | None"]


@dataclass(frozen=True)
class RunResult:
    """Whether a run succeeded, and in plain words why not."""

    success: bool
    run_id: str
    reason: str = ""


class Runner(Protocol):
    """Runs steps and keeps their history; operations are given one."""

    def run(
        self,
        file: Path,
        plan: DemoPlan,
        settings: Settings,
        workspace: Workspace,
        todo: Todo,
        on_progress: Listener,
    ) -> RunResult:
        """Run some steps and their checks.

        Args:
            todo: for each step the very changes that were found; None where somebody has to look again when its turn
                comes, because what its things hang on is made anew before.
            settings: with the day that somebody named; None when the plan's day is today's.
            workspace: the target, which the caller holds for writing.
            on_progress: told of every step as it starts and ends.

        Raises:
            KeyboardInterrupt: somebody ended it; what was finished is kept.
        """

    def forget(self, home: Home, demo: str) -> bool:
        """Remove a demo from the history in a state folder; whether anything of other demos is left in it."""

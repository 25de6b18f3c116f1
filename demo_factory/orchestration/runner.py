"""Dagster as the runner that operations ask for: imported when it is first needed, because that takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo_factory.operations.progress import Listener
    from demo_factory.operations.runner import RunResult, Todo
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.home import Home
    from demo_factory.workspace.ports import Workspace


class DagsterRunner:
    """See `demo_factory.operations.runner.Runner`."""

    def run(
        self,
        file: Path,
        plan: DemoPlan,
        settings: Settings,
        workspace: Workspace,
        todo: Todo,
        on_progress: Listener,
    ) -> RunResult:
        """One run in this process, recorded on the state folder's instance."""
        from demo_factory.orchestration.run import run_steps

        return run_steps(file, plan, settings, workspace, todo, on_progress)

    def forget(self, home: Home, demo: str) -> bool:
        """Wipe the demo's assets and runs."""
        from demo_factory.orchestration.instance import forget_demo

        return forget_demo(home, demo)

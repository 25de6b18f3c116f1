"""The target as a Dagster resource: one lock, one plan a demo and one day for a whole run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import PrivateAttr

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration.progress import Progress, tell
from demo_factory.project import Settings, open_local, plan_demo

if TYPE_CHECKING:
    from demo_factory.plan.steps import DemoPlan
    from demo_factory.workspace.protocols import Workspace

AS_OF, SCALE, WAIT = "demo_factory/as_of", "demo_factory/scale", "demo_factory/wait"


def _tagged_date(tags: Mapping[str, str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(tags[AS_OF]) if AS_OF in tags else None
    except ValueError:
        raise DemoError(f"The run's tag {AS_OF}={tags[AS_OF]} is not a date.", "Write it as 2026-01-31.") from None


def _tagged_number(tags: Mapping[str, str], key: str) -> float | None:
    try:
        return float(tags[key]) if key in tags else None
    except ValueError:
        raise DemoError(f"The run's tag {key}={tags[key]} is not a number.") from None


class Lakehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the target for writing while a run lasts; runs that come meanwhile wait."""

    wait_seconds: float = 900

    _settings: Settings = PrivateAttr()
    _workspace: Workspace = PrivateAttr()
    _as_of: dt.date = PrivateAttr()
    _scale: float | None = PrivateAttr()
    _plans: dict[Path, DemoPlan] = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Lakehouse]:
        """Take the lock for the run, and fix the day: a run that crosses midnight stays on the day it began."""
        tags = context.run.tags if context.run else {}
        wait = _tagged_number(tags, WAIT)
        self._settings = Settings.read()
        workspace = open_local(self._settings, lambda message: tell(Progress("note", "", message=message)))
        self._workspace = workspace
        self._as_of = _tagged_date(tags) or self._settings.as_of or dt.date.today()
        self._scale = _tagged_number(tags, SCALE)
        self._plans = {}
        purpose = f"Dagster run {(context.run_id or 'without id')[:8]}"
        with workspace.writing(purpose, self.wait_seconds if wait is None else wait):
            yield self

    @property
    def workspace(self) -> Workspace:
        """The target."""
        return self._workspace

    def plan(self, file: Path) -> DemoPlan:
        """The plan of a demo for this run; the first one asked for freezes the demo's epoch and scale."""
        if file not in self._plans:
            plan = plan_demo(file, self._settings, self._workspace, self._as_of, self._scale)
            self._workspace.records.freeze(plan)
            self._plans[file] = plan
        return self._plans[file]

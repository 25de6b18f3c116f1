"""The target as a Dagster resource: one lock, one plan a demo and one day for a whole run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import dagster as dg
from pydantic import Field, PrivateAttr

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration.progress import Progress, tell
from demo_factory.project import Settings, open_local, plan_demo

if TYPE_CHECKING:
    from demo_factory.plan.steps import DemoPlan
    from demo_factory.workspace.protocols import Carrier, Workspace

AS_OF, SCALE, WAIT = "demo_factory/as_of", "demo_factory/scale", "demo_factory/wait"


class Lakehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the target for writing while a run lasts; runs that come meanwhile wait.

    A run's tags `demo_factory/as_of`, `demo_factory/scale` and `demo_factory/wait` go before this configuration.
    """

    home: str = Field(description="the state folder")
    env: str = Field(default="dev", description="the environment in the catalog's name")
    target: str = Field(default="local", description="what the demo stands on")
    as_of: str | None = Field(default=None, description="the newest day, as 2026-01-31; default: the day a run starts")
    scale: float | None = Field(default=None, description="factor on rows; default: what the demo was built with, or 1")
    carrier: str = Field(
        default="dbldatagen", description="dbldatagen or spark: who makes the cells, which are the same"
    )
    wait_seconds: float = Field(default=900, description="how long a run waits for another one")

    _settings: Settings = PrivateAttr()
    _workspace: Workspace = PrivateAttr()
    _day: dt.date = PrivateAttr()
    _plans: dict[Path, DemoPlan] = PrivateAttr()

    @classmethod
    def of(cls, settings: Settings) -> Lakehouse:
        """The resource of what the environment says."""
        day = str(settings.as_of) if settings.as_of else None
        home = str(settings.home.expanduser().absolute())
        return cls(
            home=home,
            env=settings.env,
            target=settings.target,
            as_of=day,
            scale=settings.scale,
            carrier=settings.carrier,
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Lakehouse]:
        """Take the lock for the run, and fix the day: a run that crosses midnight stays on the day it began."""
        tags = context.run.tags if context.run else {}
        wait = _number(tags, WAIT)
        self._day = _date(tags.get(AS_OF) or self.as_of) or dt.date.today()
        scale = _number(tags, SCALE) or self.scale
        self._settings = Settings(
            Path(self.home), (), self.target, self.env, self._day, scale, cast("Carrier", self.carrier)
        )
        self._plans = {}
        log = context.log

        def say(message: str) -> None:
            if log is not None:
                log.info(message)
            tell(Progress("note", "", message=message))

        workspace = open_local(self._settings, say)
        self._workspace = workspace
        purpose = f"Dagster run {context.run.run_id[:8]}" if context.run else "Dagster"
        with workspace.writing(purpose, self.wait_seconds if wait is None else wait):
            yield self

    @property
    def workspace(self) -> Workspace:
        """The target."""
        return self._workspace

    def plan(self, file: Path) -> DemoPlan:
        """The plan of a demo for this run; the first one asked for freezes the demo's epoch and scale."""
        if file not in self._plans:
            plan = plan_demo(file, self._settings, self._workspace)
            self._workspace.records.freeze(plan)
            self._plans[file] = plan
        return self._plans[file]


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise DemoError(f"as_of {text} is not a date.", f"Write the run's tag {AS_OF} as 2026-01-31.") from None


def _number(tags: Mapping[str, str], key: str) -> float | None:
    try:
        return float(tags[key]) if key in tags else None
    except ValueError:
        raise DemoError(f"The run's tag {key}={tags[key]} is not a number.") from None

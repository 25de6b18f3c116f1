"""The demos that can be found, and the plan of one of them for a day."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.access.stages import with_access
from demo_factory.blueprint.errors import BlueprintError, WrongUsage
from demo_factory.blueprint.load import load, load_with_lines
from demo_factory.blueprint.model import Blueprint
from demo_factory.blueprint.names import suggest_identifier
from demo_factory.blueprint.suggestions import no_such
from demo_factory.operations.settings import Settings, find_demos
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.registry import governed_resources

if TYPE_CHECKING:
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace


def find_demo(settings: Settings, name: str | Path) -> Path:
    """The blueprint of a demo, by name or by path.

    Raises:
        WrongUsage: with the nearest name.
    """
    if isinstance(name, Path):
        return name
    if name.endswith((".yaml", ".yml")) or os.sep in name:
        return Path(name)
    demos = find_demos(settings)
    if name in demos:
        return demos[name]
    start = f"Start one: demo-factory new {suggest_identifier(name)}"
    raise no_such(f"There is no demo {name!r}.", name, sorted(demos), start)


def plan_demo(
    file: Path,
    settings: Settings,
    workspace: Workspace | None = None,
    as_of: dt.date | None = None,
    scale: float | None = None,
) -> DemoPlan:
    """Load a blueprint and plan it for the day, keeping what the demo's first build froze.

    The epoch stays while history and scale stay, so that a later day appends; a new scale or history starts anew.

    Raises:
        BlueprintError: every problem with its line.
    """
    blueprint, lines = load_with_lines(file)
    wanted = scale or settings.scale
    asked = as_of or settings.as_of
    day, epoch = asked or dt.date.today(), None
    if workspace is not None:
        facts = workspace.records.facts(blueprint.demo)
        wanted = wanted or facts.scale
        if facts.epoch and facts.scale == (wanted or 1.0) and facts.history == blueprint.history:
            epoch = dt.date.fromisoformat(facts.epoch)
            if asked is None and facts.follows and facts.as_of:  # a clock that was set back takes no day away
                day = max(day, dt.date.fromisoformat(facts.as_of))
            _not_back_in_time(blueprint, day, facts.as_of, settings.on)
    try:
        blueprint = settings.targets[settings.target].placing(blueprint)
        plan = compile_demo(
            blueprint,
            as_of=day,
            env=settings.env,
            user=settings.user,
            scale=wanted or 1.0,
            epoch=epoch,
            file=str(file),
        )
        return _governed(plan, settings)
    except BlueprintError as error:
        raise lines.error(error.problems) from None


def plan_to_date(file: Path, settings: Settings, workspace: Workspace, day: dt.date) -> DemoPlan:
    """The plan for a day, or for the one that the demo has reached when that is later.

    Raises:
        BlueprintError: every problem with its line.
    """
    newest = workspace.records.facts(load(file).demo).as_of
    return plan_demo(file, settings, workspace, max(day, dt.date.fromisoformat(newest)) if newest else day)


def _governed(plan: DemoPlan, settings: Settings) -> DemoPlan:
    """With the steps that governance asks for, or the target for its own sake."""
    if not plan.blueprint.governed and not settings.traits.needs_containers:
        return plan
    target = settings.targets[settings.target]
    return with_access(plan, governed_resources(plan, target.principals, target.readers))


def _not_back_in_time(blueprint: Blueprint, day: dt.date, newest: str | None, on: str) -> None:
    if newest and day < dt.date.fromisoformat(newest):
        raise WrongUsage(
            f"{blueprint.demo} already has data up to {newest}, which is later than {day}.",
            f"Ask for {newest} or later, or start anew: demo-factory destroy {blueprint.demo}{on}",
        )

"""Everything that would fail on stage, said before: machine, target, the demo as it stands. Nothing is written."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from demo_factory.access.stages import overview
from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.demos import find_demo, plan_to_date
from demo_factory.operations.page import HOST, PORT, check_port
from demo_factory.operations.targets import open_workspace
from demo_factory.plan.price import estimate_changes
from demo_factory.resources.diff import changes, to_make
from demo_factory.workspace.observe import observe
from demo_factory.workspace.preflight import Requirement
from demo_factory.workspace.standing import Standing, standing

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace

Level = Literal["ok", "look", "stop"]  # look: a demo goes on without it, or only waits; stop: nothing can be shown
_LIBRARIES = ("demo-factory", "dagster", "pyspark", "mlflow", "databricks-sdk")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and what to do about it."""

    subject: str
    level: Level
    says: str
    remedy: str = ""


def doctor(demo: str | None, settings: Settings) -> list[Finding]:
    """What a demo, or each that was built there, would meet on stage: in the order in which it would.

    Raises:
        DemoError: there is no demo of that name.
    """
    if demo is not None:
        find_demo(settings, demo)
    return [*_machine(), *_target(demo, settings)]


def worst(findings: list[Finding]) -> Level:
    """The worst of all."""
    levels: tuple[Level, ...] = ("stop", "look", "ok")
    return next(level for level in levels if level == "ok" or any(one.level == level for one in findings))


def _machine() -> Iterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())
    yield Finding("versions", "ok", ", ".join(_versions()))
    try:
        check_port(HOST, PORT)
        yield Finding("port", "ok", f"{PORT} is free for Dagster's page")
    except DemoError as error:
        yield Finding("port", "look", error.message.rstrip("."), error.remedy)


def _versions() -> Iterator[str]:
    for library in _LIBRARIES:
        try:
            yield f"{library} {version(library)}"
        except PackageNotFoundError:
            yield f"no {library}"


def _target(demo: str | None, settings: Settings) -> Iterator[Finding]:
    try:
        workspace = open_workspace(settings)
        yield from map(_of_requirement, workspace.machine())
        holder = workspace.holder()
        built = list(dict.fromkeys(one.demo for one in workspace.records.states()))
    except DemoError as error:
        yield Finding(settings.target, "stop", error.message.rstrip("."), error.remedy)
        return
    if holder is not None:
        yield Finding("lock", "look", f"{settings.target} is being written by {holder}", "Wait until it has ended.")
    names = [demo] if demo is not None else built
    if not names:
        yield Finding("demos", "look", f"nothing is built{settings.traits.on}", f"{settings.building('retail')}")
    for name in names:
        yield from _demo(name, settings, workspace)


def _of_requirement(one: Requirement) -> Finding:
    return Finding(one.name, "ok" if one.ok else "stop" if one.needed else "look", one.reason, one.remedy)


def _demo(name: str, settings: Settings, workspace: Workspace) -> Iterator[Finding]:
    """What the target lacks for the next build of a demo, how it stands, what that build costs: by one look at it."""
    try:
        plan = plan_to_date(find_demo(settings, name), settings, workspace, settings.as_of or dt.date.today())
        states = observe(plan, workspace)
        differs = changes(plan, states)
        told = overview(plan, differs)
        todo = [change.name for change in to_make(told)]
        yield from map(_of_requirement, workspace.requirements(plan, todo, differs, whole=True))
        yield from _standing(standing(plan, workspace, states), plan, settings.building(name))
        if settings.traits.is_billed:
            costs = estimate_changes(plan, settings.targets[settings.target], told, workspace.billed_warehouse())
            said = f"{costs.minutes} minutes, {costs.money} {costs.currency}"
            yield Finding(f"{plan.demo}: next build", "ok", said)
    except DemoError as error:
        yield Finding(name, "stop", error.message.rstrip("."), error.remedy)


def _standing(found: Standing, plan: DemoPlan, building: str) -> Iterator[Finding]:
    """Whether everything of the demo is there, whole and fresh."""
    wrong = [one for one in found.objects if one.status not in ("fresh", "running")]
    if not wrong:
        yield Finding(plan.demo, "ok", f"all {len(found.objects)} objects are whole and fresh on {plan.as_of}")
    for one in wrong:
        level: Level = "look" if one.status == "stale" else "stop"
        said = f"{one.status}: {one.reason}" if one.reason else one.status
        yield Finding(f"{plan.demo}: {one.name}", level, said, building)

"""Everything that would fail on stage, said before: machine, target, the demo as it stands. Nothing is written."""

from __future__ import annotations

import datetime as dt
import platform
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.demos import find_demo
from demo_factory.operations.plan import plan as look_ahead
from demo_factory.operations.status import status
from demo_factory.operations.targets import open_workspace
from demo_factory.workspace.preflight import Requirement

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings

Level = Literal["ok", "look", "stop"]  # look: a demo goes on without it, or only waits; stop: nothing can be shown
_PAGE = 3000  # where Dagster's page opens
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
    return [*_machine(settings), *_target(demo, settings)]


def worst(findings: list[Finding]) -> Level:
    """The worst of all."""
    levels: tuple[Level, ...] = ("stop", "look", "ok")
    return next(level for level in levels if level == "ok" or any(one.level == level for one in findings))


def _machine(settings: Settings) -> Iterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())
    yield Finding("versions", "ok", ", ".join(_versions()))
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", _PAGE)) == 0
    if taken:
        remedy = "Stop it, or open Dagster elsewhere: demo-factory ui --port 3001"
        yield Finding("port", "look", f"{_PAGE} is taken: Dagster's page, or another program, is there", remedy)
    else:
        yield Finding("port", "ok", f"{_PAGE} is free for Dagster's page")


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
        yield from _demo(name, settings)


def _of_requirement(one: Requirement) -> Finding:
    return Finding(one.name, "ok" if one.ok else "stop" if one.needed else "look", one.reason, one.remedy)


def _demo(name: str, settings: Settings) -> Iterator[Finding]:
    try:
        outlook = look_ahead(name, settings)
        yield from (_of_requirement(one) for one in outlook.requirements)
        yield from _standing(name, outlook.plan.demo, settings, outlook.plan.as_of)
        if outlook.estimate is not None:
            costs = outlook.estimate
            said = f"{costs.minutes} minutes, {costs.money} {costs.currency}"
            yield Finding(f"{outlook.plan.demo}: next build", "ok", said)
    except DemoError as error:
        yield Finding(name, "stop", error.message.rstrip("."), error.remedy)


def _standing(asked: str, name: str, settings: Settings, as_of: dt.date) -> Iterator[Finding]:
    """Whether everything of the demo is there, whole and fresh."""
    [found] = status(asked, settings)
    wrong = [one for one in found.standing.objects if one.status not in ("fresh", "running")]
    if not wrong:
        count = len(found.standing.objects)
        yield Finding(name, "ok", f"all {count} objects are whole and fresh on {as_of}")
    for one in wrong:
        level: Level = "look" if one.status == "stale" else "stop"
        said = f"{one.status}: {one.reason}" if one.reason else one.status
        yield Finding(f"{name}: {one.name}", level, said, settings.building(asked))
    if found.note:
        yield Finding(f"{name}: note", "look", found.note)

"""Where a command starts: the environment's settings, the demos that can be found, and the plan of one of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.access.desired import governance_items
from demo_factory.access.stages import with_access
from demo_factory.blueprint.errors import BlueprintError, WrongUsage
from demo_factory.blueprint.governance import Governance
from demo_factory.blueprint.load import load, load_with_lines
from demo_factory.blueprint.model import Blueprint
from demo_factory.blueprint.names import check_identifier, suggest_identifier
from demo_factory.blueprint.suggestions import instead_of, nearest
from demo_factory.plan.compile import compile_demo
from demo_factory.targets.load import load_targets
from demo_factory.targets.model import Target

if TYPE_CHECKING:
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.local.workspace import LocalWorkspace
    from demo_factory.workspace.protocols import Carrier, Workspace

SHIPPED = Path(__file__).parent / "demos"
TARGETS_FILE = "targets.yaml"


def _only_local() -> dict[str, Target]:
    return load_targets(None)


@dataclass(frozen=True)
class Settings:
    """What the environment says: DEMO_FACTORY_HOME, _DEMOS, _TARGETS, _TARGET, _ENV, _AS_OF, _SCALE and _CARRIER."""

    home: Path
    demos: tuple[Path, ...]
    target: str
    env: str
    as_of: dt.date | None
    scale: float | None
    carrier: Carrier = "dbldatagen"
    targets: Mapping[str, Target] = field(default_factory=_only_local)
    on: str = ""  # the options with which a command that we advise means the same place

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings, checked.

        Raises:
            DemoError: names the variable, its value and what is right.
            BlueprintError: every problem of the file of targets.
        """
        targets = _targets(environ.get("DEMO_FACTORY_TARGETS"))
        target = _target(environ.get("DEMO_FACTORY_TARGET") or "local", targets)
        own_env = targets[target].env or target
        env = _env(environ.get("DEMO_FACTORY_ENV")) or own_env
        on = f" --target {target}" if target != "local" else ""
        folders = environ.get("DEMO_FACTORY_DEMOS") or "demos"
        own = tuple(Path(folder) for folder in folders.split(os.pathsep))
        return cls(
            Path(environ.get("DEMO_FACTORY_HOME") or ".demo_factory"),
            (*own, SHIPPED),
            target,
            env,
            _date(environ.get("DEMO_FACTORY_AS_OF")),
            _scale(environ.get("DEMO_FACTORY_SCALE")),
            _carrier(environ.get("DEMO_FACTORY_CARRIER") or "dbldatagen"),
            {**targets, target: _in_env(targets[target], env)},
            f"{on} --env {env}" if env != own_env else on,
        )

    def building(self, demo: str) -> str:
        """The command that brings a demo to what its blueprint says, by the name that people use for the place."""
        return f"demo-factory {'build' if self.target == 'local' else 'apply'} {demo}{self.on}"


def _targets(named: str | None) -> dict[str, Target]:
    """The file that is named, or the one in this folder, or on a cluster the one that was shipped with the package."""
    if named:
        return load_targets(Path(named))
    return load_targets(
        next((file for file in (Path(TARGETS_FILE), SHIPPED.parent / TARGETS_FILE) if file.exists()), None)
    )


def _in_env(target: Target, env: str) -> Target:
    """The target for one environment; another than its own, as of a pull request, has a ledger of its own there."""
    if target.is_local or env == target.env:
        return target
    return target.model_copy(update={"env": env, "folder": f"{target.folder}/{env}"})


def _target(name: str, targets: Mapping[str, Target]) -> str:
    if name in targets:
        return name
    near = nearest(name, targets)
    there = f"There are: {', '.join(targets)}.{f' Did you mean {near!r}?' if near else ''}"
    if len(targets) == 1:
        there += f" Others stand in {TARGETS_FILE}: demo-factory targets --example > {TARGETS_FILE}"
    raise WrongUsage(f"{name} is no known target.", there)


def _env(text: str | None) -> str | None:
    try:
        return check_identifier(text) if text else None
    except ValueError as error:
        what, _, instead = str(error).partition(" -> ")
        message = f"The environment (--env or DEMO_FACTORY_ENV) becomes part of names: {what}."
        raise WrongUsage(message, f"{instead[:1].upper()}{instead[1:]}." if instead else "") from None


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise WrongUsage(f"DEMO_FACTORY_AS_OF={text} is not a date.", "Write it as 2026-01-31.") from None


def _scale(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise WrongUsage(f"DEMO_FACTORY_SCALE={text} is not a number.", "Write for example 0.1 or 100.") from None


def _carrier(text: str) -> Carrier:
    if text not in ("dbldatagen", "spark"):
        raise WrongUsage(f"DEMO_FACTORY_CARRIER={text} is no known carrier.", "Use dbldatagen or spark.")
    return text  # type: ignore[return-value]  # one of the two, as just checked


def find_demos(settings: Settings) -> dict[str, Path]:
    """Blueprint files by their name without .yaml; the user's own stand before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in settings.demos:
        for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
            found.setdefault(file.stem, file)
    return found


def find_demo(settings: Settings, name: str) -> Path:
    """The blueprint of a demo, by name or by path.

    Raises:
        WrongUsage: with the nearest name.
    """
    if name.endswith((".yaml", ".yml")) or os.sep in name:
        return Path(name)
    demos = find_demos(settings)
    if name in demos:
        return demos[name]
    hint = instead_of(name, sorted(demos), f"Start one: demo-factory new {suggest_identifier(name)}")
    raise WrongUsage(f"There is no demo {name!r}.", hint)


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
    day = as_of or settings.as_of or dt.date.today()
    epoch = None
    if workspace is not None:
        facts = workspace.records.facts(blueprint.demo)
        wanted = wanted or facts.scale
        if facts.epoch and facts.scale == (wanted or 1.0) and facts.history == blueprint.history:
            epoch = dt.date.fromisoformat(facts.epoch)
            _not_back_in_time(blueprint, day, facts.as_of, settings.on)
    try:
        plan = compile_demo(blueprint, as_of=day, env=settings.env, scale=wanted or 1.0, epoch=epoch, file=str(file))
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
    """With the steps that governance asks for; a workspace always needs its catalog and schema."""
    if settings.target == "local" and plan.blueprint.governance == Governance():
        return plan
    names = settings.targets[settings.target].principals if settings.target != "local" else {}
    return with_access(plan, governance_items(plan, names))


def _not_back_in_time(blueprint: Blueprint, day: dt.date, newest: str | None, on: str) -> None:
    if newest and day < dt.date.fromisoformat(newest):
        raise WrongUsage(
            f"{blueprint.demo} already has data up to {newest}, which is later than {day}.",
            f"Ask for {newest} or later, or start anew: demo-factory destroy {blueprint.demo}{on}",
        )

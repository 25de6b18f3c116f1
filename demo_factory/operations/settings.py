"""What the environment says: where state and blueprints lie, the target, the day and the scale."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.names import check_identifier, suggest_identifier
from demo_factory.blueprint.suggestions import no_such
from demo_factory.targets import HERE
from demo_factory.targets.load import load_targets
from demo_factory.targets.model import ME, Target
from demo_factory.workspace.home import HOME
from demo_factory.workspace.open import traits_of

if TYPE_CHECKING:
    from demo_factory.workspace.ports import Carrier
    from demo_factory.workspace.traits import Traits

_WHO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+@-]*")
PACKAGE = Path(__file__).parent.parent
SHIPPED = PACKAGE / "demos"
TARGETS_FILE = "targets.yaml"


def _only_local() -> dict[str, Target]:
    return load_targets(None)


@dataclass(frozen=True)
class Settings:
    """What DEMO_FACTORY_HOME, _DEMOS, _TARGETS, _TARGET, _ENV, _USER, _AS_OF, _SCALE and _CARRIER say."""

    home: Path
    demos: tuple[Path, ...]
    target: str
    env: str
    as_of: dt.date | None
    scale: float | None
    carrier: Carrier = "dbldatagen"
    targets: Mapping[str, Target] = field(default_factory=_only_local)
    user: str = field(default_factory=lambda: this_user())  # fills {user} in names
    on: str = ""  # the options with which a command that we advise means the same place

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings, checked.

        Raises:
            DemoError: names the variable, its value and what is right.
            BlueprintError: every problem of the file of targets.
        """
        targets = _targets(environ.get("DEMO_FACTORY_TARGETS"))
        target = _target(environ.get("DEMO_FACTORY_TARGET") or HERE, targets)
        own_env = targets[target].env or target
        env = _part("The environment (--env or DEMO_FACTORY_ENV)", environ.get("DEMO_FACTORY_ENV")) or own_env
        user = _part("Who builds (--user or DEMO_FACTORY_USER)", environ.get("DEMO_FACTORY_USER")) or this_user()
        targets = _of_whom(targets, target, environ.get("DEMO_FACTORY_LEDGER_OF"))
        home = Path(environ.get("DEMO_FACTORY_HOME") or HOME)
        on = traits_of(target, targets[target], home).option
        folders = environ.get("DEMO_FACTORY_DEMOS") or "demos"
        own = tuple(Path(folder) for folder in folders.split(os.pathsep))
        return cls(
            home,
            (*own, SHIPPED),
            target,
            env,
            _date(environ.get("DEMO_FACTORY_AS_OF")),
            _scale(environ.get("DEMO_FACTORY_SCALE")),
            _carrier(environ.get("DEMO_FACTORY_CARRIER") or "dbldatagen"),
            {**targets, target: targets[target].in_env(env)},
            user,
            f"{on}{f' --env {env}' if env != own_env else ''}{f' --user {user}' if user != this_user() else ''}",
        )

    def building(self, demo: str) -> str:
        """The command that brings a demo to what its blueprint says, by the name that people use for the place."""
        return f"demo-factory {self.traits.verb} {demo}{self.on}"

    @property
    def traits(self) -> Traits:
        """How the target is spoken of, and what it can be relied on for; nothing is opened."""
        return self.traits_of(self.target)

    def traits_of(self, target: str) -> Traits:
        """The same of another target."""
        return traits_of(target, self.targets[target], self.home)


def find_demos(settings: Settings) -> dict[str, Path]:
    """Blueprint files by their name without .yaml; the user's own stand before the shipped ones."""
    found: dict[str, Path] = {}
    for folder in settings.demos:
        for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
            found.setdefault(file.stem, file)
    return found


def _targets(named: str | None) -> dict[str, Target]:
    """The file that is named, or the one in this folder, or on a cluster the one that was shipped with the package."""
    if named:
        return load_targets(Path(named))
    return load_targets(next((file for file in (Path(TARGETS_FILE), PACKAGE / TARGETS_FILE) if file.exists()), None))


def _target(name: str, targets: Mapping[str, Target]) -> str:
    if name in targets:
        return name
    error = no_such(f"{name} is no known target.", name, targets)
    if len(targets) == 1:
        error.remedy += f" Others stand in {TARGETS_FILE}: demo-factory targets --example > {TARGETS_FILE}"
    raise error


def _of_whom(targets: dict[str, Target], target: str, who: str | None) -> dict[str, Target]:
    """The targets, with the ledger of one in somebody's folder: a job keeps that of whoever deployed it."""
    if not who:
        return targets
    if not _WHO.fullmatch(who):
        message = f"--ledger-of or DEMO_FACTORY_LEDGER_OF: {who!r:.60} is nobody's name."
        raise WrongUsage(message, "Write an e-mail address or an application id.")
    folder = targets[target].folder.replace(ME, who)
    return {**targets, target: targets[target].model_copy(update={"folder": folder})}


def this_user() -> str:
    """Who is logged in on this machine, as a part of names; `me` where the system knows no name."""
    try:
        return suggest_identifier(getpass.getuser())
    except (OSError, KeyError):  # a container may run under a number alone; Python before 3.13 says KeyError
        return "me"


def _part(what_for: str, text: str | None) -> str | None:
    try:
        return check_identifier(text) if text else None
    except ValueError as error:
        what, _, instead = str(error).partition(" -> ")
        message = f"{what_for} becomes part of names: {what}."
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

"""What every command knows: the global options and the settings of the environment."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings


@dataclass(frozen=True)
class CliState:
    """The global options of this call; settings are read when a command asks, so that --help needs none of it."""

    home: Path | None = None
    debug: bool = False
    quiet: bool = False
    targets: Path | None = None
    env: str | None = None
    user: str | None = None
    ledger_of: str | None = None

    def settings(self, target: str | None = None) -> Settings:
        """The environment's settings; what the command line says goes before what the variables say."""
        from demo_factory.operations.settings import Settings

        said = {"TARGET": target, "TARGETS": self.targets, "ENV": self.env, "USER": self.user}
        said |= {"LEDGER_OF": self.ledger_of}
        own = {f"DEMO_FACTORY_{name}": str(value) for name, value in said.items() if value is not None}
        settings = Settings.read({**os.environ, **own})
        places = {"--targets": self.targets, "--home": self.home, "--ledger-of": self.ledger_of}
        again = "".join(f" {name} {shlex.quote(str(path))}" for name, path in places.items() if path is not None)
        return replace(settings, home=self.home or settings.home, on=settings.on + again)


def state_of(context: typer.Context) -> CliState:
    """The global options of the call that a command belongs to."""
    found = context.find_object(CliState)
    return found if found is not None else CliState()

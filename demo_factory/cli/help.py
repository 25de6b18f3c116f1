"""How the help of every command is laid out, on a terminal of 80 columns as on a wide one."""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup


def flowing(text: str) -> str:
    """A docstring whose paragraphs break where the terminal does, not where the source's lines do."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text))


class Command(TyperCommand):
    """A command with our help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters; a flag shows no <bool> as if it took one."""
        return _without_bool(super().get_params(ctx))


class Group(TyperGroup):
    """The group of commands with our help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters; a flag shows no <bool> as if it took one."""
        return _without_bool(super().get_params(ctx))


def _without_bool(params: list[Any]) -> list[Any]:
    for one in params:
        if getattr(one, "is_flag", False):
            one.metavar = ""
    return params

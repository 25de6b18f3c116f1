"""The command line: `demo-factory`, one small module a group of commands."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `demo-factory` with these words (default: those of the process); gives the exit code."""
    # Pydantic would read the metadata of every installed package to look for plugins: nobody here has one.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from demo_factory.cli.app import run

    return run(argv)

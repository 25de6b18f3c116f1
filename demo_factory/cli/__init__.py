"""The command line: `demo-factory`, one small module a group of commands."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `demo-factory` with these words (default: those of the process); gives the exit code."""
    from demo_factory.cli.app import run

    return run(argv)

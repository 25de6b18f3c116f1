"""The command line: `demo-factory`, one small module a group of commands."""

from __future__ import annotations

from collections.abc import Sequence

from demo_factory.compat.start import prepare

__all__ = ["job", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `demo-factory` with these words (default: those of the process); gives the exit code."""
    prepare()
    from demo_factory.cli.app import run

    return run(argv)


def job() -> None:
    """`demo-factory` as a task of a Databricks job, where a returned exit code would be overlooked.

    Raises:
        SystemExit: the command failed, and so must the task.
    """
    code = main()
    if code:
        raise SystemExit(f"demo-factory ended with exit code {code}")

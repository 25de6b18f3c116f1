"""Exit codes, and what an exception means in one: the demo, the user's words, or the machine."""

from __future__ import annotations

import sqlite3
import sys
import traceback
from types import ModuleType

from demo_factory.blueprint.errors import BlueprintError, DemoError

OK, WRONG, USAGE, MACHINE, INTERRUPTED = 0, 1, 2, 3, 130

# Where an error comes from says whose it is; everything else is the demo's or its data's.
_USAGE_FROM = tuple(
    f"demo_factory.{name}" for name in ("project", "blueprint.new", "plan.explain", "orchestration.build")
)
_LACKING = {"local": ("java", "jars", "jvm", "lock", "session"), "databricks": ("client", "lock")}
_MACHINE_FROM = tuple(f"demo_factory.workspace.{place}.{name}" for place, names in _LACKING.items() for name in names)
_LAST_LINK = 8  # a chain of causes longer than this is a loop


class WrongUsage(DemoError):  # noqa: N818 - what happened, not a fault of the program
    """The words of the command cannot be followed: exit code 2."""


class MachineTrouble(DemoError):  # noqa: N818
    """The machine lacks something (Java, a port, space): exit code 3."""


def explain_exception(error: BaseException) -> tuple[list[str], int]:
    """(lines for people, exit code) for whatever ended a command."""
    known = _demo_error(error)
    if known is not None:
        return str(known).splitlines(), _code_of(known)
    trouble = _machine(error)
    if trouble is not None:
        return [str(trouble)], MACHINE
    said = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {said[0]}" if said else type(error).__name__
    return [f"Something unexpected happened: {what}", "Run the command again with --debug to see where."], WRONG


def print_traceback(error: BaseException) -> None:
    """The whole story, for --debug."""
    traceback.print_exception(error, file=sys.stderr)


def _demo_error(error: BaseException) -> DemoError | None:
    """The DemoError behind an error: Dagster and Spark wrap what a step raised."""
    link: BaseException | None = error
    for _ in range(_LAST_LINK):
        if link is None or isinstance(link, DemoError):
            return link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return None


def _machine(error: BaseException) -> DemoError | None:
    translate = _translate_module().translate
    found: DemoError | None = translate(error)
    if found is not None:
        return found
    if isinstance(error, OSError) and error.filename is not None:
        reason = error.strerror or type(error).__name__
        return MachineTrouble(
            f"{error.filename} cannot be used: {reason}.",
            "Correct its permissions, or keep the state elsewhere with --home FOLDER.",
        )
    return None


def _translate_module() -> ModuleType:
    from demo_factory.workspace.local import trouble

    return trouble


def _code_of(error: DemoError) -> int:
    if isinstance(error, WrongUsage):
        return USAGE
    if isinstance(error, MachineTrouble) or isinstance(error.__cause__, OSError | sqlite3.DatabaseError):
        return MACHINE
    if isinstance(error, BlueprintError):
        return WRONG
    module = _raised_in(error)
    return USAGE if module in _USAGE_FROM else MACHINE if module in _MACHINE_FROM else WRONG


def _raised_in(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")) if trace is not None else ""

"""Exit codes, and what an exception means in one: the demo, the user's words, or the machine."""

from __future__ import annotations

import sys
import traceback
from types import ModuleType

from demo_factory.blueprint.errors import Category, DemoError, MachineTrouble, WrongUsage

__all__ = ["MachineTrouble", "WrongUsage", "explain_exception", "print_traceback"]

OK, WRONG, USAGE, MACHINE, INTERRUPTED = 0, 1, 2, 3, 130
CODES: dict[Category, int] = {
    "demo": WRONG,
    "blueprint": WRONG,
    "contract_broken": WRONG,
    "not_ready": WRONG,
    "usage": USAGE,
    "machine": MACHINE,
}
_LAST_LINK = 8  # a chain of causes longer than this is a loop


def explain_exception(error: BaseException) -> tuple[list[str], int]:
    """(lines for people, exit code) for whatever ended a command."""
    known = _demo_error(error)
    if known is not None:
        return str(known).splitlines(), CODES[known.category]
    trouble = _machine(error)
    if trouble is not None:
        return [str(trouble)], MACHINE
    from demo_factory.workspace.spark_errors import plain_words

    name, said = type(error).__name__, plain_words(error)
    what = name if said == name else f"{name}: {said}"
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
    from demo_factory.workspace.local import machine_errors as trouble

    return trouble

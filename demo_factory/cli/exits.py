"""Exit codes, and what an exception means in one: the demo, the user's words, or the machine."""

from __future__ import annotations

import sys
import traceback

from demo_factory.blueprint.errors import Category

OK, WRONG, USAGE, MACHINE, INTERRUPTED = 0, 1, 2, 3, 130
CODES: dict[Category, int] = {
    "demo": WRONG,
    "blueprint": WRONG,
    "contract_broken": WRONG,
    "not_ready": WRONG,
    "usage": USAGE,
    "machine": MACHINE,
    "interrupted": INTERRUPTED,
}


def explain_exception(error: BaseException) -> tuple[list[str], int]:
    """(lines for people, exit code) for whatever ended a command."""
    from demo_factory.operations.errors import as_demo_error

    known = as_demo_error(error)
    if known is not None:
        return str(known).splitlines(), CODES[known.category]
    from demo_factory.workspace.spark_errors import plain_words

    name, said = type(error).__name__, plain_words(error)
    what = name if said == name else f"{name}: {said}"
    return [f"Something unexpected happened: {what}", "Run the command again with --debug to see where."], WRONG


def print_traceback(error: BaseException) -> None:
    """The whole story, for --debug."""
    traceback.print_exception(error, file=sys.stderr)

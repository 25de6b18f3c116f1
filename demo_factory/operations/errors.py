"""Whatever ended a piece of work as one of the errors that people may read, whose class says whose trouble it is."""

from __future__ import annotations

from demo_factory.blueprint.errors import Category, DemoError, MachineTrouble
from demo_factory.workspace.machine_errors import translate

_LAST_LINK = 8  # a chain of causes longer than this is a loop


def as_demo_error(error: BaseException) -> DemoError | None:
    """The plain words behind an error; None for what nobody foresaw."""
    return _demo_error(error) or translate(error) or _unusable_file(error)


def category_of(error: BaseException) -> Category:
    """Whose trouble an error is."""
    if not isinstance(error, Exception):
        return "interrupted"
    known = as_demo_error(error)
    return "demo" if known is None else known.category


def _demo_error(error: BaseException) -> DemoError | None:
    """The DemoError behind an error: Dagster and Spark wrap what a step raised."""
    link: BaseException | None = error
    for _ in range(_LAST_LINK):
        if link is None or isinstance(link, DemoError):
            return link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return None


def _unusable_file(error: BaseException) -> DemoError | None:
    if not isinstance(error, OSError) or error.filename is None:
        return None
    reason = error.strerror or type(error).__name__
    return MachineTrouble(
        f"{error.filename} cannot be used: {reason}.",
        "Correct its permissions, or keep the state elsewhere with --home FOLDER.",
    )

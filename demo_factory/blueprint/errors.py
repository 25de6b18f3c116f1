"""The one small tree of errors that a user may see: each says what is wrong and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

LONGEST_LINE = 800  # what somebody wrote into a file may be a page long
MOST_SHOWN = 50  # a file that is no blueprint at all must not scroll its first lines away


_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")

# Whose trouble it is; a command's exit code follows from this alone, wherever the error was raised.
Category = Literal["demo", "blueprint", "contract_broken", "not_ready", "usage", "machine", "interrupted"]


class DemoError(Exception):
    """What went wrong in plain words, and the remedy; its class says whose trouble it is.

    Args:
        message: one sentence that names the object and the value.
        remedy: what the user should do next; empty when the message says it.
    """

    category: ClassVar[Category] = "demo"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.message, self.remedy))


@dataclass(frozen=True)
class Problem:
    """One mistake in a blueprint file: where it stands, what was found and what would be right."""

    path: tuple[str | int, ...]
    message: str
    remedy: str = ""
    line: int | None = None
    column: int | None = None

    @property
    def where(self) -> str:
        """The place inside the document, as `tables.customers.columns.income`."""
        return ".".join(str(part) for part in self.path)

    def render(self, file: str) -> str:
        """One line: `retail.yaml:12: tables.customers.rows: must be at least 1, not 0; ...`."""
        place = file if self.line is None else f"{file}:{self.line}"
        where = f" {self.where}:" if self.path else ""
        between = "" if not self.remedy else " " if self.message.endswith(".") else "; "
        return f"{place}:{_in_a_line(f'{where} {self.message}{between}{self.remedy}')}"


def _in_a_line(text: str) -> str:
    """A text that may quote the file, without its line breaks, and cut in its middle when it is very long."""
    text = _BREAKS.sub(" ", text)
    half = LONGEST_LINE // 2 - 2
    return text if len(text) <= LONGEST_LINE else f"{text[:half]}...{text[-half:]}"


class BlueprintError(DemoError):
    """All problems of one blueprint file at once; one line each when printed."""

    category = "blueprint"

    def __init__(self, problems: list[Problem], file: str = "<blueprint>") -> None:
        self.problems = problems
        self.file = file
        lines = [problem.render(file) for problem in problems[:MOST_SHOWN]]
        if len(problems) > MOST_SHOWN:
            lines.append(f"{file}: and {len(problems) - MOST_SHOWN} more problems")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.problems, self.file))


class ContractBroken(DemoError):  # noqa: N818 - it is what happened, not a fault of the program
    """A blocking contract rule failed: the message names the rule, the failing rows and a few values."""

    category = "contract_broken"


class NotReady(DemoError):  # noqa: N818
    """What is asked for was not made yet (a demo, a champion), or its target lacks what it needs: nothing was made."""

    category = "not_ready"


class WrongUsage(DemoError):  # noqa: N818
    """The words of a command, or what the environment says for it, cannot be followed."""

    category = "usage"


class MachineTrouble(DemoError):  # noqa: N818
    """The machine or the workspace lacks something: Java, a port, space, a lock, a login."""

    category = "machine"


def category_named(name: str, kind: type[DemoError] = DemoError) -> Category:
    """The category of the errors whose class has this name, as another process reports it; `demo` for those of others.

    Only classes that were imported are known, which those that matter are: they stand in this file.
    """
    if kind.__name__ == name:
        return kind.category
    found = (category_named(name, child) for child in kind.__subclasses__())
    return next((category for category in found if category != DemoError.category), DemoError.category)

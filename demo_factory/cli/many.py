"""`--for students.csv`: one command for many people, a turn each, and at the end what came of all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from demo_factory.cli import output
from demo_factory.cli.state import CliState

if TYPE_CHECKING:
    from demo_factory.operations.classroom import Student, Turn
    from demo_factory.operations.settings import Settings

T = TypeVar("T")
For = Annotated[
    Path | None,
    typer.Option(
        "--for",
        metavar="FILE",
        help="A CSV file with a column email: for each person of it, with names, rights and a ledger of their own.",
    ),
]


def in_turn(
    file: Path, demo: str, settings: Settings, state: CliState, work: Callable[[Settings], T], last_first: bool = False
) -> tuple[Turn[T], ...]:
    """Do the work for everybody of a file.

    Args:
        last_first: in the opposite order: whoever came first has made what the others share.

    Raises:
        DemoError: the file is wrong, or they would share a schema; nothing was done.
    """
    from demo_factory.operations.classroom import each, read_students, refuse_shared

    students = read_students(file)
    refuse_shared(demo, settings)

    def tell(number: int, student: Student) -> None:
        if not state.quiet:
            output.trouble(f"{number} of {len(students)}: {student.user} ({student.email})")

    return each(students[::-1] if last_first else students, settings, work, tell)


def told(turns: tuple[Turn[T], ...], said: Callable[[T], str]) -> int:
    """A line for each student. Returns how many failed."""
    table = output.table({"student": "left", "e-mail": "left", "": "left"})
    for turn in turns:
        came = turn.error.message if turn.error is not None else said(turn.report)  # type: ignore[arg-type]
        table.add_row(turn.student.user, turn.student.email, came)
    output.show(table)
    return sum(turn.error is not None for turn in turns)

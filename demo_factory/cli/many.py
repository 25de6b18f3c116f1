"""`--for students.csv`: one command for many people, a turn each, and at the end what came of all."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

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
    settings = replace(settings, on=f"{settings.on} --for {shlex.quote(str(file))}")  # a student has no other command

    def announce(number: int, student: Student) -> None:
        if not state.quiet:
            output.trouble(f"{number} of {len(students)}: {student.user} ({student.email})")

    return each(students[::-1] if last_first else students, settings, work, announce)


def tell(
    turns: tuple[Turn[T], ...], as_json: bool, reported: Callable[[T | None], dict[str, Any]], said: Callable[[T], str]
) -> None:
    """What came of each student: a line for people, or for programs what the command reports of one demo.

    Args:
        reported: also of no report, where it ended before there was one.
    """
    if as_json:
        output.as_json([
            {"student": one.student.email, **reported(one.report)}
            | ({"ok": False, "failures": [one.error.message]} if one.error else {})
            for one in turns
        ])  # fmt: skip
        return
    table = output.table({"student": "left", "e-mail": "left", "": "left"})
    for turn in turns:
        came = str(turn.error) if turn.error is not None else said(turn.report)  # type: ignore[arg-type]
        table.add_row(turn.student.user, turn.student.email, came)
    output.show(table)

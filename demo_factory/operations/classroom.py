"""A demo for many: each person of a list has a schema, rights and a ledger of their own on one target."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from demo_factory.blueprint.errors import BlueprintError, DemoError, Problem, WrongUsage
from demo_factory.blueprint.load import load
from demo_factory.blueprint.names import check_identifier, suggest_identifier
from demo_factory.operations.demos import find_demo
from demo_factory.targets.model import is_mail

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings

MOST = 500
_COLUMNS = ("email", "user")
T = TypeVar("T")


@dataclass(frozen=True)
class Student:
    """Who gets a demo: whom the workspace knows by an e-mail address, and what fills {user} in names."""

    email: str
    user: str


@dataclass(frozen=True)
class Turn(Generic[T]):
    """What came of one student: what the work gave, or why it ended."""

    student: Student
    report: T | None = None
    error: DemoError | None = None


def read_students(file: Path) -> tuple[Student, ...]:
    """The students of a CSV file with a column `email` and, where the address does not do as a name, `user`.

    Raises:
        WrongUsage: there is no such file.
        BlueprintError: every problem of the file, each with its line.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise WrongUsage(f"{file} cannot be read: {said}.", "Name a CSV file with a column email.") from None
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True, restkey="")
    try:
        found = [(rows.line_num, row) for row in rows if any(row.values())]
        columns = tuple(rows.fieldnames or ())
    except csv.Error as error:
        raise BlueprintError([Problem((), f"is no CSV: {error}", line=rows.line_num)], str(file)) from None
    problems = list(_columns(columns)) or list(_students(found))
    if problems:
        raise BlueprintError(problems, str(file))
    return tuple(_student(row) for _, row in found)


def _columns(columns: Sequence[str]) -> Iterator[Problem]:
    if "email" not in columns:
        yield Problem((), f"has no column email, but {', '.join(columns) or 'nothing'}", "write it in line 1", line=1)
    for name in columns:
        if name not in _COLUMNS:
            yield Problem((name,), "is no column of a list of students", "use email and user", line=1)


def _students(found: Sequence[tuple[int, dict[str, str]]]) -> Iterator[Problem]:
    if not 1 <= len(found) <= MOST:
        yield Problem((), f"has {len(found)} students", f"list 1 to {MOST}")
    first: dict[str, int] = {}
    for line, row in found:
        if "" in row:
            yield Problem((), f"has more fields than columns: {row['']!s:.60}", "put one student in a line", line=line)
        elif not is_mail(row["email"] or ""):
            yield Problem(("email",), f"{row['email']!r:.60} is no e-mail address", "write ada@example.com", line=line)
        else:
            student = _student(row)
            try:
                check_identifier(student.user)
            except ValueError as error:
                yield Problem(("user",), str(error).replace(" -> ", "; "), line=line)
            if (before := first.setdefault(student.user, line)) != line:
                said = f"{student.user} is the name of line {before} too, so both would get the same schema"
                yield Problem(("user",), said, "write another in a column user", line=line)


def _student(row: dict[str, str]) -> Student:
    email = row["email"].strip()
    return Student(email, (row.get("user") or "").strip() or suggest_identifier(email.partition("@")[0]))


def seat(settings: Settings, student: Student) -> Settings:
    """The settings for one student: names with theirs, a ledger of their own, and the right to read what is theirs."""
    target = settings.targets[settings.target]
    own = target.model_copy(
        update={"folder": f"{target.folder}/for_{student.user}", "readers": [*target.readers, student.email]}
    )
    return replace(settings, user=student.user, targets={**settings.targets, settings.target: own})


def refuse_shared(demo: str, settings: Settings) -> None:
    """Students need a workspace, and each a schema of their own.

    Raises:
        WrongUsage: they would share one, or the target is this machine.
    """
    if not settings.traits.needs_containers:
        message = "--for gives people rights on a workspace; this machine has one user."
        raise WrongUsage(message, "Name a workspace with --target.")
    places = settings.targets[settings.target].placing(load(find_demo(settings, demo)))
    if "{user}" not in places.catalog + places.schema_name:
        raise WrongUsage(
            f"All students would share {places.catalog}.{places.schema_name}: it has no {{user}} in it.",
            f"Write `schema: {{demo}}_{{user}}` at the target {settings.target}, or put {{user}} into the blueprint's.",
        )


def each(
    students: Sequence[Student],
    settings: Settings,
    work: Callable[[Settings], T],
    on_turn: Callable[[int, Student], None],
) -> tuple[Turn[T], ...]:
    """Do the work for one student after the other; what fails for one stops no other.

    Args:
        on_turn: told before each turn its number and whose it is.
    """
    turns = []
    for number, student in enumerate(students, 1):
        on_turn(number, student)
        try:
            turns.append(Turn(student, work(seat(settings, student))))
        except DemoError as error:
            turns.append(Turn(student, error=error))
    return tuple(turns)

"""A file or text to a blueprint; when anything is wrong, one error with every problem and its line."""

from __future__ import annotations

import copy
import os
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from demo_factory.blueprint.check import SUPPORTED_COUNTRIES, Broken, check
from demo_factory.blueprint.document import BLUEPRINT, LARGEST_FILE, Kind, Lines, Path, read_document
from demo_factory.blueprint.errors import BlueprintError, Problem
from demo_factory.blueprint.explain import explain
from demo_factory.blueprint.model import Blueprint
from demo_factory.blueprint.names import is_identifier

_STAND_IN = {"uniform": {"min": 0, "max": 1}}


def load(path: str | os.PathLike[str], countries: frozenset[str] = SUPPORTED_COUNTRIES) -> Blueprint:
    """Read a blueprint file.

    Args:
        path: the YAML file.
        countries: codes for which persons and addresses can be made.

    Raises:
        BlueprintError: every problem of the file at once, each with its line.
    """
    return load_with_lines(path, countries)[0]


def load_with_lines(
    path: str | os.PathLike[str], countries: frozenset[str] = SUPPORTED_COUNTRIES
) -> tuple[Blueprint, Lines]:
    """Read a blueprint file, and keep the lines for whoever finds problems later (`lines.error(problems)`).

    Raises:
        BlueprintError: every problem of the file at once, each with its line.
    """
    return loads_with_lines(read_file(path), str(path), countries)


def read_file(path: str | os.PathLike[str], kind: Kind = BLUEPRINT) -> bytes:
    """What a file holds, when it can be read and is no larger than a file of its kind may be.

    Raises:
        BlueprintError: it cannot be read, or is too large.
    """
    file = FilePath(path)
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= LARGEST_FILE else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BlueprintError([Problem((), f"cannot be read: {reason}")], str(path)) from None
    if size > LARGEST_FILE:
        message = f"the file has {size:,} bytes: a {kind.name} has at most {LARGEST_FILE:,}"
        raise BlueprintError([Problem((), message)], str(path))
    return content


def loads(text: str | bytes, file: str = "<blueprint>", countries: frozenset[str] = SUPPORTED_COUNTRIES) -> Blueprint:
    """Read a blueprint from text, or from bytes in UTF-8; `file` is the name that messages give.

    Raises:
        BlueprintError: every problem of the text at once, each with its line.
    """
    return loads_with_lines(text, file, countries)[0]


def loads_with_lines(
    text: str | bytes, file: str = "<blueprint>", countries: frozenset[str] = SUPPORTED_COUNTRIES
) -> tuple[Blueprint, Lines]:
    """`loads`, with the lines for whoever finds problems later.

    Raises:
        BlueprintError: every problem of the text at once, each with its line.
    """
    document = read_document(text, file)
    if document.data is None:
        raise document.lines.error(document.problems)
    blueprint, problems = _validate(document.data, document.lines)
    problems = document.problems + not_said_yet(problems, document.problems)
    if blueprint is not None and not problems:
        problems = check(blueprint, countries)
        if not problems:
            return blueprint, document.lines
    elif problems:
        problems += _check_the_rest(document.data, problems, countries)
    raise document.lines.error(problems)


def _validate(data: dict[Any, Any], lines: Lines) -> tuple[Blueprint | None, list[Problem]]:
    try:
        return Blueprint.model_validate(data, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, explain(error.errors(include_url=False), Blueprint, lines)


def not_said_yet(problems: list[Problem], said: list[Problem]) -> list[Problem]:
    """Without what follows from a value that could not be read: its line has been named already."""
    unread = {tuple(map(str, problem.path)) for problem in said if problem.path}
    unread |= {path[:-1] for path in unread}
    return [one for one in problems if tuple(map(str, one.path)) not in unread]


def _check_the_rest(data: dict[Any, Any], problems: list[Problem], countries: frozenset[str]) -> list[Problem]:
    """What can be said across the document when parts of it are wrong, so that nobody fixes a file line by line."""
    rest = _Rest(copy.deepcopy(data))
    for problem in problems:
        rest.take_out(problem.path)
    try:
        blueprint = Blueprint.model_validate(rest.data, by_alias=True, by_name=False)
    except ValidationError:
        return []
    broken = Broken(frozenset(rest.names), frozenset(rest.columns))
    return [one for one in check(blueprint, countries, broken) if not rest.is_out(one.path)]


class _Rest:
    """A document whose wrong parts are taken out or replaced by harmless stand-ins."""

    def __init__(self, data: dict[Any, Any]) -> None:
        self.data = data
        self.names: set[str] = set()
        self.columns: set[tuple[str, str]] = set()
        self.out: set[Path] = set()

    def is_out(self, path: Path) -> bool:
        return any(path[: len(one)] == one for one in self.out)

    def take_out(self, path: Path) -> None:
        match path:
            case ("tables", table, "columns", str(column), *_):
                self._column(str(table), column)
            case ("tables", table, "rows" | "arrives" as name, *_):
                self._replace(path[:3], 1 if name == "rows" else {})
                self.out.add(("tables", table, name))
            case ("tables", table, str(name), *_) if name != "columns":
                self._remove(path[:3])
            case ("tables" | "views" | "models" | "optimize" | "volumes", name, *_):
                self.names.add(str(name))
                self._remove(path[:2])
            case ("demo", *_):
                self._replace(("demo",), "demo")
            case (_, *_):
                self._remove(path[:1])

    def _column(self, table: str, column: str) -> None:
        self.columns.add((table, column))
        path: Path = ("tables", table, "columns", column)
        if is_identifier(column):
            self._replace(path, _STAND_IN)
            self.out.add(path)
        else:
            self._remove(path)

    def _parent(self, path: Path) -> dict[Any, Any] | None:
        node: Any = self.data
        for part in path[:-1]:
            node = node.get(part) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def _remove(self, path: Path) -> None:
        self.out.add(path)
        parent = self._parent(path)
        if parent is not None:
            parent.pop(path[-1], None)

    def _replace(self, path: Path, value: Any) -> None:
        parent = self._parent(path)
        if parent is not None:
            parent[path[-1]] = value

"""YAML text to plain values, with the line of every path and every trap that YAML lays for its writer.

Built from the parser's events, not from PyYAML's constructors: nothing can be executed, repeated keys are seen, depth
is bounded while reading, and plain words follow YAML 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from yaml.error import MarkedYAMLError

from demo_factory.blueprint.errors import BlueprintError, Problem
from demo_factory.blueprint.scalars import Plain, ScalarError, read_plain
from demo_factory.blueprint.suggestions import LONGEST_SHOWN, show
from demo_factory.blueprint.syntax import explain_syntax

LARGEST_FILE = 1_000_000
DEEPEST = 20
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# libyaml reads a blueprint sixteen times faster than the parser in pure Python; both are tested to say the same.
FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]
_MISSING: Any = object()


def _words(path: Path) -> tuple[str, ...]:
    return tuple(str(part) for part in path)


@dataclass(frozen=True)
class Lines:
    """Where each path of a file stands. Anyone who finds a problem later gives its path and gets its line here."""

    file: str
    marks: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)

    def known(self, path: Path) -> Path:
        """The part of a path that is written in the file; what short forms and defaults imply is left out."""
        found: Path = ()
        for part in path:
            if _words((*found, part)) in self.marks:
                found = (*found, part)
        return found

    def locate(self, path: Path) -> tuple[int | None, int | None]:
        """Line and column, from 1, of a path or of the nearest part of it that is written in the file."""
        return self.marks.get(_words(self.known(path)), (None, None))

    def place(self, problem: Problem) -> Problem:
        """The problem with its line; its path as it is written in the file."""
        if problem.line is not None:
            return problem
        line, column = self.locate(problem.path)
        return replace(problem, path=self.known(problem.path) if self.marks else problem.path, line=line, column=column)

    def error(self, problems: list[Problem]) -> BlueprintError:
        """One error of all the problems, in the order of their lines, each said once."""
        placed = list(dict.fromkeys(self.place(problem) for problem in problems))
        return BlueprintError(sorted(placed, key=lambda one: (one.line or 0, one.column or 0)), self.file)


@dataclass(frozen=True)
class Document:
    """What a file holds. `data` is None when the text cannot be read at all."""

    data: dict[Any, Any] | None
    lines: Lines
    problems: list[Problem]


@dataclass(frozen=True)
class Kind:
    """What messages call a file of this kind, how to begin one, and why it is one document."""

    name: str = "blueprint"
    start: str = "start with `demo-factory new NAME`"
    single: str = "keep one demo a file"
    first: str = "start with `demo: NAME`"


BLUEPRINT = Kind()


class _StopReadingError(Exception):
    """Reading on makes no sense."""


class NotTextError(ValueError):
    """What a file holds is no text of YAML; knows the line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def decode(content: bytes) -> str:
    """UTF-8 bytes as text, without a byte order mark.

    Raises:
        NotTextError: names the first byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} (0x{content[error.start]:02x}, line {line}) is not UTF-8: save the file as UTF-8"
        raise NotTextError(message, line) from None


def read_document(content: str | bytes, file: str, parser: Any = FASTEST, kind: Kind = BLUEPRINT) -> Document:
    """Read YAML text; never raises for what the text holds.

    Args:
        content: text, or bytes in UTF-8.
        file: the name that messages give.
        parser: PyYAML's loader class whose parser is used.
        kind: what messages call the file.
    """
    lines = Lines(file)
    try:
        text = _text(content, kind)
        reader = _Reader(yaml.parse(text, Loader=parser), lines, kind)
    except ValueError as error:
        line = error.line if isinstance(error, NotTextError) else None
        return Document(None, lines, [Problem((), str(error), line=line)])
    try:
        data = reader.document()
    except _StopReadingError:
        return Document(None, lines, reader.problems)
    except MarkedYAMLError as error:
        message, remedy, line, column = explain_syntax(error, text)
        reader.problems.append(Problem((), message, remedy, line, column))
        return Document(None, lines, reader.problems)
    except yaml.YAMLError as error:
        return Document(None, lines, [*reader.problems, Problem((), f"this is not valid YAML: {error}")])
    return Document(data, lines, reader.problems)


def _text(content: str | bytes, kind: Kind) -> str:
    if len(content) > LARGEST_FILE:
        raise ValueError(f"the text is {len(content):,} long: a {kind.name} has at most {LARGEST_FILE:,} bytes")
    text = decode(content) if isinstance(content, bytes) else content
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise NotTextError(f"line {line} holds the control character U+{ord(control[0]):04X}: remove it", line)
    return text


class _Reader:
    def __init__(self, events: Iterator[Any], lines: Lines, kind: Kind) -> None:
        self.events = events
        self.kind = kind
        self.marks = lines.marks
        self.problems: list[Problem] = []

    def problem(self, path: Path, event: Any, message: str, remedy: str = "") -> None:
        mark = event.start_mark
        self.problems.append(Problem(path, message, remedy, mark.line + 1, mark.column + 1))

    def mark(self, path: Path, event: Any) -> None:
        self.marks.setdefault(_words(path), (event.start_mark.line + 1, event.start_mark.column + 1))

    def document(self) -> dict[Any, Any]:
        next(self.events)
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.problems.append(Problem((), "the file is empty", self.kind.start))
            raise _StopReadingError
        root = next(self.events)
        self.mark((), root)
        data = self.value(root, ())
        next(self.events)
        after = next(self.events)
        if isinstance(after, yaml.DocumentStartEvent):
            self.problem((), after, "a second document starts with ---", self.kind.single)
        if not isinstance(data, dict):
            if not self.problems:
                self.problem((), root, f"a {self.kind.name} is a mapping, not {show(data)}", self.kind.first)
            raise _StopReadingError
        return data

    def value(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.AliasEvent):
            self.problem(path, event, f"*{event.anchor}: aliases are not supported", "write the value out")
            return _MISSING
        if event.tag is not None:
            self.problem(path, event, f"the tag {_tag(event.tag)} is not supported", "remove the tag")
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event, path)
        if len(path) >= DEEPEST:
            self.too_deep(event, path)
        return self.sequence(path) if isinstance(event, yaml.SequenceStartEvent) else self.mapping(event, path)

    def scalar(self, event: yaml.ScalarEvent, path: Path) -> Plain:
        if not event.implicit[0] or event.tag is not None:
            return event.value  # quoted or block text
        if event.value == "":
            self.problem(path, event, "has no value", "write one or remove the line")
            return _MISSING  # type: ignore[no-any-return]
        try:
            value = read_plain(event.value)
        except ScalarError as error:
            self.problem(path, event, error.message, error.remedy)
            return _MISSING  # type: ignore[no-any-return]
        if value is None:
            self.problem(path, event, f"{event.value} is no value here", "remove the line, or put the text in quotes")
            return _MISSING  # type: ignore[no-any-return]
        return value

    def sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self.mark(here, event)
            item = self.value(event, here)
            items.append(None if item is _MISSING else item)
        return items

    def mapping(self, start: yaml.MappingStartEvent, path: Path) -> dict[Any, Any]:
        entries: dict[Any, Any] = {}
        seen: dict[Any, int] = {}
        bare = _BareWords(self, path)
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event, path)
            value_event = next(self.events)
            if start.flow_style and key is not _MISSING and _is_empty(value_event):
                bare.add(event, key)
                continue
            bare.end()
            bare.before = (event, value_event)
            if key is _MISSING:
                self.value(value_event, path)
                continue
            here = (*path, str(key))
            self.mark(here, event)
            value = self.value(value_event, here)
            if key in seen:
                self.problem(here, event, f"{show(key)} stands twice, first in line {seen[key]}", "keep one")
                continue
            seen[key] = event.start_mark.line + 1
            if value is not _MISSING:
                entries[key] = value
        bare.end()
        return entries

    def skip(self, event: Any, path: Path) -> None:
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth <= 0:
                return
            if depth > DEEPEST:
                self.too_deep(event, path)
            event = next(self.events)

    def too_deep(self, event: Any, path: Path) -> None:
        self.problem(path[:4], event, f"nested deeper than {DEEPEST} levels", "no blueprint needs more")
        raise _StopReadingError

    def key(self, event: Any, path: Path) -> Any:
        if not isinstance(event, yaml.ScalarEvent):
            self.skip(event, path)
            self.problem(
                path, event, "a list, mapping or alias cannot be a name", "write `name: value`; quote {…} in text"
            )
            return _MISSING
        if _is_empty(event):
            self.problem(path, event, "a name is missing before the colon", "write `name: value`")
            return _MISSING
        return self.value(event, path)


def _tag(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _is_empty(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "" and event.implicit[0] and event.tag is None


class _BareWords:
    """Names without values in {...}: nearly always the rest of a text that has a comma and no quotes."""

    def __init__(self, reader: _Reader, path: Path) -> None:
        self.reader = reader
        self.path = path
        self.before: tuple[Any, Any] | None = None
        self.run: list[Any] = []

    def add(self, event: Any, key: Any) -> None:
        self.reader.mark((*self.path, str(key)), event)
        self.run.append(event)

    def end(self) -> None:
        if self.run:
            first = self.run[0]
            words = ", ".join(str(event.value) for event in self.run)
            path = (*self.path, str(first.value))
            self.reader.problem(path, first, f"{show(words)} has no value", self.remedy(words))
        self.run = []

    def remedy(self, words: str) -> str:
        name, colon, value = words.partition(":")
        if colon and name and value and "," not in words:
            return f"write a space after the colon: `{name}: {value}`"
        if self.before and isinstance(self.before[1], yaml.ScalarEvent) and not _is_empty(self.before[1]):
            key, text = self.before[0].value, f"{self.before[1].value}, {words}"
            whole = f": `{key}: '{text}'`" if len(text) <= LONGEST_SHOWN and "'" not in text else ""
            return f"quote the text of {key!r} if the comma belongs to it{whole}"
        return f"write `{words.split(',')[0]}: value`, or a list as [a, b]"

"""What the terminal shows: plain words and tables on stdout, trouble on stderr, readable in a log file too."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Column, Table

_MAY_GO = "_columns_that_may_go"
_WIDE = 160  # a pipe or a log has no width: do not fold what a person will search later


def console(stream: TextIO | None = None) -> Console:
    """A console on stdout (or another stream), as wide as the terminal; NO_COLOR and COLUMNS are obeyed."""
    from rich.console import Console

    stream = stream or sys.stdout
    return Console(file=stream, width=None if _has_width(stream) else _WIDE, highlight=False, markup=False, emoji=False)


def never_stumble() -> None:
    """A letter that stdout cannot show becomes a question mark, where Python would end with an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def shows_all_letters(stream: TextIO) -> bool:
    """Whether a stream takes every letter there is; for those that do not, JSON has a way to write it."""
    return (stream.encoding or "utf").lower().startswith("utf")


def _has_width(stream: TextIO) -> bool:
    return stream.isatty() or os.environ.get("COLUMNS", "").isdigit()


def columns() -> int:
    """How wide stdout is; a pipe or a log is as wide as any line."""
    return shutil.get_terminal_size().columns if _has_width(sys.stdout) else _WIDE


def line(text: str = "") -> None:
    """Lines on stdout, more of them where a terminal is narrower: words stay whole, and commands on one line."""
    print("\n".join(map(_fitted, text.split("\n"))))


def _fitted(text: str) -> str:
    if len(text) <= columns() or not _has_width(sys.stdout) or text.lstrip().startswith("demo-factory "):
        return text
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    return textwrap.fill(
        text,
        columns(),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )


def trouble(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr)


def as_json(value: object) -> None:
    """A value as JSON on stdout; dates and the like as text."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=not shows_all_letters(sys.stdout)))


def table(headings: dict[str, str], may_go: Sequence[str] = ()) -> Table:
    """An empty table without lines.

    Args:
        headings: each is 'left' or 'right'.
        may_go: columns that are left out, in this order, where a terminal is too narrow for whole words.
    """
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in headings.items():
        wrap = "fold" if justify == "left" else "ellipsis"
        made.add_column(heading, justify="right" if justify == "right" else "left", overflow=wrap)  # type: ignore[arg-type]
    setattr(made, _MAY_GO, may_go)
    return made


def _fit(table: Table, width: int) -> Table:
    """Keep words whole where a terminal is narrow: columns that may go do, and those with the most text wrap."""

    def taken(columns: Sequence[Column], of: Callable[[Column], int]) -> int:
        return sum(map(of, columns)) + 2 * (len(columns) - 1)

    columns, may_go = list(table.columns), list(getattr(table, _MAY_GO, ()))
    while may_go and taken(columns, _longest_word) > width:
        gone = may_go.pop(0)
        columns = [column for column in columns if column.header != gone]
    spare = width - taken(columns, _longest_word)
    if spare < 0 or taken(table.columns, _longest_line) <= width:
        return table
    for column in sorted(columns, key=lambda one: _longest_line(one) - _longest_word(one)):
        more = min(spare, _longest_line(column) - _longest_word(column))
        column.width, spare = _longest_word(column) + more, spare - more
    made = type(table)(*columns, box=None, pad_edge=False, header_style="bold")
    made.rows = table.rows
    return made


def _longest_word(column: Column) -> int:
    return max((len(word) for cell in (column.header, *column.cells) for word in str(cell).split()), default=0)


def _longest_line(column: Column) -> int:
    return max((len(line) for cell in (column.header, *column.cells) for line in str(cell).splitlines()), default=0)


def show(*what: Any) -> None:
    """Print tables, trees or texts of rich on stdout, without the blanks that fill their lines."""
    from rich.table import Table

    out = console()
    with out.capture() as captured:
        for one in what:
            out.print(_fit(one, out.width) if isinstance(one, Table) else one)
    for text in captured.get().splitlines():
        print(text.rstrip())


def destroying(demo: str, on: str) -> str:
    """The command that takes a demo away."""
    import shlex

    return f"demo-factory destroy {shlex.quote(demo)}{on}"


def number(value: int | None) -> str:
    """12,345, or nothing."""
    return "" if value is None else f"{value:,}"


def counted(count: int, noun: str) -> str:
    """'1 table', '2 tables'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def now(text: str = "") -> None:
    """On a terminal, what is being done right now, until the next such line; in a log nothing."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{text[:width]}", end="", file=sys.stderr, flush=True)

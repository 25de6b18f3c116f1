"""What the terminal shows: plain words and tables on stdout, trouble on stderr, readable in a log file too."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDE = 160  # a pipe or a log has no width: do not fold what a person will search later


def console(stream: TextIO | None = None) -> Console:
    """A console on stdout (or another stream), as wide as the terminal; NO_COLOR and COLUMNS are obeyed."""
    from rich.console import Console

    stream = stream or sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS", "").isdigit() else _WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def never_stumble() -> None:
    """A letter that stdout cannot show becomes a question mark, where Python would end with an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def shows_all_letters(stream: TextIO) -> bool:
    """Whether a stream takes every letter there is; for those that do not, JSON has a way to write it."""
    return (stream.encoding or "utf").lower().startswith("utf")


def line(text: str = "") -> None:
    """One line on stdout."""
    print(text)


def trouble(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr)


def as_json(value: object) -> None:
    """A value as JSON on stdout; dates and the like as text."""
    print(json.dumps(value, indent=2, default=str, ensure_ascii=not shows_all_letters(sys.stdout)))


def table(headings: dict[str, str]) -> Table:
    """An empty table without lines; headings map to 'left' or 'right'."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in headings.items():
        wrap = "fold" if justify == "left" else "ellipsis"
        made.add_column(heading, justify="right" if justify == "right" else "left", overflow=wrap)  # type: ignore[arg-type]
    return made


def show(*what: Any) -> None:
    """Print tables, trees or texts of rich on stdout, without the blanks that fill their lines."""
    out = console()
    with out.capture() as captured:
        for one in what:
            out.print(one)
    for text in captured.get().splitlines():
        print(text.rstrip())


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

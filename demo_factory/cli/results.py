"""Rows of a query for people (a table) and for programs (CSV, JSON)."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TextIO

from demo_factory.cli import output

Format = Literal["table", "csv", "json"]
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")


def is_number(kind: str) -> bool:
    """Whether a Spark type, as its simple string, is a number."""
    return kind.split("(")[0] in _NUMBERS


def print_table(names: Sequence[str], kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Print rows for people; gives how many there were."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in zip(names, kinds, strict=True):
        right = is_number(kind)
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold", no_wrap=right)
    count = 0
    for row in rows:
        table.add_row(*(Text("NULL", style="dim") if value is None else Text(shown(value)) for value in row))
        count += 1
    output.show(table)
    return count


def print_csv(names: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO | None = None) -> int:
    """Write rows as CSV with a heading; NULL is an empty field."""
    writer = csv.writer(to or sys.stdout, lineterminator="\n")
    writer.writerow(names)
    count = 0
    for row in rows:
        writer.writerow("" if value is None else exact(value) for value in row)
        count += 1
    return count


def print_json(names: Sequence[str], rows: Iterable[Sequence[Any]], to: TextIO | None = None) -> int:
    """Write rows as one JSON array, an object a row; decimals stay exact as text."""
    out = to or sys.stdout
    count = 0
    for text in _json_rows(names, rows, ascii_alone=not output.shows_all_letters(out)):
        out.write(("[\n" if count == 0 else ",\n") + text)
        count += 1
    out.write("[]\n" if count == 0 else "\n]\n")
    return count


def _json_rows(names: Sequence[str], rows: Iterable[Sequence[Any]], ascii_alone: bool) -> Iterator[str]:
    for row in rows:
        yield json.dumps(dict(zip(names, map(plain, row), strict=True)), ensure_ascii=ascii_alone, default=str)


def plain(value: Any) -> Any:
    """A cell as JSON knows it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case decimal.Decimal() | dt.date():
            return exact(value)
        case bytes() | bytearray():
            return bytes(value).hex()
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case _ if hasattr(value, "asDict"):
            return {name: plain(one) for name, one in value.asDict().items()}
        case list() | tuple():
            return [plain(one) for one in value]
    return str(value)


def exact(value: Any) -> str:
    """A cell as text that loses nothing; times are UTC."""
    match value:
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.isoformat(sep=" ")
        case decimal.Decimal():
            return f"{value:f}"
        case str() | int() | float() | dt.date():
            return str(value)
    made = plain(value)
    return made if isinstance(made, str) else json.dumps(made, ensure_ascii=False, default=str)


def shown(value: Any) -> str:
    """A cell for people: a float with at most six decimals."""
    if isinstance(value, float) and value == value and abs(value) not in (0.0, float("inf")):
        small = abs(value) < 1e-4 or abs(value) >= 1e15
        return f"{value:.6g}" if small else f"{value:,.6f}".replace(",", "").rstrip("0").rstrip(".")
    return exact(value)

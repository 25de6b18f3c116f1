"""Tables and small pictures as Dagster's page shows them: at once and without a button.

Of a metadata entry the page shows Markdown at once below 1,000 characters and hides what is longer behind a button
(MetadataEntry.tsx of dagster-webserver 1.13); a table of Dagster's own is shown at once whatever its length.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import dagster as dg

AT_ONCE = 999  # characters of Markdown
_INK, _BAR, _MARK = "#475569", "#2f6f8f", "#d97706"
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"'
_WIDTH, _HEIGHT = 364, 46


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MetadataValue[Any]:
    """Rows as a table that is seen at once: Markdown while that is short enough, and else a table of Dagster's own."""
    text = grid(columns, rows)
    if len(text) <= AT_ONCE:
        return dg.MetadataValue.md(text)
    records = [dg.TableRecord({name: _plain(cell) for name, cell in zip(columns, row, strict=True)}) for row in rows]
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    return dg.MetadataValue.table(records, schema)


def grid(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as Markdown."""
    lines = [[_cell(name) for name in columns], ["---"] * len(columns), *([_cell(one) for one in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def picture(image: bytes, kind: str) -> dg.MarkdownMetadataValue:
    """An image inside its own address: the page asks no server for it.

    Args:
        kind: of the media type, such as `png`.
    """
    return dg.MetadataValue.md(f"![plot](data:image/{kind};base64,{base64.b64encode(image).decode()})")


def time_line(amounts: Sequence[int], above: str, left: str, right: str) -> bytes:
    """Amounts of equal spans of time as a filled line of steps, an SVG small enough to be shown at once.

    Args:
        amounts: at most 53 of them.
        above, left, right: what stands over the line, and below its two ends.
    """
    wide, most = _WIDTH // max(len(amounts), 1), max([1, *amounts])
    heights = [round(_HEIGHT * amount / most) for amount in amounts]
    line = "".join(f"v{before - now}h{wide}" for before, now in zip([0, *heights], heights, strict=False))
    end, base = wide * len(amounts), _HEIGHT + 14
    return (
        f'{_SVG} width="{end}" height="{base + 14}" font-size="10" fill="{_INK}">'
        f'<path d="M0 {base}{line}V{base}z" fill="{_BAR}"/><text y="9">{escape(above)}</text>'
        f'<text y="{base + 11}">{left}</text><text x="{end}" y="{base + 11}" text-anchor="end">{right}</text></svg>'
    ).encode()


def bars(shares: Mapping[str, float], marks: Mapping[str, float]) -> bytes:
    """Shares between 0 and 1 as bars, each with a mark to compare it with where there is one, as a small SVG."""
    drawn, marked, words = "", "", ""
    for place, (name, share) in enumerate(shares.items()):
        y = 16 * place
        drawn += f"M70 {y + 3}h{round(200 * share)}v9H70"
        words += f'<text y="{y + 11}">{escape(name)}</text>'
        if name in marks:
            marked += f"M{round(70 + 200 * marks[name])} {y + 1}v13h2v-13"
    size = f'width="272" height="{16 * len(shares)}"'
    return (
        f'{_SVG} {size} font-size="11" fill="{_INK}">{words}'
        f'<path d="{drawn}" fill="{_BAR}"/><path d="{marked}" fill="{_MARK}"/></svg>'
    ).encode()


def _cell(value: object) -> str:
    number = isinstance(value, int) and not isinstance(value, bool)
    text = "" if value is None else f"{value:,}" if number else str(value)
    return escape(text, quote=False).replace("|", "\\|").replace("\n", " ")[:80]


def _plain(value: object) -> str | int | float | bool:
    return value if isinstance(value, str | int | float | bool) else "" if value is None else str(value)

"""The statements of the corpora, read from their files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A query as somebody wrote it.

    Args:
        marks: `ordered`: its rows come in order; `guard`: it makes no view, since its columns have no names
            or the same, or it names a catalog or schema.
        plain: the same for Spark alone: where the text says `:as_of` the date stands, written by hand.
    """

    id: str
    text: str
    marks: frozenset[str]
    plain: str


def entries(folder: str) -> list[Entry]:
    """All entries of a folder's files: each begins with `--- id marks`; `--- plain` belongs to the last."""
    found: list[Entry] = []
    for file in sorted((HERE / folder).glob("*.sql")):
        for part in ("\n" + file.read_text(encoding="utf-8")).split("\n--- ")[1:]:
            head, _, text = part.partition("\n")
            name, *marks = head.split()
            text = text.strip("\n")
            if name == "plain":
                found[-1] = replace(found[-1], plain=text)
            else:
                found.append(Entry(name, text, frozenset(marks), text))
    names = [one.id for one in found]
    assert len(set(names)) == len(names), sorted({name for name in names if names.count(name) > 1})
    return found

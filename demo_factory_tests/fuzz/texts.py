"""Changes of a blueprint's text, as editors and merges make them: lines, signs, anchors, tags."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from demo_factory_tests.fuzz import material


def _lines(change: Callable[[random.Random, list[str], int], None]) -> Callable[[random.Random, str], str]:
    def changed(rng: random.Random, text: str) -> str:
        lines = text.splitlines()
        change(rng, lines, rng.randrange(len(lines)))
        return "\n".join(lines) + "\n"

    return changed


def _anchor(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = re.sub(r": (?=\S)", ": &x ", lines[at], count=1)
    other = rng.randrange(len(lines))
    lines[other] = re.sub(r": \S.*", ": *x", lines[other], count=1)


def _merge(rng: random.Random, lines: list[str], at: int) -> None:
    lines.insert(at, lines[at][: -len(lines[at].lstrip()) or None] + "<<: *x")


def _tag(rng: random.Random, lines: list[str], at: int) -> None:
    lines[at] = lines[at].replace(": ", f": {rng.choice(material.TAGS)} ", 1)


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def _sign(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(material.SIGNS) + text[at + rng.randrange(2) :]


TEXTUAL: tuple[tuple[str, Callable[[random.Random, str], str]], ...] = (
    ("line dropped", _lines(lambda rng, lines, at: lines.__delitem__(at))),
    ("line twice", _lines(lambda rng, lines, at: lines.insert(at, lines[at]))),
    ("line moved", _lines(lambda rng, lines, at: lines.insert(rng.randrange(len(lines)), lines.pop(at)))),
    ("line indented", _lines(lambda rng, lines, at: lines.__setitem__(at, rng.choice((" ", "  ", "\t")) + lines[at]))),
    ("line outdented", _lines(lambda rng, lines, at: lines.__setitem__(at, lines[at].lstrip()))),
    ("anchor", _lines(_anchor)),
    ("merge key", _lines(_merge)),
    ("tag", _lines(_tag)),
    ("cut", _cut),
    ("sign", _sign),
    ("two documents", lambda rng, text: text + "---\n" + text),
    ("carriage returns", lambda rng, text: text.replace("\n", rng.choice(("\r\n", "\r", "\u2028")))),
    ("byte order mark", lambda rng, text: "\ufeff" + text),
)  # fmt: skip

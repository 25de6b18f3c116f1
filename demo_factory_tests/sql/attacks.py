"""The attacks, and what must never come of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from demo_factory_tests.sql.demo import MASKED, NOTHING, ONE_TABLE, WORLDS
from demo_factory_tests.sql.worlds import Built, Outcome, ask, unguarded

WHO = {"masked": (MASKED,), "one_table": (ONE_TABLE,), "nothing": (NOTHING,), "all": (MASKED, ONE_TABLE, NOTHING)}
MASKED_COLUMNS = {"customers": ("email", "income", "born", "nick", "factor", "profile"), "sales": ("card",)}
# Beside the words of the worlds: in any case, backwards, as hex, and the numbers that stand before each id.
_SECRETS = re.compile(r"KANARI|IRANAK|4B414E415249|913847|TANUKI|IKUNAT|54414E554B49|624195", re.IGNORECASE)
_INNER = re.compile(r"raw_[0-9a-f]{8,}|guard_\d+_[0-9a-f]{8,}")  # where the guard keeps raw tables: nobody may learn it
_JAVA = re.compile(r"\bat (org|java|scala)\.|Exception in thread|Traceback|Py4J")


@dataclass(frozen=True)
class Attack:
    """A statement, who tries it, and the end: `refused`; `harmless`, it runs and tells nothing; `safe`: one of both."""

    id: str
    principal: str
    end: str
    text: str


def attacks() -> list[Attack]:
    """All attacks of the files: a line each, `who end: statement`, where ⏎ is a new line."""
    found = []
    for file in sorted((Path(__file__).parent / "attacks").glob("*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            if not line:
                continue
            head, _, text = line.partition(":")
            who, end = head.split()
            assert end in ("refused", "harmless", "safe"), line
            for principal in WHO[who]:
                name = f"{file.stem}_{number:03}" + (f"_{principal.partition('@')[0]}" if who == "all" else "")
                found.append(Attack(name, principal, end, text.removeprefix(" ")))
    return found


def faults(built: tuple[Built, Built], attack: Attack) -> Iterator[str]:
    """Everything that is wrong with what came of an attack, in two worlds that look alike to the principal."""
    outcomes = []
    for one in built:
        text = one.filled(attack.text)
        try:
            outcome = ask(one, attack.principal, text)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault
            yield f"refused by {type(error).__name__}, which is no DemoError: {str(error)[:300]}"
            return
        outcomes.append(outcome)
        yield from leaks(one, text, outcome)
        if attack.end == "refused" and outcome.kind != "refused":
            yield f"not refused: {outcome.kind} {outcome.shown[:300]}"
        if attack.end == "harmless" and outcome.kind != "rows":
            yield f"{outcome.kind}, and it should run: {outcome.text[:300]}"
        if outcome.kind == "refused" and attack.end == "refused":
            return  # the other world has other rows, and no row was looked at
    first, second = (without_paths(one, attack.text, outcome) for one, outcome in zip(built, outcomes, strict=True))
    if first != second:
        yield f"the secrets make a difference:\n{first[:400]}\n--- and\n{second[:400]}"


def leaks(built: Built, text: str, outcome: Outcome) -> Iterator[str]:
    """Secrets, paths and Java in what the asker reads, and tables in the plan that are not behind their view."""
    said = outcome.shown
    for word in sorted(re.findall(r"[\w.@/-]{4,}", text), key=len, reverse=True):
        said = said.replace(word, "")  # what the asker wrote is no secret
    if found := _SECRETS.search(said):
        yield f"the secret {found[0]} is shown: {outcome.shown[:300]}"
    if found := _INNER.search(said):
        yield f"the inner name {found[0]} is shown: {outcome.shown[:300]}"
    if str(built.state.root) in said:
        yield f"a path is shown: {outcome.shown[:300]}"
    if outcome.kind == "refused" and _JAVA.search(said):
        yield f"the reason is Java's: {outcome.shown[:300]}"
    for one in unguarded(outcome.plan, MASKED_COLUMNS):
        yield f"the plan reads {one}"
    if built.touched.exists():
        built.touched.unlink() if built.touched.is_file() else None
        yield "a file was written"


def without_paths(built: Built, text: str, outcome: Outcome) -> str:
    """All that an asker reads, with the world's folder left out, which an attack may have named.

    Rows come sorted where nobody asked for an order: how Spark joins may hang on the size of a table's file.
    """
    if "ORDER BY" not in text.upper():
        outcome = replace(outcome, rows=tuple(sorted(outcome.rows)))
    return f"{outcome.kind}\n{outcome.shown}".replace(str(built.state.root.parent), "<folder>")


assert {world.word for world in WORLDS} == {"KANARI", "TANUKI"}

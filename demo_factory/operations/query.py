"""Queries on a built demo, where its tables and views go by their short names. Only reading is allowed."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import NotReady, WrongUsage
from demo_factory.blueprint.load import load
from demo_factory.operations.targets import open_workspace
from demo_factory.workspace.ledger import OBJECTS
from demo_factory.workspace.ports import Answers, Place

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.ports import Workspace

WRITE_ONE = 'Write one in quotes: demo-factory sql "SHOW TABLES"'
_READS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE")
_WRITES = re.compile(r"\b(insert|update|delete|merge|overwrite)\b", re.IGNORECASE)


def query(settings: Settings, demo: str | None, principal: str | None, on_trouble: Callable[[str], None]) -> Answers:
    """Who answers the queries of a session on a target, for oneself or as somebody; Spark starts with the first.

    Args:
        demo: whose short names; default the only one that is built.
        principal: as whom, where that can be.
        on_trouble: told a sentence when a query could not be noted.

    Raises:
        NotReady: the demo is not built there.
        WrongUsage: several demos are built and none is named, or nobody can ask as somebody else there.
    """
    if demo is not None and demo.endswith((".yaml", ".yml")):
        demo = load(Path(demo)).demo
    workspace = open_workspace(settings)
    return workspace.answers(_place(workspace, demo, settings), principal, on_trouble)


def _place(workspace: Workspace, demo: str | None, settings: Settings) -> Place:
    """The place of a built demo, as the ledger knows it."""
    made = [entry for entry in workspace.records.states() if entry.kind in OBJECTS]
    built = list(dict.fromkeys(entry.demo for entry in made))
    if demo is None and len(built) > 1:
        raise WrongUsage(f"Several demos are built: {', '.join(built)}.", "Say which with --demo NAME.")
    wanted = demo if demo is not None else built[0] if built else None
    if wanted is None or wanted not in built:
        name = wanted or "retail"
        said = f"The demo {name} is not built in" if wanted else "No demo is built in"
        raise NotReady(f"{said} {settings.traits.place}.", f"Build it first: {settings.building(name)}")
    kinds = {entry.key.split(".")[-1]: entry.kind for entry in made if entry.demo == wanted}
    catalog, schema, _ = next(entry.key.split(".") for entry in made if entry.demo == wanted)
    return Place(wanted, catalog, schema, dict(sorted(kinds.items())))


def read_only(query: str) -> str:
    """The one statement in a text, when it only reads.

    Raises:
        WrongUsage: nothing, several statements, or one that would write.
    """
    text = query.strip().rstrip(";").strip()
    words = text.lstrip("( \n").split(maxsplit=1)
    if not words:
        raise WrongUsage("There is no query.", WRITE_ONE)
    word, trees = words[0].upper(), _parse(text)
    if len(trees) > 1:
        raise WrongUsage("Only one statement at a time.", "Leave out everything after the first semicolon.")
    if not _only_reads(word, trees, text):
        raise WrongUsage(
            f"sql only reads, and {word} is no SELECT, SHOW, DESCRIBE or EXPLAIN.",
            "What a demo holds is changed in its blueprint, followed by demo-factory build.",
        )
    return text


def _parse(text: str) -> list[Any]:
    """The statements of a text; none when Spark alone can say what it means or what is wrong with it."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that it passes on unread
    try:
        return [tree for tree in sqlglot.parse(text, dialect="databricks") if tree is not None]
    except SqlglotError:
        return []


def _only_reads(word: str, trees: list[Any], text: str) -> bool:
    from sqlglot import exp

    if word in _READS:
        return True
    if trees:
        return isinstance(trees[0], exp.Query)
    return word in ("SELECT", "FROM", "WITH") and _WRITES.search(text) is None

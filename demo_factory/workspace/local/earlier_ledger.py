"""The tables of an earlier version's ledger: read once, and then gone."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from demo_factory.resources.resource import State
from demo_factory.workspace.earlier_ledger import as_states

_JSON = ("detail", "want")


def migrate(db: sqlite3.Connection) -> list[State]:
    """What the tables `objects` and `items` hold; they are dropped. Nothing when somebody was faster."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = as_states(*(_rows(db, name) if name in tables else [] for name in ("objects", "items")))
    for name in {"objects", "items"} & tables:
        db.execute(f"DROP TABLE {name}")
    return found


def _rows(db: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    rows = db.execute(f"SELECT * FROM {table} ORDER BY position")
    names = [column[0] for column in rows.description]
    return [
        {name: json.loads(value) if name in _JSON else value for name, value in zip(names, row, strict=True)}
        for row in rows
    ]

"""What `status --queries` shows: the slowest queries of the last days, on this machine or on a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from demo_factory.cli import output

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.plan.monitoring import Query

_TEXT = 90


def show_queries(demo: str | None, settings: Settings, as_json: bool) -> None:
    """Print the slowest queries of a demo, or of each."""
    from demo_factory.operations.status import slow_queries

    found = slow_queries(demo, settings)
    if as_json:
        output.as_json({name: [asdict(one) for one in queries] for name, queries in found.items()})
        return
    if not found:
        output.line("Nothing is built here yet, so nobody asked anything.")
    for name, queries in found.items():
        _print(name, queries, settings.target)


def _print(name: str, queries: Sequence[Query], target: str) -> None:
    from demo_factory.plan.monitoring import SLOW_DAYS

    where = "" if target == "local" else f" on {target}"
    if not queries:
        output.line(f"{name}{where}: no query in the last {SLOW_DAYS} days.")
    else:
        output.line(f"{name}{where}: the slowest queries of the last {SLOW_DAYS} days")
        output.line()
        table = output.table(
            {"began (UTC)": "left", "who": "left", "ms": "right", "rows": "right", "status": "left", "query": "left"}
        )
        for one in queries:
            text = " ".join(one.text.split())
            shown = text if len(text) <= _TEXT else f"{text[:_TEXT]}..."
            style = "" if one.status == "FINISHED" else "red"
            began = one.began[:19].replace("T", " ")
            row = (began, one.who, output.number(one.milliseconds), output.number(one.rows), one.status.lower(), shown)
            table.add_row(*row, style=style)
        output.show(table)
        output.line()
    if target == "local":
        output.line("Noted are the queries of demo-factory sql.")
    else:
        output.line("From system.query.history, about an hour behind and without what runs on classic clusters.")

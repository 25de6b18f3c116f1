"""What `status --queries` shows: the slowest queries of the last days, on this machine or on a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from demo_factory.cli import output

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.plan.monitoring import Query
    from demo_factory.workspace.traits import Traits

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
        _print(name, queries, settings.traits)


def _print(name: str, queries: Sequence[Query], traits: Traits) -> None:
    from demo_factory.plan.monitoring import SLOW_DAYS

    if not queries:
        output.line(f"{name}{traits.on}: no query in the last {SLOW_DAYS} days.")
    else:
        output.line(f"{name}{traits.on}: the slowest queries of the last {SLOW_DAYS} days")
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
    output.line(traits.noted)

"""What `status --queries` shows: the slowest queries of the last days, on this machine or on a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.cli import say

if TYPE_CHECKING:
    from demo_factory.plan.monitoring import Query
    from demo_factory.project import Settings
    from demo_factory.workspace.protocols import Workspace

_TEXT = 90


def show_queries(settings: Settings, workspace: Workspace, demos: Mapping[str, Path | None], as_json: bool) -> None:
    """Print the slowest queries of each demo."""
    found = {name: _of(settings, workspace, name, file) for name, file in demos.items()}
    if as_json:
        say.as_json({name: [asdict(one) for one in queries] for name, queries in found.items()})
        return
    if not found:
        say.line("Nothing is built here yet, so nobody asked anything.")
    for name, queries in found.items():
        _print(name, queries, settings.target)


def _of(settings: Settings, workspace: Workspace, name: str, file: Path | None) -> Sequence[Query]:
    """Of the catalog where the demo stands, or would stand."""
    from demo_factory.project import plan_demo

    catalogs = {entry.name.split(".")[0] for entry in workspace.records.entries(name)}
    if not catalogs and file is not None:
        plan = plan_demo(file, settings)
        return workspace.slow_queries(plan.demo, plan.catalog)
    return [query for catalog in sorted(catalogs) for query in workspace.slow_queries(name, catalog)]


def _print(name: str, queries: Sequence[Query], target: str) -> None:
    from demo_factory.plan.monitoring import SLOW_DAYS

    where = "" if target == "local" else f" on {target}"
    if not queries:
        say.line(f"{name}{where}: no query in the last {SLOW_DAYS} days.")
    else:
        say.line(f"{name}{where}: the slowest queries of the last {SLOW_DAYS} days")
        say.line()
        table = say.table(
            {"began (UTC)": "left", "who": "left", "ms": "right", "rows": "right", "status": "left", "query": "left"}
        )
        for one in queries:
            text = " ".join(one.text.split())
            shown = text if len(text) <= _TEXT else f"{text[:_TEXT]}..."
            style = "" if one.status == "FINISHED" else "red"
            began = one.began[:19].replace("T", " ")
            row = (began, one.who, say.number(one.milliseconds), say.number(one.rows), one.status.lower(), shown)
            table.add_row(*row, style=style)
        say.show(table)
        say.line()
    if target == "local":
        say.line("Noted are the queries of demo-factory sql.")
    else:
        say.line("From system.query.history, about an hour behind and without what runs on classic clusters.")

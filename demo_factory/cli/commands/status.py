"""The command status: how the demos stand now, and which of their queries were slow."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.options import AsJson, BuiltDemo, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.operations.status import DemoStatus

_RED = ("failed", "damaged", "unfinished")
_STYLES = {**dict.fromkeys(_RED, "red"), "fresh": "green", "stale": "yellow", "running": "cyan", "never built": "dim"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(status)


def status(
    context: typer.Context,
    demo: BuiltDemo = None,
    queries: Annotated[
        bool, typer.Option("--queries", metavar="", help="Instead the slowest queries of the last 7 days.")
    ] = False,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Say of each object whether it is fresh, stale, failed, unfinished, damaged, running or never built, and why.

    Stale: its newest day is older than its contract allows (fresh_within; without it any missing day counts), or its
    definition changed. Governed things that somebody changed by hand are stale. Nothing is written.

    Example: demo-factory status retail · demo-factory status retail --queries --target dev
    """
    from demo_factory.operations.status import status as look

    settings = state_of(context).settings(target)
    if queries:
        from demo_factory.cli.commands.slow import show_queries

        show_queries(demo, settings, as_json)
        return
    found = look(demo, settings)
    if as_json:
        output.as_json({one.name: _as_json(one, settings.target) for one in found})
        return
    if not found:
        output.line(f"Nothing is built here yet. Next: demo-factory list, {settings.building('retail')}")
    for one in found:
        _print(one, settings)


def _as_json(one: DemoStatus, target: str) -> dict[str, Any]:
    now = one.standing
    return {
        "target": target,
        "health": now.health,
        "counts": now.counts,
        "building": None if now.holder is None else str(now.holder),
        "note": one.note,
        "expires": None if one.expiry is None else one.expiry.day,
        "expired": one.expiry is not None and one.expiry.expired,
        "objects": [asdict(thing) for thing in now.objects],
    }


def _print(one: DemoStatus, settings: Settings) -> None:
    now = one.standing
    output.line(f"{one.name}{settings.traits.on}: {', '.join(f'{count} {word}' for word, count in now.counts.items())}")
    if one.note:
        output.line(f"Note: {one.note}.")
    if one.expiry is not None and one.expiry.built:
        said = f"{one.name} {one.expiry}"
        output.line(f"{said}: {output.destroying(one.name, settings.on)}" if one.expiry.expired else f"{said}.")
    if now.holder:
        output.line(f"Being written by {now.holder}.")
    output.line()
    heads = {"object": "left", "kind": "left", "status": "left", "rows": "right", "newest day": "left"}
    may_go = ("built", "kind", "rows", "newest day")
    table = output.table({**heads, "built": "left", "why": "left"}, may_go)
    for thing in now.objects:
        when = _local_time(thing.built) if thing.built else ""
        row = (
            thing.name,
            thing.kind,
            thing.status,
            output.number(thing.rows),
            thing.newest_day or "",
            when,
            thing.reason,
        )
        table.add_row(*row, style=_STYLES.get(thing.status, ""))
    output.show(table)
    output.line()
    if now.to_build or set(now.counts) != {"fresh"}:
        output.line(f"Next: {settings.building(one.name)}")


def _local_time(stamp: str) -> str:
    """A UTC stamp of the ledger as people here read it: 2026-01-31 14:05."""
    return dt.datetime.fromisoformat(stamp).astimezone().strftime("%Y-%m-%d %H:%M")

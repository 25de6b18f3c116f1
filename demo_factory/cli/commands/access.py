"""The command access: who sees what of a demo, as the blueprint says and as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.access.matrix import Access
    from demo_factory.operations.access import AccessReport, Cell


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(access)


def access(
    context: typer.Context,
    demo: DemoArgument,
    principal: Annotated[
        str | None, typer.Option("--as", metavar="PRINCIPAL", help="One group, service principal or user, in detail.")
    ] = None,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Show who sees what: the blueprint's word against what is in effect on the target. Nothing is written.

    Example: demo-factory access retail --as analysts
    """
    from demo_factory.operations.access import access as look

    settings = state_of(context).settings(target)
    found = look(demo, settings, principal)
    if as_json:
        output.as_json(_as_json(found))
        return
    plan = found.plan
    output.line(f"{plan.demo} on {found.target}: what is in effect in {plan.catalog}.{plan.schema}")
    output.line()
    output.show(_detail(found.cells) if principal is not None else _overview(found.cells))
    output.line()
    _summary(settings.building(demo), found)


def _overview(cells: Sequence[Cell]) -> Any:
    """Objects down, principals across; what is not as declared is marked."""
    by_place = {(one.declared.object, one.declared.principal): one for one in cells}
    principals = list(dict.fromkeys(one.declared.principal for one in cells))
    objects = {one.declared.object: one.declared.kind for one in cells}
    table = output.table({"object": "left", "kind": "left", **dict.fromkeys(principals, "left")}, ("kind",))
    for name, kind in objects.items():
        table.add_row(name, kind, *(_marked(by_place[name, who]) for who in principals))
    return table


def _marked(one: Cell) -> str:
    mark = " (!)" if one.differs else " (by hand)" if one.by_hand else ""
    return f"{one.effective.seen}{mark}"


def _detail(cells: Sequence[Cell]) -> Any:
    table = output.table({"object": "left", "column": "left", "sees": "left", "why": "left"})
    for one in cells:
        effective = one.effective
        style = "red" if one.differs else "yellow" if one.by_hand else "bold"
        table.add_row(effective.object, "", _marked(one), effective.why, style=style)
        if effective.rows != "all":
            table.add_row("", "", f"rows: {effective.rows}", "")
        for column, how in effective.columns.items():
            table.add_row("", column, how, "", style="dim" if how == "clear" else "")
    return table


def _summary(again: str, found: AccessReport) -> None:
    for line in found.notes:
        output.line(f"{line[:1].upper()}{line[1:]}")
    differing = [one for one in found.cells if one.differs]
    for one in differing:
        output.line(f"(!) {one.declared.object} for {one.declared.principal}: {one.differs}")
    if differing:
        output.line(f"{output.counted(len(differing), 'cell')} not as declared. Bring it to what the blueprint says:")
        output.line(f"  {again}")
    else:
        output.line(
            "In effect as declared, but for what was given by hand." if found.notes else "In effect as declared."
        )


def _as_json(found: AccessReport) -> dict[str, Any]:
    plan = found.plan
    return {
        "demo": plan.demo,
        "target": found.target,
        "catalog": plan.catalog,
        "schema": plan.schema,
        "by_hand": list(found.notes),
        "access": [
            {
                "principal": one.declared.principal,
                "object": one.declared.object,
                "kind": one.declared.kind,
                "declared": _cell(one.declared),
                "effective": _cell(one.effective),
                "difference": one.differs,
                "by_hand": one.by_hand,
            }
            for one in found.cells
        ],
    }


def _cell(one: Access) -> dict[str, Any]:
    return {"sees": one.seen, "why": one.why, "rows": one.rows, "columns": dict(one.columns)}

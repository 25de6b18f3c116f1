"""The command access: who sees what of a demo, as the blueprint says and as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.access.matrix import Access
    from demo_factory.resources.governed import Ref, Value
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.protocols import Workspace


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
    from demo_factory.access.privileges import Rights
    from demo_factory.access.unmanaged import in_words
    from demo_factory.operations.demos import find_demo, plan_demo
    from demo_factory.operations.targets import open_workspace

    state = state_of(context)
    settings = state.settings(target)
    workspace = open_workspace(settings)
    plan = plan_demo(find_demo(settings, demo), settings, workspace)
    read = _read(plan, workspace)
    principals = tuple(dict.fromkeys([*Rights(read.wanted).principals, *Rights(read.effective).principals]))
    if principal is not None:
        principals = (known(principal, principals),)
    cells = read.cells(plan, principals)
    notes = in_words(read.by_hand)
    if as_json:
        output.as_json(_as_json(plan, workspace.target, cells, notes))
        return
    output.line(f"{plan.demo} on {workspace.target}: what is in effect in {plan.catalog}.{plan.schema}")
    output.line()
    output.show(_detail(cells) if principal is not None else _overview(cells))
    output.line()
    _summary(settings.building(demo), cells, notes)


@dataclass(frozen=True)
class _Read:
    """Governed things as they are wanted, as they stand, and what people added to that by hand."""

    wanted: Mapping[Ref, Value | None]
    ours: Mapping[Ref, Value | None]
    by_hand: Mapping[Ref, Value]

    @property
    def effective(self) -> Mapping[Ref, Value | None]:
        """All that counts, whoever made it."""
        return {**self.ours, **{ref: value for ref, value in self.by_hand.items() if ref[0] != "tags"}}

    def cells(self, plan: DemoPlan, principals: Sequence[str]) -> list[_Cell]:
        """Each principal's view of each object."""
        from demo_factory.access.matrix import difference, matrix

        ways = (matrix(plan, values, principals) for values in (self.wanted, self.ours, self.effective))
        return [
            _Cell(declared, effective, difference(declared, ours), bool(difference(ours, effective)))
            for declared, ours, effective in zip(*ways, strict=True)
        ]


@dataclass(frozen=True)
class _Cell:
    """`differs` says what a build would mend; `by_hand` that people gave more than that, which it leaves alone."""

    declared: Access
    effective: Access
    differs: str
    by_hand: bool


def _read(plan: DemoPlan, workspace: Workspace) -> _Read:
    """On a laptop all that stands there counts, declared or not."""
    from demo_factory.access.unmanaged import items_of
    from demo_factory.workspace.apply import as_items
    from demo_factory.workspace.local.governor import LocalGovernor
    from demo_factory.workspace.observe import by_hand, gone

    items, added = items_of(plan), by_hand(plan, workspace)
    ours = dict(workspace.governor.find([*items, *as_items(gone(plan, workspace))]))
    if isinstance(workspace.governor, LocalGovernor):
        ours = {**{ref: value for ref, value in workspace.governor.everything().items() if ref not in added}, **ours}
    return _Read({item.ref: item.want for item in items}, ours, added)


def known(principal: str, principals: Sequence[str]) -> str:
    """The principal itself when somebody knows it.

    Raises:
        WrongUsage: with the nearest name.
    """
    from demo_factory.blueprint.errors import WrongUsage
    from demo_factory.blueprint.suggestions import did_you_mean

    if principal in principals:
        return principal
    hint = did_you_mean(principal, principals, "group, service principal or user: name some in governance")
    raise WrongUsage(f"Nobody here is called {principal}.", f"{hint[:1].upper()}{hint[1:]}")


def _overview(cells: Sequence[_Cell]) -> Any:
    """Objects down, principals across; what is not as declared is marked."""
    by_place = {(one.declared.object, one.declared.principal): one for one in cells}
    principals = list(dict.fromkeys(one.declared.principal for one in cells))
    objects = {one.declared.object: one.declared.kind for one in cells}
    table = output.table({"object": "left", "kind": "left", **dict.fromkeys(principals, "left")}, ("kind",))
    for name, kind in objects.items():
        table.add_row(name, kind, *(_marked(by_place[name, who]) for who in principals))
    return table


def _marked(one: _Cell) -> str:
    mark = " (!)" if one.differs else " (by hand)" if one.by_hand else ""
    return f"{one.effective.seen}{mark}"


def _detail(cells: Sequence[_Cell]) -> Any:
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


def _summary(again: str, cells: Sequence[_Cell], notes: Sequence[str]) -> None:
    for line in notes:
        output.line(f"{line[:1].upper()}{line[1:]}")
    differing = [one for one in cells if one.differs]
    for one in differing:
        output.line(f"(!) {one.declared.object} for {one.declared.principal}: {one.differs}")
    if differing:
        output.line(f"{output.counted(len(differing), 'cell')} not as declared. Bring it to what the blueprint says:")
        output.line(f"  {again}")
    else:
        output.line("In effect as declared, but for what was given by hand." if notes else "In effect as declared.")


def _as_json(plan: DemoPlan, target: str, cells: Sequence[_Cell], notes: Sequence[str]) -> dict[str, Any]:
    return {
        "demo": plan.demo,
        "target": target,
        "catalog": plan.catalog,
        "schema": plan.schema,
        "by_hand": list(notes),
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
            for one in cells
        ],
    }


def _cell(one: Access) -> dict[str, Any]:
    return {"sees": one.seen, "why": one.why, "rows": one.rows, "columns": dict(one.columns)}

"""The command access: who sees what of a demo, as the blueprint says and as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import say
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.plan.access import Access
    from demo_factory.plan.items import Item, Ref, Value
    from demo_factory.plan.steps import DemoPlan
    from demo_factory.workspace.protocols import Workspace

Pairs = Sequence[tuple["Access", "Access | None", str]]


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
    from demo_factory.plan.access import difference, matrix
    from demo_factory.plan.rights import Rights
    from demo_factory.project import find_demo, open_workspace, plan_demo

    state = state_of(context)
    settings = state.settings(target)
    workspace = open_workspace(settings)
    plan = plan_demo(find_demo(settings, demo), settings, workspace)
    items = _items(plan)
    wanted, found = {item.ref: item.want for item in items}, _found(workspace, items)
    principals = tuple(dict.fromkeys([*Rights(wanted).principals, *Rights(found).principals]))
    if principal is not None:
        principals = (known(principal, principals),)
    there = {(one.principal, one.object): one for one in matrix(plan, found, principals)}
    pairs = []
    for declared in matrix(plan, wanted, principals):
        effective = there[declared.principal, declared.object]
        pairs.append((declared, effective, difference(declared, effective)))
    if as_json:
        say.as_json(_as_json(plan, workspace.target, pairs))
        return
    say.line(f"{plan.demo} on {workspace.target}: what is in effect in {plan.catalog}.{plan.schema}")
    say.line()
    say.show(_detail(pairs) if principal is not None else _overview(pairs))
    say.line()
    _summary(demo, pairs)


def known(principal: str, principals: Sequence[str]) -> str:
    """The principal itself when somebody knows it.

    Raises:
        WrongUsage: with the nearest name.
    """
    from demo_factory.blueprint.wording import did_you_mean
    from demo_factory.cli.exits import WrongUsage

    if principal in principals:
        return principal
    hint = did_you_mean(principal, principals, "group, service principal or user: name some in governance")
    raise WrongUsage(f"Nobody here is called {principal}.", f"{hint[:1].upper()}{hint[1:]}")


def _items(plan: DemoPlan) -> list[Item]:
    from demo_factory.plan.steps import AccessPlan

    return [item for step in plan.of_kind("access") if isinstance(step.plan, AccessPlan) for item in step.plan.items]


def _found(workspace: Workspace, items: Sequence[Item]) -> Mapping[Ref, Value | None]:
    """What is there of the declared things; on a laptop also what nobody declared."""
    from demo_factory.workspace.local.governor import LocalGovernor

    found = dict(workspace.governor.find(items))
    if isinstance(workspace.governor, LocalGovernor):
        found |= workspace.governor.everything()
    return found


def _overview(pairs: Pairs) -> Any:
    """Objects down, principals across; what is not as declared is marked."""
    cells = {(one.object, one.principal): (one.seen, differs) for one, differs in _shown(pairs)}
    principals = list(dict.fromkeys(declared.principal for declared, *_ in pairs))
    objects = {declared.object: declared.kind for declared, *_ in pairs}
    table = say.table({"object": "left", "kind": "left", **dict.fromkeys(principals, "left")})
    for name, kind in objects.items():
        row = [cells[name, who] for who in principals]
        table.add_row(name, kind, *(f"{seen} (!)" if differs else seen for seen, differs in row))
    return table


def _detail(pairs: Pairs) -> Any:
    table = say.table({"object": "left", "column": "left", "sees": "left", "why": "left"})
    for one, differs in _shown(pairs):
        table.add_row(one.object, "", one.seen, one.why, style="red" if differs else "bold")
        if one.rows != "all":
            table.add_row("", "", f"rows: {one.rows}", "")
        for column, how in one.columns.items():
            table.add_row("", column, how, "", style="dim" if how == "clear" else "")
    return table


def _shown(pairs: Pairs) -> list[tuple[Access, str]]:
    return [(effective or declared, differs) for declared, effective, differs in pairs]


def _summary(demo: str, pairs: Pairs) -> None:
    count = sum(bool(differs) for *_, differs in pairs)
    for declared, _, differs in pairs:
        if differs:
            say.line(f"(!) {declared.object} for {declared.principal}: {differs}")
    if count:
        say.line(f"{say.counted(count, 'cell')} not as declared. Bring it to what the blueprint says:")
        say.line(f"  demo-factory build {demo}")
    else:
        say.line("In effect as declared.")


def _as_json(plan: DemoPlan, target: str, pairs: Pairs) -> dict[str, Any]:
    return {
        "demo": plan.demo,
        "target": target,
        "catalog": plan.catalog,
        "schema": plan.schema,
        "access": [
            {
                "principal": declared.principal,
                "object": declared.object,
                "kind": declared.kind,
                "declared": _cell(declared),
                "effective": _cell(effective) if effective else None,
                "difference": differs,
            }
            for declared, effective, differs in pairs
        ],
    }


def _cell(one: Access) -> dict[str, Any]:
    return {"sees": one.seen, "why": one.why, "rows": one.rows, "columns": dict(one.columns)}

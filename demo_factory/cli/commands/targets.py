"""The command targets: the workspaces that demos may stand on, and what is allowed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.options import AsJson
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.targets.model import Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Describe a demo")(targets)


def targets(
    context: typer.Context,
    as_json: AsJson = False,
    example: Annotated[
        bool, typer.Option("--example", metavar="", help="Print a commented file to start from.")
    ] = False,
) -> None:
    """List the workspaces that demos may stand on (targets.yaml), and what is allowed there.

    Example: demo-factory targets --example > targets.yaml
    """
    if example:
        from demo_factory.targets.example import EXAMPLE

        print(EXAMPLE, end="")
        return
    settings = state_of(context).settings()
    if as_json:
        output.as_json([_as_json(name, one, settings) for name, one in settings.targets.items()])
        return
    table = output.table(
        dict.fromkeys(("target", "kind", "env", "host", "auth", "compute", "destroy", "may make"), "left")
    )
    for name, one in settings.targets.items():
        said = settings.traits_of(name)
        table.add_row(name, said.about, one.env, one.host, said.login, said.compute, *_allowed(one))
    output.show(table)
    output.line()
    output.line(f"In use: {settings.target}. Another one: DEMO_FACTORY_TARGET=NAME")
    if len(settings.targets) == 1:
        output.line("Workspaces stand in targets.yaml: demo-factory targets --example > targets.yaml")


def _allowed(target: Target) -> tuple[str, str]:
    """Whether demos may be removed, and what may be made beside tables."""
    may = {name.removeprefix("create_"): yes for name, yes in target.allow.model_dump().items()}
    destroy = "yes" if may.pop("destroy") else "no"
    return destroy, ", ".join(name.replace("_", " ") for name, yes in may.items() if yes) or "nothing more"


def _as_json(name: str, target: Target, settings: Settings) -> dict[str, Any]:
    kind = settings.traits_of(name).kind
    return {"name": name, "kind": kind, "in_use": name == settings.target, **target.model_dump(mode="json")}

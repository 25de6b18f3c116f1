"""The command secrets: puts a demo's secrets into their scope, typed unseen."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from demo_factory.cli import output
from demo_factory.cli.options import AsJson, DemoArgument, Target
from demo_factory.cli.state import state_of


class Action(StrEnum):
    """What is done with them."""

    PUT = "put"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Deploy")(secrets)


def secrets(
    context: typer.Context,
    action: Annotated[Action, typer.Argument(metavar="put", help="Put them into their scope.")],
    demo: DemoArgument,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait for a build to end. Default: refuse.")
    ] = 0,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Put a demo's secrets into their scope on a workspace, once: jobs only read them there.

    Each value is typed unseen, or comes as a line of standard input, in the order of the blueprint. It is kept nowhere
    else. An empty line keeps the value that is there.

    Example: demo-factory secrets put retail --target dev
    """
    from demo_factory.operations.secrets import put_secrets

    report = put_secrets(demo, state_of(context).settings(target), _ask, wait)
    if as_json:
        output.as_json(asdict(report))
        return
    put = output.counted(len(report.put), "secret")
    kept = f", kept {len(report.kept)}" if report.kept else ""
    output.line(f"Put {put} into the scope {report.scope}{kept}.")


def _ask(key: str, about: str, there: bool) -> str:
    """A line of what is piped in, or what somebody types unseen."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    more = f" ({about})" if about else ""
    keeps = "; empty keeps the value that is there" if there else ""
    text = f"Value of the secret {key}{more}, unseen{keeps}"
    return str(typer.prompt(text, default="", hide_input=True, show_default=False, err=True))

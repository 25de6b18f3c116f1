"""The command predict: what the champion says of one entity, and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson, DemoArgument
from demo_factory.cli.state import state_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(predict)


def predict(
    context: typer.Context,
    demo: DemoArgument,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model of the demo.", autocompletion=complete.models)],
    entity: Annotated[str, typer.Argument(metavar="ID", help="Whom or what to predict, as CUST-0000001.")],
    as_json: AsJson = False,
) -> None:
    """Ask a model's champion about one entity: the prediction, its probabilities and the reasons.

    Example: demo-factory predict retail customer_segmentation CUST-0000001
    """
    from demo_factory.operations.predict import predict as ask

    found = ask(demo, model, entity, state_of(context).settings())
    if as_json:
        output.as_json(found)
    else:
        _print(entity, found)


def _print(entity: str, found: dict[str, Any]) -> None:
    output.line(f"{entity}: {found['prediction']} ({found['probability']:.0%} sure)")
    output.line(f"by {found['model']} version {found['model_version']}")
    output.line()
    chances = output.table({"class": "left", "probability": "right"})
    for name, chance in sorted(found["probabilities"].items(), key=lambda pair: -pair[1]):
        chances.add_row(str(name), f"{chance:.1%}")
    output.show(chances)
    output.line()
    if not found["reasons"]:
        output.line("No single feature speaks for it: with typical values the answer would be as likely.")
        return
    why = output.table({"because of": "left", "here": "right", "typical": "right", "adds": "right"})
    for one in found["reasons"]:
        here = "unknown" if one["value"] is None else _figure(one["value"])
        why.add_row(one["feature"], here, _figure(one["typical"]), f"{one['effect']:+.1%}")
    output.show(why)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:,.2f}"

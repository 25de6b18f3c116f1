"""The command predict: what the champion says of one entity, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson, DemoArgument
from demo_factory.cli.state import CliState, state_of

if TYPE_CHECKING:
    from demo_factory.resources.graph import DemoPlan, ModelPlan


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
    found = _predict(state_of(context), demo, model, entity)
    if as_json:
        output.as_json(found)
    else:
        _print(entity, found)


def _predict(state: CliState, demo: str, model: str, entity: str) -> dict[str, Any]:
    plan, wanted = _model(state, demo, model)
    workspace = state.workspace()
    workspace.warm_up(plan)  # Java boots while Python imports what learning needs
    from demo_factory.learn.predict import predict_one
    from demo_factory.operations.materialize import registry_of

    return predict_one(workspace.session(plan), wanted, registry_of(plan, workspace), entity)


def _model(state: CliState, demo: str, model: str) -> tuple[DemoPlan, ModelPlan]:
    """The plan of what was built last, and its model."""
    import datetime as dt

    from demo_factory.blueprint.errors import NotReady
    from demo_factory.blueprint.load import load
    from demo_factory.blueprint.suggestions import no_such
    from demo_factory.operations.demos import find_demo, plan_demo
    from demo_factory.resources.graph import ModelPlan

    settings, workspace = state.settings(), state.workspace()
    file = find_demo(settings, demo)
    facts = workspace.records.facts(load(file).demo)
    if facts.as_of is None:
        raise NotReady(f"The demo {demo} is not built in {workspace.state.root}.", f"Next: demo-factory build {demo}")
    plan = plan_demo(file, settings, workspace, dt.date.fromisoformat(facts.as_of))
    models = {step.name: step.plan for step in plan.of_kind("model") if isinstance(step.plan, ModelPlan)}
    if model not in models:
        raise no_such(f"{plan.demo} has no model {model!r}.", model, models, "Its blueprint names no models.")
    return plan, models[model]


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

"""What a model's champion says of one entity, and why."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import NotReady
from demo_factory.blueprint.load import load
from demo_factory.blueprint.suggestions import no_such
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.targets import open_local
from demo_factory.resources.graph import ModelPlan

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace


def predict(demo: str, model: str, entity: str, settings: Settings) -> dict[str, Any]:
    """The prediction, its probabilities by class and the features that speak for it, with their effects.

    Raises:
        NotReady: the demo is not built, or the model has no champion.
        WrongUsage: there is no such demo, model or entity; gives the nearest name.
    """
    workspace = open_local(settings)
    plan, wanted = _model(demo, model, settings, workspace)
    workspace.warm_up(plan)  # Java boots while Python imports what learning needs
    from demo_factory.learn.predict import predict_one
    from demo_factory.operations.materialize import registry_of

    return predict_one(workspace.session(plan), wanted, registry_of(plan, workspace), entity)


def _model(demo: str, model: str, settings: Settings, workspace: Workspace) -> tuple[DemoPlan, ModelPlan]:
    """The plan of what was built last, and its model."""
    file = find_demo(settings, demo)
    facts = workspace.records.facts(load(file).demo)
    if facts.as_of is None:
        raise NotReady(f"The demo {demo} is not built in {settings.traits.place}.", f"Next: demo-factory build {demo}")
    plan = plan_demo(file, settings, workspace, dt.date.fromisoformat(facts.as_of))
    models = {step.name: step.plan for step in plan.of_kind("model") if isinstance(step.plan, ModelPlan)}
    if model not in models:
        raise no_such(f"{plan.demo} has no model {model!r}.", model, models, "Its blueprint names no models.")
    return plan, models[model]

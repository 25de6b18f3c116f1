"""Where a step runs, by the target: in this process, on a cluster by the step launcher, or serverless by Pipes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import dagster as dg

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.operations.settings import Settings
from demo_factory.orchestration.execution import STEPS, Here

LAUNCHER = "pyspark_step_launcher"  # every asset with Spark work asks for it by this name


def launcher_resources(settings: Settings, budget_tag: str = "") -> Mapping[str, dg.ResourceDefinition]:
    """The two resources that decide where Spark work is done: Dagster's step launcher, and who does the steps.

    Args:
        budget_tag: marks the cost of all compute, where the target does not say another one.
    """
    target, traits = settings.targets[settings.target], settings.traits
    if traits.spark_here or traits.is_guest:
        return {
            LAUNCHER: _none(),
            STEPS: dg.ResourceDefinition.hardcoded_resource(Here(), "Steps run in this process."),
        }
    if find_spec("dagster_databricks") is None:
        raise MachineTrouble(
            f"dagster-databricks, which brings steps to {settings.target}, is not installed in this Python.",
            "Install it: pip install 'demo-factory[local]'",
        )
    tag = target.budget_tag or budget_tag
    if target.compute.cluster is not None:
        from demo_factory.orchestration.cluster import cluster_launcher

        here = dg.ResourceDefinition.hardcoded_resource(
            Here(), "The step launcher brings the whole step to the cluster."
        )
        return {LAUNCHER: cluster_launcher(target, tag), STEPS: here}
    from demo_factory.orchestration.serverless import serverless_steps

    return {LAUNCHER: _none(), STEPS: serverless_steps()}


def _none() -> dg.ResourceDefinition:
    return dg.ResourceDefinition.none_resource("No step launcher takes part.")

"""Where a step runs: the one seam for step launchers. Locally a step runs in Dagster's own process."""

from collections.abc import Mapping

import dagster as dg

LAUNCHER = "pyspark_step_launcher"  # every asset asks for it by this name


def launcher_resources(target: str) -> Mapping[str, dg.ResourceDefinition]:
    """The resource that Dagster asks for a step launcher; None runs the step here.

    Raises:
        ValueError: for a target that has no launcher.
    """
    if target != "local":
        raise ValueError(f"no step launcher for the target {target}")
    return {LAUNCHER: dg.ResourceDefinition.none_resource("Steps run in this process.")}

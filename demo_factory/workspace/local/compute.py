"""There is no compute on this machine besides the process that asks: steps run in it, on its one Spark."""

from __future__ import annotations

from demo_factory.blueprint.errors import DemoError


def no_compute() -> DemoError:
    """Why no step can be brought elsewhere."""
    return DemoError("This machine has no clusters and no serverless jobs.", "Name a workspace with --target.")

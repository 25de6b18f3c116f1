"""What this machine lacks of what a demo needs: an audit. What Java and Spark lack they say when they start."""

from __future__ import annotations

from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.local.audit import WHY_NOT
from demo_factory.workspace.preflight import Requirement


def requirements(plan: DemoPlan, whole: bool) -> tuple[Requirement, ...]:
    """What a build is made without; no build needs it."""
    if not whole or plan.blueprint.governance.audit is None:
        return ()
    return (Requirement("audit", False, WHY_NOT),)

"""The mark that every table of ours carries, on any target: whose it is, and what its demo has frozen."""

from __future__ import annotations

from demo_factory.resources.graph import DemoPlan, Step

PREFIX = "demo_factory."


def mark(plan: DemoPlan, step: Step) -> dict[str, str]:
    """The table properties that say whose a table is, and what the demo has frozen.

    With its own full name: a clone takes the properties of its original with it, and is not ours.
    """
    said = {
        "demo": plan.demo,
        "step": step.name,
        "kind": step.kind,
        "name": step.plan.full_name,
        "fingerprint": step.fingerprint,
        "epoch": plan.epoch,
        "scale": plan.scale,
        "history": plan.blueprint.history,
        "as_of": plan.as_of,
    }
    return {f"{PREFIX}{key}": str(value) for key, value in said.items()}

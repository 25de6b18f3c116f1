"""The mark that every table of ours carries, on any target: whose it is, and what its demo has frozen."""

from __future__ import annotations

from collections.abc import Mapping

from demo_factory.resources.graph import DemoPlan, Step

PREFIX = "demo_factory."
LOST = "the ledger does not know it, though its mark says that it is ours"
MARKED = "carries our mark"  # a field of what was found, of what the ledger does not know and its mark says is ours


def mark(plan: DemoPlan, step: Step) -> dict[str, str]:
    """The table properties that say whose a table is, and what the demo has frozen.

    With its own full name: a clone takes the properties of its original with it, and is not ours.
    """
    said = {
        "demo": plan.demo,
        "env": plan.env,
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


def container_mark(name: str, ledger: str) -> dict[str, str]:
    """The properties that say of a catalog or schema that it is ours, and in which ledger that is written.

    Several ledgers may know of one catalog: that of each student of a class, of which one has made it.
    """
    return {f"{PREFIX}name": name, f"{PREFIX}ledger": ledger}


def is_marked(properties: Mapping[str, str] | None, wanted: Mapping[str, str]) -> bool:
    """Whether all of a mark is among an object's properties."""
    return wanted.items() <= (properties or {}).items()

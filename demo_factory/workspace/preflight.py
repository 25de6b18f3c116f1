"""What a target can and cannot do of what a demo needs, said before anything is made."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import NotReady
from demo_factory.resources.resource import Change

if TYPE_CHECKING:
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace


@dataclass(frozen=True)
class Requirement:
    """One thing that a demo may need of a target: whether it is there and why (not), and what to do then.

    `needed` says that the steps which were asked about cannot be made without it.
    """

    name: str
    ok: bool
    reason: str
    remedy: str = ""
    needed: bool = False


def missing(requirements: Collection[Requirement]) -> tuple[Requirement, ...]:
    """What is needed and not there."""
    return tuple(one for one in requirements if one.needed and not one.ok)


def refuse_unready(
    plan: DemoPlan, todo: Collection[str], found: Collection[Change], workspace: Workspace
) -> tuple[Requirement, ...]:
    """Stop before the first write when a target lacks what some steps need. Nothing is written, and little is read.

    Args:
        todo: the names of the steps that will be made.
        found: the changes that a build would do.

    Returns: what is off, and these steps are made without.

    Raises:
        NotReady: with everything that is missing, and what to do about each.
    """
    asked = workspace.requirements(plan, todo, found)
    lacking = missing(asked)
    if lacking:
        raise _not_ready(plan, workspace.target, lacking)
    return tuple(one for one in asked if not one.ok)


def _not_ready(plan: DemoPlan, target: str, lacking: Sequence[Requirement]) -> NotReady:
    if len(lacking) == 1:
        one = lacking[0]
        return NotReady(f"{target} is not ready for {plan.demo}, nothing was made: {one.reason}.", one.remedy)
    lines = [f"- {one.reason}. {one.remedy}".rstrip() for one in lacking]
    return NotReady("\n".join([f"{target} is not ready for {plan.demo}, nothing was made:", *lines]))

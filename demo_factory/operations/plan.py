"""What a build would do, what it lacks and what it may cost. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.access.stages import overview
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.targets import open_workspace
from demo_factory.plan.expiry import Expiry, expiry
from demo_factory.plan.price import estimate_changes
from demo_factory.resources.diff import changes, to_make
from demo_factory.workspace.observe import notes, observe
from demo_factory.workspace.open import trial_session
from demo_factory.workspace.preflight import missing

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.plan.price import Estimate
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.resources.resource import Change
    from demo_factory.workspace.preflight import Requirement


@dataclass(frozen=True)
class Outlook:
    """The changes of a plan, and what is said beside them.

    No estimate where nothing is billed; `by_hand` is what people did and a build leaves. No expiry of a demo that
    stands for ever.
    """

    plan: DemoPlan
    target: str
    changes: tuple[Change, ...]
    requirements: tuple[Requirement, ...]
    estimate: Estimate | None
    by_hand: tuple[str, ...]
    expiry: Expiry | None = None

    @property
    def missing(self) -> Sequence[Requirement]:
        """What the build needs and the target lacks: it would refuse to begin."""
        return missing(self.requirements)


def plan(
    demo: str,
    settings: Settings,
    as_of: dt.date | None = None,
    scale: float | None = None,
    analyze: bool = False,
) -> Outlook:
    """What a build would make, change, append, keep and drop, with reasons and rows.

    Args:
        as_of: the newest day; default today.
        scale: factor on rows; default what the first build used, or 1.
        analyze: let the Spark of this machine read every expression, query and filter first.

    Raises:
        BlueprintError: every problem with its line, those that Spark finds too.
    """
    workspace = open_workspace(settings)
    file = find_demo(settings, demo)
    wanted = plan_demo(file, settings, workspace, as_of, scale)
    if analyze:
        from demo_factory.operations.analysis import refuse_problems

        refuse_problems(file, wanted, trial_session(settings.home, wanted))
    states = observe(wanted, workspace)
    differs = changes(wanted, states)
    found = overview(wanted, differs)
    todo = [change.name for change in to_make(found)]
    target = settings.targets[settings.target]
    return Outlook(
        wanted,
        settings.target,
        found,
        workspace.requirements(wanted, todo, differs, whole=True),
        estimate_changes(wanted, target, found, workspace.billed_warehouse()) if settings.traits.is_billed else None,
        notes(wanted, workspace),
        expiry(wanted.blueprint.expires, states.values(), dt.date.today()),
    )

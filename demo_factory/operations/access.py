"""Who sees what of a demo: as the blueprint says, as it is, and what people added by hand. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.access.matrix import Access, difference, matrix
from demo_factory.access.privileges import Rights
from demo_factory.access.unmanaged import in_words
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.targets import open_workspace
from demo_factory.workspace.apply import to_look_for
from demo_factory.workspace.observe import by_hand, gone, governed
from demo_factory.workspace.query_errors import known

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.resources.resource import ResourceId, Value
    from demo_factory.workspace.ports import Workspace


@dataclass(frozen=True)
class Cell:
    """A principal's view of an object.

    `differs` says what a build would mend; `by_hand` that people gave more than that, which it leaves alone.
    """

    declared: Access
    effective: Access
    differs: str
    by_hand: bool


@dataclass(frozen=True)
class AccessReport:
    """Each principal's view of each object, and in words what people did by hand."""

    plan: DemoPlan
    target: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...]


def access(demo: str, settings: Settings, principal: str | None = None) -> AccessReport:
    """The blueprint's word against what is in effect on the target.

    Args:
        principal: of whom alone; None for everybody.

    Raises:
        WrongUsage: nobody there is called so; gives the nearest name.
    """
    workspace = open_workspace(settings)
    plan = plan_demo(find_demo(settings, demo), settings, workspace)
    read = _read(plan, workspace)
    principals = tuple(dict.fromkeys([*Rights(read.wanted).principals, *Rights(read.effective).principals]))
    if principal is not None:
        principals = (known(principal, principals),)
    return AccessReport(plan, workspace.target, tuple(read.cells(plan, principals)), tuple(in_words(read.by_hand)))


@dataclass(frozen=True)
class _Read:
    """Governed things as they are wanted, as they stand, and what people added to that by hand."""

    wanted: Mapping[ResourceId, Value | None]
    ours: Mapping[ResourceId, Value | None]
    by_hand: Mapping[ResourceId, Value]

    @property
    def effective(self) -> Mapping[ResourceId, Value | None]:
        """All that counts, whoever made it."""
        return {**self.ours, **{ref: value for ref, value in self.by_hand.items() if ref[0] != "tags"}}

    def cells(self, plan: DemoPlan, principals: Sequence[str]) -> list[Cell]:
        """Each principal's view of each object."""
        ways = (matrix(plan, values, principals) for values in (self.wanted, self.ours, self.effective))
        return [
            Cell(declared, effective, difference(declared, ours), bool(difference(ours, effective)))
            for declared, ours, effective in zip(*ways, strict=True)
        ]


def _read(plan: DemoPlan, workspace: Workspace) -> _Read:
    wanted, added = governed(plan), by_hand(plan, workspace)
    ours = workspace.governor.find([*wanted, *to_look_for(gone(plan, workspace))])
    undeclared = {ref: value for ref, value in workspace.in_effect().items() if ref not in added}
    return _Read({one.id: one.desired for one in wanted}, {**undeclared, **ours}, added)

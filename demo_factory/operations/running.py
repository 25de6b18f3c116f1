"""One run of steps: who hears of it, the target that its caller holds, whether somebody ends it. A process has many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo_factory.operations.progress import Listener, Progress
    from demo_factory.operations.runner import Todo
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace


@dataclass(eq=False)
class Running:
    """What the steps of one run share, and no other run of this process sees.

    Args:
        listener: hears of every step; what it raises ends the step that told it.
        plan: of the demo that is built; None where Dagster's own page started the run.
        workspace: the target, held for writing by whoever started the run; None: the run takes it itself.
        todo: by step the changes that whoever started the run has found.
    """

    listener: Listener | None = None
    plan: DemoPlan | None = None
    workspace: Workspace | None = None
    todo: Todo = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    _telling: threading.RLock = field(default_factory=threading.RLock)

    def tell(self, progress: Progress) -> None:
        """Tell the listener, one thing at a time: steps go side by side."""
        if self.listener is not None:
            with self._telling:
                self.listener(progress)


_current: ContextVar[Running] = ContextVar("running")


def running() -> Running:
    """The run that this thread works for; a new one when it works for none that somebody here started."""
    return _current.get(None) or Running()


@contextmanager
def working_for(run: Running) -> Iterator[None]:
    """What this thread does meanwhile belongs to the run."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)

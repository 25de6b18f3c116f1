"""What a running build tells whoever listens: which step, how far, how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from demo_factory.operations.materialize import Outcome


@dataclass(frozen=True)
class Progress:
    """One event: a step starts or ends, or the build waits for something. What is `stopped` was ended by somebody.

    A build says how far it is: this is step `number` of `of`, and `following` comes after it.
    """

    event: Literal["started", "finished", "failed", "stopped", "note"]
    name: str
    kind: str = ""
    outcome: Outcome | None = None
    message: str = ""
    number: int = 0
    of: int = 0
    following: str = ""


Listener = Callable[[Progress], None]
_telling = threading.RLock()
_listeners: list[Listener] = []  # steps run in this process, so a build can be told directly


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell the listener everything that happens in this process meanwhile."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(progress: Progress) -> None:
    """Tell every listener, one thing at a time: steps go side by side."""
    with _telling:
        for listener in list(_listeners):
            listener(progress)

"""What a running build tells whoever listens: which step, how far, how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo_factory.blueprint.errors import Category
from demo_factory.operations.materialize import Outcome


@dataclass(frozen=True)
class Progress:
    """One event: a step starts or ends, or the build waits for something. What is `stopped` was ended by somebody.

    What failed says why in a message, and whose trouble that is. A build says how far it is: this is step `number` of
    `of`, and `following` comes after it.
    """

    event: Literal["started", "finished", "failed", "stopped", "note"]
    name: str
    kind: str = ""
    outcome: Outcome | None = None
    message: str = ""
    category: Category = "demo"
    number: int = 0
    of: int = 0
    following: str = ""


Listener = Callable[[Progress], None]

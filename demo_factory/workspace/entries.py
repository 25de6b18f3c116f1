"""An object in the ledger of any target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["announced", "made", "failed", "dropped"]


@dataclass(frozen=True)
class Entry:
    """One object that we created, are creating, or failed to create. `as_of` and `epoch` are ISO dates, times UTC."""

    demo: str
    kind: str
    name: str
    fingerprint: str
    state: State
    as_of: str | None
    epoch: str | None
    rows: int | None
    seconds: float | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    updated: str = ""

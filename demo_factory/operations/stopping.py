"""Whether the run of this process is being ended: what then fails did so because of that, and says nothing itself."""

from __future__ import annotations

import threading

_stopping = threading.Event()


def begin() -> None:
    """A run begins."""
    _stopping.clear()


def stop() -> None:
    """Somebody ends the run."""
    _stopping.set()


def is_stopping() -> bool:
    """Whether the last run of this process was ended by somebody."""
    return _stopping.is_set()

"""Faults on demand: at a call's number, or at the nth call of a method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("429", "503", "drop", "drop-after", "401", "kill", "kill-after")
OnCall = Callable[[int, str, str], None]


@dataclass
class _Fault:
    kind: str
    number: int | None
    method: str
    path: re.Pattern[str]
    left: int


class Faults:
    """What goes wrong, and when.

    429, 503: refused before the work, with Retry-After.   401: the token has expired, from now on for this call.
    drop: the connection closes before the work.           drop-after: the work is done, no answer comes.
    kill, kill-after: the same, and the client of `connect` dies of `Killed` as of a kill -9.
    """

    def __init__(self) -> None:
        self._faults: list[_Fault] = []
        self.met: list[tuple[int, str, str, str]] = []
        self.killed = False
        self.retry_after = 1

    def at(self, where: int | tuple[str, str, int], kind: str) -> None:
        """Plan a fault: `where` is a call's number from 1, or (method, regex of the path, which of those, from 1)."""
        if kind not in KINDS:
            raise ValueError(f"unknown fault {kind!r}; known: {', '.join(KINDS)}")
        if isinstance(where, int):
            self._faults.append(_Fault(kind, where, "", re.compile(""), 0))
        else:
            method, path, nth = where
            self._faults.append(_Fault(kind, None, method, re.compile(path), nth))

    def take(self, number: int, method: str, path: str) -> str | None:
        """The fault of this call, once."""
        chosen = None
        for fault in list(self._faults):
            if fault.number is None:
                if fault.method == method and fault.path.search(path):
                    fault.left -= 1
                if fault.left != 0 or fault.method != method or not fault.path.search(path):
                    continue
            elif fault.number != number:
                continue
            self._faults.remove(fault)
            chosen = fault.kind
            self.met.append((number, method, path, fault.kind))
        return chosen

    def clear(self) -> None:
        """No more faults; those met stay in `met`."""
        self._faults.clear()
        self.killed = False

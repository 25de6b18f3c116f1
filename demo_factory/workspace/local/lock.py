"""One writer a state folder: a lock that the operating system frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.workspace.local.layout import StateFolder

_POLL_SECONDS = 0.1
# Somebody who asks `holder` keeps a shared lock for microseconds: no reason to refuse a builder.
_PATIENCE_SECONDS = 0.3


@dataclass(frozen=True)
class Holder:
    """Who builds right now, and which demos."""

    pid: int
    purpose: str
    since: str
    demos: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"process {self.pid} ({self.purpose}, since {self.since})"


@contextmanager
def build_lock(
    state: StateFolder,
    purpose: str,
    wait_seconds: float = 0,
    on_wait: Callable[[str], None] | None = None,
    demos: Sequence[str] = (),
) -> Iterator[None]:
    """Hold the state folder for writing; readers need no lock.

    Args:
        purpose: what the holder does, as other processes will read it: `build retail`.
        wait_seconds: how long to wait for another holder; 0 refuses at once.
        on_wait: called once with one sentence when the wait begins.
        demos: the names of those that are written.

    Raises:
        MachineTrouble: another process holds it; names the process, what it does and since when.
    """
    with state.private(), ExitStack() as opened:
        handle = _take(state, wait_seconds, on_wait, opened)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        _write(handle, Holder(os.getpid(), purpose, now, tuple(demos)))
        try:
            yield
        finally:
            os.ftruncate(handle, 0)


def holder(state: StateFolder) -> Holder | None:
    """Who holds the lock now; None when nobody does (also after a crash, whatever the file says)."""
    try:
        handle = os.open(state.lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _take(state: StateFolder, wait_seconds: float, on_wait: Callable[[str], None] | None, opened: ExitStack) -> int:
    """The lock's open file; closing it, which `opened` does, frees the lock."""
    start = time.monotonic()
    told = False
    while True:
        # Not inherited by children (Python's default): a Spark or Postgres process must not keep the lock alive.
        state.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(state.lock, os.O_RDWR | os.O_CREAT, 0o600)
        opened.callback(os.close, handle)
        while not _try(handle):
            waited = time.monotonic() - start
            if waited >= max(wait_seconds, _PATIENCE_SECONDS):
                raise _refusal(handle, state) from None
            if not told and on_wait is not None and wait_seconds > 0 and waited >= _PATIENCE_SECONDS:
                on_wait(f"Waiting for {_read(handle) or 'another process'} to finish with {state.root}.")
                told = True
            time.sleep(_POLL_SECONDS)
        if _is_there(handle, state):
            return handle  # else who held it has destroyed the folder, and what we hold is no lock any more


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_there(handle: int, state: StateFolder) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), state.lock.stat())
    except FileNotFoundError:
        return False


def _refusal(handle: int, state: StateFolder) -> DemoError:
    who = _read(handle)
    stop = f", stop it with: kill {who.pid}" if who else ""
    return MachineTrouble(
        f"{state.root} is being written by {who or 'another process'}.",
        f"Wait until it ends{stop}, or build into another folder with DEMO_FACTORY_HOME.",
    )


def _write(handle: int, who: Holder) -> None:
    text = json.dumps(asdict(who)).encode()
    os.ftruncate(handle, 0)
    os.pwrite(handle, text, 0)


def _read(handle: int) -> Holder | None:
    """The name in the file; None in the instant between taking the lock and writing it."""
    try:
        said = json.loads(os.pread(handle, 4096, 0))
        return Holder(**{**said, "demos": tuple(said.get("demos", ()))})
    except (ValueError, TypeError, AttributeError):
        return None

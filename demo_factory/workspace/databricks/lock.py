"""One writer a workspace: a file that only one can create, kept fresh while its holder lives."""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.workspace.databricks.json_store import Documents
from demo_factory.workspace.home import is_alive

LOCK = "lock.json"
BEAT_SECONDS = 60
STALE_MINUTES = 10
_POLL_SECONDS = 2.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Holder:
    """Who writes: a run with an id of its own, and when it last said that it lives."""

    run: str
    who: str
    host: str
    pid: int
    purpose: str
    since: str
    beat: str
    demos: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.who} on {self.host}, process {self.pid} ({self.purpose}, since {self.since})"


@dataclass(frozen=True)
class Life:
    """What the lock knows of this machine; tests bring their own."""

    host: str = socket.gethostname()
    pid: int = os.getpid()
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep
    alive: Callable[[int], bool] = is_alive


@contextmanager
def write_lock(
    documents: Documents,
    who: Callable[[], str],
    purpose: str,
    wait_seconds: float = 0,
    say: Say | None = None,
    life: Life | None = None,
    demos: Sequence[str] = (),
) -> Iterator[None]:
    """Hold the folder for writing.

    Args:
        who: the caller's name, asked only when a lock is taken.
        wait_seconds: how long to wait for another holder; 0 refuses at once.
        demos: the names of those that are written.
        say: told once when the wait begins, and when the lock of a dead run is taken over.

    Raises:
        MachineTrouble: somebody else holds it; names who, where, what for and since when.
    """
    life = life or Life()
    now = _text(life.now())
    mine = Holder(uuid.uuid4().hex, who(), life.host, life.pid, purpose, now, now, list(demos))
    _take(documents, mine, wait_seconds, say or (lambda _: None), life)
    ended = threading.Event()
    beating = threading.Thread(target=_beat, args=(documents, mine, ended, life), daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()
        _release(documents, mine)


def holder(documents: Documents) -> Holder | None:
    """Who holds the lock, or held it when it died; None when nobody does."""
    found = documents.read(LOCK)
    return None if found is None else Holder(**found)


def living_holder(documents: Documents, life: Life | None = None) -> Holder | None:
    """Who writes right now; None when nobody does, also when a lock was left behind."""
    found = holder(documents)
    return None if found is None or _dead(found, life or Life()) is not None else found


def _take(documents: Documents, mine: Holder, wait_seconds: float, say: Say, life: Life) -> None:
    waited, told = 0.0, False
    while not documents.create(LOCK, asdict(mine)):
        other = holder(documents)
        if other is None:
            continue  # freed just now
        if other.run == mine.run:
            return  # our first try did it, and the answer was lost
        why = _dead(other, life)
        if why is not None:
            if _bury(documents, other, mine, life):
                say(f"Took over the lock of {other}: {why}.")
            continue
        if waited >= wait_seconds:
            raise MachineTrouble(
                f"{documents.folder} is being written by {other}.",
                f"Wait until it ends. If it died, its lock is free {STALE_MINUTES} minutes after its last sign of life "
                f"({other.beat}).",
            )
        if not told:
            say(f"Waiting for {other} to finish.")
            told = True
        life.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS


def _dead(other: Holder, life: Life) -> str | None:
    if other.host == life.host and not life.alive(other.pid):
        return "its process is gone"
    silent = life.now() - dt.datetime.fromisoformat(other.beat)
    if silent > dt.timedelta(minutes=STALE_MINUTES):
        return f"no sign of life for {int(silent.total_seconds() // 60)} minutes"
    return None


def _bury(documents: Documents, dead: Holder, mine: Holder, life: Life) -> bool:
    """Remove a dead run's lock. Of several who see it dead one may: a second would remove the first's own new lock.

    True when this run removed it.
    """
    right = f"takeover-{dead.run}.json"
    if not documents.create(right, asdict(mine)):
        other = documents.read(right)
        if other is not None and other["run"] != mine.run:
            if _dead(Holder(**other), life) is not None:
                documents.delete(right)
            life.sleep(_POLL_SECONDS)
            return False
    try:
        still = holder(documents)
        if still is None or still.run != dead.run:
            return False
        documents.delete(LOCK)
        return True
    finally:
        documents.delete(right)


def _beat(documents: Documents, mine: Holder, ended: threading.Event, life: Life) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            found = holder(documents)
            if found is None or found.run != mine.run:
                return  # taken over: whoever has it now must not lose it
            documents.write(LOCK, asdict(replace(mine, beat=_text(life.now()))))
        except DemoError:
            continue  # shaky network; the next beat may come through


def _release(documents: Documents, mine: Holder) -> None:
    found = holder(documents)
    if found is not None and found.run == mine.run:
        documents.delete(LOCK)
    documents.leave()


def _text(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds")

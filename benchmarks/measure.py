"""Run a command as a whole process and say what it cost: wall, processor time of all descendants, peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Outcome = Literal["ok", "failed", "timed out"]

_PAUSE = 0.1
_LAST_WORDS = 60.0  # how long Java may take to end after Python has
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, Linux 3.4
ROOT = Path(__file__).parent.parent
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """What one run cost. `driver` is the started process alone, `java` the largest JVM, `tree` all at once; bytes."""

    outcome: Outcome
    wall: float
    cpu: float
    driver: int = 0
    java: int = 0
    tree: int = 0
    note: str = ""


@dataclass
class _Watch:
    """One run while it lasts: who still runs, the time they used, the highest memory so far."""

    pid: int
    start: float
    timeout: float
    pids: list[int] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0
    code: int | None = None
    late: bool = False
    driver: int = 0
    java: int = 0
    tree: int = 0

    def __post_init__(self) -> None:
        self._end = os.pidfd_open(self.pid)

    def reap(self) -> bool:
        """Count those that ended; False when nobody is left."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            self.cpu += usage.ru_utime + usage.ru_stime  # its own and that of the children it waited for
            if pid == self.pid:
                self.wall = time.perf_counter() - self.start
                self.code = os.waitstatus_to_exitcode(status)
                os.close(self._end)

    def look(self) -> None:
        found = descendants()
        self.pids, total = list(found), 0
        names = {pid: name for pid, (_, name) in found.items()}
        for pid, (parent, name) in found.items():
            if name == "java" and names.get(parent) == "java":
                continue  # a fork that is still Java and shares its memory, about to become another program
            total += _resident(pid)
            if pid == self.pid:
                self.driver = max(self.driver, _peak(pid))
            elif name == "java":
                self.java = max(self.java, _peak(pid))
        self.tree = max(self.tree, total)

    def stop_the_late(self) -> None:
        elapsed = time.perf_counter() - self.start
        self.late = self.late or (self.code is None and elapsed > self.timeout)
        if self.late or (self.code is not None and elapsed > self.wall + _LAST_WORDS):
            for pid in self.pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def pause(self) -> None:
        """Wait a little, but not past the end of the command itself."""
        if self.code is None:
            select.select([self._end], [], [], _PAUSE)
        else:
            time.sleep(_PAUSE)

    def cost(self, outcome: Outcome, note: str = "") -> Cost:
        return Cost(outcome, self.wall, self.cpu, self.driver, self.java, self.tree, note)


def adopt_orphans() -> None:
    """From now on a process whose parent ended becomes our child, so its processor time is counted by wait4.

    Java outlives the Python that started it by a moment and nobody waits for it: without this it would cost nothing.
    """
    if not sys.platform.startswith("linux"):
        raise SystemExit("The benchmarks need Linux: they read /proc and adopt orphans to count Java's time.")
    if ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def run(command: Sequence[str], log: Path, timeout: float, env: Mapping[str, str] | None = None) -> Cost:
    """Run the command to its end and its descendants' end; `adopt_orphans` must have been called.

    Wall is until the command itself ends, which is when a user has the terminal back.
    """
    with log.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **(env or {})}
        )
        watch = _Watch(process.pid, start, timeout)
        while watch.reap():
            watch.look()
            watch.stop_the_late()
            watch.pause()
    process.returncode = code = watch.code  # or Popen would wait for it once more
    if watch.late:
        return watch.cost("timed out", f"after {timeout:.0f} s")
    return watch.cost("ok") if code == 0 else watch.cost("failed", last_line(log) or f"exit code {code}")


def descendants() -> dict[int, tuple[int, str]]:
    """All processes below this one, from /proc: their parent and name."""
    processes: dict[int, tuple[int, str]] = {}
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - ten times a second: no Path objects
        if entry.isdigit():
            head, _, tail = _read(f"/proc/{entry}/stat").rpartition(")")
            if tail:
                pid, parent = int(entry), int(tail.split()[1])
                processes[pid] = (parent, head.partition("(")[2])
                children.setdefault(parent, []).append(pid)
    found, waiting = {}, [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update({pid: processes[pid] for pid in below})
        waiting += below
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _peak(pid: int) -> int:
    """The highest resident bytes that a process ever had."""
    found = re.search(r"^VmHWM:\s*(\d+) kB", _read(f"/proc/{pid}/status"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def last_line(log: Path) -> str:
    """The last line that is not empty, cut to what fits into a table."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].replace("|", "/")[:160] if lines else ""

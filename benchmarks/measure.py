"""Run a command as a whole process and say what it cost: wall, processor time of all descendants, peak memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Outcome = Literal["ok", "failed", "timed out"]

_PAUSE = 0.05
_LAST_WORDS = 60.0  # how long Java may take to end after Python has
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, Linux 3.4
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
    """Highest memory so far, in bytes, and whoever still runs."""

    driver: int = 0
    java: int = 0
    tree: int = 0
    pids: list[int] = field(default_factory=list)

    def look(self, driver: int) -> None:
        self.pids = descendants()
        total = 0
        for pid in self.pids:
            total += _resident(pid)
            peak, name = _peak(pid)
            if pid == driver:
                self.driver = max(self.driver, peak)
            elif name == "java":
                self.java = max(self.java, peak)
        self.tree = max(self.tree, total)


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
    watch, cpu, code = _Watch(), 0.0, None
    with log.open("wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, **(env or {})}
        )
        wall, timed_out = 0.0, False
        while True:
            pid, status, usage = _reap()
            if pid:
                cpu += usage
                if pid == process.pid:
                    wall = time.perf_counter() - start
                    code = process.returncode = os.waitstatus_to_exitcode(status)
            elif pid is None:  # nobody is left
                break
            else:
                watch.look(process.pid)
                elapsed = time.perf_counter() - start
                if code is None and elapsed > timeout:
                    timed_out = True
                if timed_out or (code is not None and elapsed > wall + _LAST_WORDS):
                    _kill(watch.pids)
                time.sleep(_PAUSE)
    outcome: Outcome = "timed out" if timed_out else "ok" if code == 0 else "failed"
    note = f"after {timeout:.0f} s" if timed_out else "" if code == 0 else last_line(log) or f"exit code {code}"
    return Cost(outcome, wall, cpu, watch.driver, watch.java, watch.tree, note)


def _reap() -> tuple[int | None, int, float]:
    """(pid, status, user + system seconds) of a child that ended; 0 when none has, None when there are none."""
    try:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
    except ChildProcessError:
        return None, 0, 0.0
    return pid, status, usage.ru_utime + usage.ru_stime


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def descendants() -> list[int]:
    """All processes below this one, from /proc."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - twenty times a second: no Path objects
        if entry.isdigit():
            text = _read(f"/proc/{entry}/stat")
            if text:
                parent = int(text.rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
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


def _peak(pid: int) -> tuple[int, str]:
    """(highest resident bytes ever, name) of a process."""
    values = dict(line.split(":", 1) for line in _read(f"/proc/{pid}/status").splitlines() if ":" in line)
    return int(values.get("VmHWM", "0 kB").split()[0]) * 1024, values.get("Name", "").strip()


def last_line(log: Path) -> str:
    """The last line that is not empty, cut to what fits into a table."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].replace("|", "/")[:160] if lines else ""

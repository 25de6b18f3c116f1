"""Real processes that are stopped at named moments, and what a test does to them there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SHORT = """
demo: short
catalog: test_demo
schema: s
history: 60 days
tables:
  customers:
    rows: 20
    columns:
      customer_id: {key: C-000, comment: Who}
      name: {person: first_name, classification: pii}
  orders:
    rows: 60
    arrives: {}
    columns:
      order_id: {key: integer}
      customer_id: {ref: customers}
      at: {arrival: timestamp}
      amount: {uniform: {min: 1, max: 9}, type: 'decimal(10,2)', check: {min: 1, max: 9}}
views:
  spending: {sql: 'SELECT customer_id, sum(amount) AS spent FROM orders GROUP BY customer_id'}
optimize:
  orders: {zorder: [customer_id]}
governance:
  groups: {analysts: {}}
  grants:
    - {to: [analysts], privileges: [SELECT], on: [schema]}
  masks:
    - {classification: pii}
"""
DAY = "2026-06-01"
PATIENCE = 300  # seconds; a machine may be busy
_POLL_SECONDS = 0.01
_TRACE = re.compile(r"Traceback|^\s+at [\w.$]+\(|java\.\w+\.|py4j\.|Something unexpected", re.MULTILINE)


class Place:
    """A folder with a blueprint and a state folder, in which commands run as people run them."""

    def __init__(self, folder: Path, blueprint: str = SHORT, state: Path | None = None) -> None:
        self.folder, self.state = folder, state or folder / "state"
        (folder / "demos").mkdir(parents=True, exist_ok=True)
        (folder / "demos" / "short.yaml").write_text(blueprint, encoding="utf-8")

    @property
    def lakehouse(self) -> Path:
        return self.state / "lakehouse"

    def start(self, *words: str, **variables: str) -> Victim:
        """Begin a command that stops at every moment until it is let go."""
        return Victim(self, words, variables)

    def run(self, *words: str, code: int | None = 0, **variables: str) -> str:
        """Run a command to its end and give what it said."""
        victim = self.start(*words, **variables)
        victim.follow()
        assert code is None or victim.process.returncode == code, victim.said()
        return victim.said()

    def build(self, **variables: str) -> Victim:
        return self.start("build", "short", "--as-of", DAY, **variables)

    def destroy(self) -> Victim:
        return self.start("destroy", "short", "--yes")

    def left(self) -> list[str]:
        """What is there of the state folder."""
        return (
            sorted(str(path.relative_to(self.state)) for path in self.state.rglob("*")) if self.state.exists() else []
        )


class Victim:
    """One process under test."""

    def __init__(self, place: Place, words: Sequence[str], variables: dict[str, str]) -> None:
        self.place = place
        self._moments = place.folder / "moments"
        shutil.rmtree(self._moments, ignore_errors=True)
        (self._moments / "go").mkdir(parents=True)
        self._heard = 0
        self.out = place.folder / "out.txt"
        env = {
            **os.environ,
            "DEMO_FACTORY_HOME": str(place.state),
            "DEMO_FACTORY_MOMENTS": str(self._moments),
            **variables,
        }
        with self.out.open("wb") as out:
            command = [sys.executable, "-m", "demo_factory", *words]
            self.process = subprocess.Popen(
                command, cwd=place.folder, env=env, stdout=out, stderr=out, preexec_fn=_as_in_a_terminal
            )

    def follow(self, stop: Callable[[str], bool] = lambda moment: False) -> str | None:
        """Let it go from moment to moment, up to the first at which `stop` says so; None when it has ended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            for moment in self._new():
                if stop(moment):
                    self._heard += 1
                    return moment
                self._heard += 1
                self.let_go(moment)
            if ended:
                return None
            time.sleep(_POLL_SECONDS)
        self.process.kill()
        raise AssertionError(f"it neither came there nor ended in {PATIENCE} s: {self.said()}")

    def follow_from_here(self) -> None:
        """Let it go on from where it was stopped, to its end."""
        self._heard -= 1
        self.follow()

    def _new(self) -> list[str]:
        file = self._moments / "reached"
        return file.read_text(encoding="utf-8").splitlines()[self._heard :] if file.exists() else []

    def let_go(self, moment: str) -> None:
        (self._moments / "go" / moment).touch()

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8", errors="replace")

    def javas(self) -> list[int]:
        """Its Java processes, a shell between them or not."""
        return [pid for pid in _below(self.process.pid) if _name(pid) == "java"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def kill_java(self) -> None:
        for pid in self.javas():
            os.kill(pid, signal.SIGKILL)


def _as_in_a_terminal() -> None:
    """Signals mean what they mean there, also when the tests run under nohup or in a script's background."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _below(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task").glob("*/children")
    direct = [int(pid) for file in children for pid in file.read_text().split()]
    return [pid for child in direct for pid in (child, *_below(child))]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def no_trace(said: str) -> str:
    """What was said, when it is plain words."""
    found = _TRACE.search(said)
    assert found is None, f"{found[0]!r} in what a user sees:\n{said}" if found else ""
    return said

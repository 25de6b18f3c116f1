"""A real terminal for tests: a process on a pseudo-terminal, typed to and read from as a person would."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType

_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-B]|[=>78])|\r")


class Terminal:
    """A process whose stdin, stdout and stderr are one terminal of 100 columns."""

    def __init__(self, words: Sequence[str], env: dict[str, str]) -> None:
        ours, theirs = pty.openpty()
        # It would ask the terminal where its cursor is; nobody here answers that.
        given = {**env, "TERM": "xterm", "COLUMNS": "100", "LINES": "40", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._handle, self._raw, self._read = ours, b"", 0
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *words], stdin=theirs, stdout=theirs, stderr=theirs, env=given
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._handle)

    def type(self, text: str) -> None:
        """Press these keys; Ctrl-C is \\x03, Ctrl-D \\x04, Tab \\t, Enter \\r."""
        os.write(self._handle, text.encode())

    def until(self, text: str, seconds: float = 20) -> str:
        """What is shown up to and with this text, since the last call.

        Raises:
            AssertionError: it does not come, with what came in its place.
        """
        end = time.monotonic() + seconds
        while True:
            shown = _ESCAPES.sub("", self._raw.decode(errors="replace"))
            at = shown.find(text, self._read)
            if at >= 0:
                found, self._read = shown[self._read : at + len(text)], at + len(text)
                return found
            assert time.monotonic() < end, f"no {text!r} in {shown[self._read :]!r}"
            if select.select([self._handle], [], [], 0.2)[0]:
                try:
                    self._raw += os.read(self._handle, 65536)
                except OSError:  # Linux says so of a terminal that everybody has left
                    raise AssertionError(f"ended without {text!r}: {shown[self._read :]!r}") from None

    def left(self, seconds: float = 20) -> int:
        """The exit code, once the process has ended by itself."""
        return self.process.wait(seconds)

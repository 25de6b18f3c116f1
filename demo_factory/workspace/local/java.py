"""Which Java runs Spark: find it, ask it for its version, refuse what cannot work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from demo_factory.blueprint.errors import MachineTrouble

OLDEST = 17
_REMEDY = f"Install Java {OLDEST} or newer (for example openjdk-17-jre-headless), or point JAVA_HOME at one."
_VERSION = re.compile(r'version "(?P<text>(?:1\.)?(?P<major>\d+)[^"]*)"')


@dataclass(frozen=True)
class Java:
    """A Java that was run and answered."""

    path: Path
    major: int
    version: str


def parse_version(printed: str) -> tuple[int, str] | None:
    """Major version and full text out of what `java -version` printed; None when it is no Java's answer."""
    found = _VERSION.search(printed)
    return (int(found["major"]), found["text"]) if found else None


def find_java() -> Java:
    """The Java of JAVA_HOME, otherwise the one on PATH.

    Raises:
        MachineTrouble: none is there, it does not run, or it is too old.
    """
    path, origin = _candidate()
    try:
        run = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineTrouble(f"The Java of {origin} ({path}) does not run: {error}.", _REMEDY) from error
    parsed = parse_version(run.stderr + run.stdout)
    if run.returncode != 0 or parsed is None:
        said = (run.stderr or run.stdout).strip().splitlines()
        detail = said[0] if said else f"exit code {run.returncode}"
        raise MachineTrouble(f"The Java of {origin} ({path}) does not say its version: {detail}.", _REMEDY)
    major, text = parsed
    if major < OLDEST:
        message = f"The Java of {origin} ({path}) is version {text}; Spark needs {OLDEST} or newer."
        raise MachineTrouble(message, _REMEDY)
    return Java(Path(path), major, text)


def _candidate() -> tuple[str, str]:
    home = os.environ.get("JAVA_HOME")
    if home:
        # A wrong JAVA_HOME is named, not skipped: Spark's own scripts would obey it.
        return str(Path(home) / "bin" / "java"), "JAVA_HOME"
    on_path = shutil.which("java")
    if on_path is None:
        raise MachineTrouble("Spark needs Java and none was found on PATH or in JAVA_HOME.", _REMEDY)
    return on_path, "PATH"

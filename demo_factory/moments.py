"""Named moments of a build and a destroy at which a test may stop the process; to everybody else they are nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

_FOLDER = os.environ.get("DEMO_FACTORY_MOMENTS")
_POLL_SECONDS = 0.01


def reached(moment: str) -> None:
    """Say that the process is here; in a test, wait until its file in the folder `go` lets it go on."""
    if _FOLDER is None:
        return
    name = moment.replace("/", " ")
    with (Path(_FOLDER) / "reached").open("a", encoding="utf-8") as said:
        said.write(f"{name}\n")
    while not (Path(_FOLDER) / "go" / name).exists():
        time.sleep(_POLL_SECONDS)

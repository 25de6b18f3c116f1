"""The folder in which this machine keeps what it knows of demos, whatever target they stand on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo_factory.targets import HERE

HOME = ".demo_factory"  # where the folder lies unless somebody says otherwise
OTHERS = 0o077  # what nobody but the owner may do: rows of people lie here
_OURS = ("lakehouse", "mlflow", "dagster", "logs", "scratch", "targets", "ledger.db*")


@dataclass(frozen=True)
class Home:
    """Every path is derived from `root`; nothing is created by asking for a path.

    Args:
        root: the folder; the command line takes it from DEMO_FACTORY_HOME, `.demo_factory` otherwise.
    """

    root: Path

    def __post_init__(self) -> None:
        # Delta and Spark keep these paths: a relative one would point elsewhere after a change of directory.
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    def of_target(self, name: str) -> Home:
        """What is kept here of a target: this folder for local, one inside it for a workspace."""
        return self if name == HERE else Home(self.root / "targets" / name)

    @property
    def dagster(self) -> Path:
        """Dagster's run history."""
        return self.root / "dagster"

    @contextmanager
    def private(self) -> Iterator[None]:
        """What this process and those that it starts write meanwhile is for its owner alone; what an older version
        left open to others is closed to them, all but the folder itself where somebody else made it."""
        before = os.umask(OTHERS)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for path in (path for name in _OURS for path in self.root.glob(name)):
                if path.exists() and path.stat().st_mode & OTHERS:
                    path.chmod(path.stat().st_mode & ~OTHERS)
            yield
        finally:
            os.umask(before)


def is_alive(pid: int) -> bool:
    """True while a process of this machine with this number runs, ours or anybody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The one folder that holds everything a demo keeps on this machine, and the per-user cache beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OTHERS = 0o077  # what nobody but the owner may do: rows of people lie here


@dataclass(frozen=True)
class StateFolder:
    """Where the local state lives. Every path is derived from `root`; nothing is created by asking for a path.

    Args:
        root: the folder; the command line takes it from DEMO_FACTORY_HOME, `.demo_factory` otherwise.
    """

    root: Path

    def __post_init__(self) -> None:
        # Delta and Spark keep these paths: a relative one would point elsewhere after a change of directory.
        object.__setattr__(self, "root", Path(self.root).expanduser().absolute())

    @contextmanager
    def private(self) -> Iterator[None]:
        """What this process and those that it starts write meanwhile is for its owner alone; what an older version
        left open to others is closed to them, all but the folder itself where somebody else made it."""
        before = os.umask(OTHERS)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            ours = (self.lakehouse, self.mlflow, self.dagster, self.logs, self.scratch, self.root / "targets")
            for path in (*ours, *self.root.glob(f"{self.ledger.name}*")):
                if path.exists() and path.stat().st_mode & OTHERS:
                    path.chmod(path.stat().st_mode & ~OTHERS)
            yield
        finally:
            os.umask(before)

    def of_target(self, name: str) -> StateFolder:
        """What is kept here of a target: this folder for local, one inside it for a workspace."""
        return self if name == "local" else StateFolder(self.root / "targets" / name)

    @property
    def lakehouse(self) -> Path:
        """Delta tables: lakehouse/<catalog>/<schema>/<table>; views' SQL in <schema>/_views, files in _volumes."""
        return self.root / "lakehouse"

    @property
    def ledger(self) -> Path:
        """The SQLite file that says what we created."""
        return self.root / "ledger.db"

    @property
    def mlflow(self) -> Path:
        """MLflow's runs, models and registry."""
        return self.root / "mlflow"

    @property
    def dagster(self) -> Path:
        """Dagster's run history."""
        return self.root / "dagster"

    @property
    def logs(self) -> Path:
        """What Java says; the terminal stays clean."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        """Spark's temporary blocks, one folder a process; emptied when the process ends."""
        return self.root / "scratch"

    @property
    def own_scratch(self) -> Path:
        """The scratch folder of this process."""
        return self.scratch / str(os.getpid())

    @property
    def lock(self) -> Path:
        """The file whose lock means: somebody is building."""
        return self.root / "build.lock"

    def catalog(self, catalog: str) -> Path:
        """The folder of one catalog."""
        return self.lakehouse / catalog

    def schema(self, catalog: str, schema: str) -> Path:
        """The folder of one schema."""
        return self.lakehouse / catalog / schema

    def table(self, catalog: str, schema: str, table: str) -> Path:
        """The Delta folder of one table."""
        return self.lakehouse / catalog / schema / table

    def volume(self, catalog: str, schema: str, volume: str) -> Path:
        """The folder with one volume's files."""
        return self.lakehouse / catalog / schema / "_volumes" / volume

    def view(self, catalog: str, schema: str, view: str) -> Path:
        """The file with one view's SQL."""
        return self.lakehouse / catalog / schema / "_views" / f"{view}.sql"


def cache_folder() -> Path:
    """What is expensive to get and the same for every demo of a user: jars and the class archive.

    It lies outside the state folder, so that destroy followed by a new build stays warm.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser().absolute() / "demo_factory"

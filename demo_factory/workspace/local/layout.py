"""Where in the folder of this machine a demo's tables, models and ledger lie, and the per-user cache beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from demo_factory.workspace.home import Home


@dataclass(frozen=True)
class StateFolder(Home):
    """The folder of this machine when demos stand in it, too: their tables, models and ledger."""

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

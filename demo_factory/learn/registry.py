"""Where runs and models are kept: MLflow's tracking store and model registry behind one value."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.sql.names import FullName

if TYPE_CHECKING:  # importing MLflow takes seconds
    from mlflow import MlflowClient

CHAMPION = "champion"
_SQLITE = "sqlite:///"
_ASK = (
    "Ask for it: whoever trains needs USE CATALOG, USE SCHEMA and CREATE MODEL, and has to own a model that is there."
)
_lock = threading.RLock()
_opened: dict[str, int | None] = {}


@dataclass(frozen=True)
class Registry:
    """A tracking store, a model registry and the experiment that the runs of one demo go to.

    `name_of` gives a model's name in the registry; the three-part name is right in SQLite and in Unity Catalog.
    """

    tracking_uri: str
    registry_uri: str
    experiment: str
    artifact_root: str | None = None
    name_of: Callable[[FullName], str] = str

    @classmethod
    def in_folder(cls, folder: Path, experiment: str) -> Registry:
        """A registry in one folder: a SQLite file, and the models beside it."""
        uri = f"{_SQLITE}{folder.absolute() / 'mlflow.db'}"
        return cls(uri, uri, experiment, artifact_root=str(folder.absolute() / "artifacts"))

    @classmethod
    def unity_catalog(cls, experiment: str) -> Registry:
        """The workspace's tracking server and Unity Catalog; `experiment` is a workspace path as `/Shared/retail`."""
        return cls("databricks", "databricks-uc", experiment)

    @contextlib.contextmanager
    def active(self) -> Iterator[MlflowClient]:
        """A client of the prepared registry, for one thread at a time.

        Parts of MLflow (a model's source, `models:/` addresses) look at its process-wide addresses and nowhere else:
        they are set here and stay so until the next registry is used.

        Raises:
            DemoError: what is done with it is refused, such as for want of a privilege.
        """
        import mlflow
        from mlflow.exceptions import MlflowException

        with _lock:
            self.prepare()
            mlflow.set_tracking_uri(self.tracking_uri)
            mlflow.set_registry_uri(self.registry_uri)
            try:
                yield mlflow.MlflowClient(self.tracking_uri, self.registry_uri)
            except MlflowException as error:
                remedy = _ASK if code_of(error) == "PERMISSION_DENIED" else ""
                raise DemoError(f"The model registry {self.registry_uri} refuses: {error.message}", remedy) from error

    def prepare(self) -> str:
        """Make the store and the experiment if they are not there, and return the experiment's id.

        May be called by any number of processes and threads at once.

        Raises:
            DemoError: the store cannot be opened, or an older or newer MLflow made it.
        """
        with _lock:
            if not self._still_there():
                _forget(self.tracking_uri)
            return self._prepare()  # asked each time, in milliseconds: `destroy` may have taken the experiment away

    @property
    def _file(self) -> Path | None:
        return Path(self.tracking_uri.removeprefix(_SQLITE)) if self.tracking_uri.startswith(_SQLITE) else None

    def _still_there(self) -> bool:
        opened = _opened.get(self.tracking_uri)
        return opened is None or opened == _identity(self._file)

    def _prepare(self) -> str:
        import mlflow
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with _one_process_makes(self._file):
                experiment = self._experiment_id(mlflow.MlflowClient(self.tracking_uri, self.registry_uri))
            _opened[self.tracking_uri] = _identity(self._file)
            return experiment
        except MlflowException as error:
            if "out-of-date database schema" in str(error):
                remedy = f"Copy the file, then run: mlflow db upgrade {self.tracking_uri}"
                raise MachineTrouble(f"The model registry {self._file} was made by another MLflow.", remedy) from error
            raise MachineTrouble(f"The model registry {self.tracking_uri} does not answer: {error.message}") from error
        except (OSError, SQLAlchemyError) as error:
            reason = str(error).splitlines()[0]
            raise MachineTrouble(f"The model registry {self.tracking_uri} cannot be opened: {reason}") from error

    def _experiment_id(self, client: MlflowClient) -> str:
        from mlflow.exceptions import MlflowException

        found = client.get_experiment_by_name(self.experiment)
        if found is None:
            root = f"{self.artifact_root}/{self.experiment.strip('/')}" if self.artifact_root else None
            try:
                return str(client.create_experiment(self.experiment, artifact_location=root))
            except MlflowException as error:
                found = client.get_experiment_by_name(self.experiment)
                if found is None or error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)


def code_of(error: Any) -> str:
    """The error code of an MLflow exception, as RESOURCE_DOES_NOT_EXIST; empty for any other exception."""
    return str(getattr(error, "error_code", ""))


@contextlib.contextmanager
def _one_process_makes(file: Path | None) -> Iterator[None]:
    """MLflow creates a SQLite store by running its migrations, which two processes must not do at once."""
    if file is None:
        yield
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _identity(file: Path | None) -> int | None:
    return file.stat().st_ino if file is not None and file.exists() else None


def _forget(uri: str) -> None:
    """The file was deleted or replaced (destroy, then build): MLflow's kept connections would write into nothing."""
    from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as Models
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as Runs

    file = Path(uri.removeprefix(_SQLITE))
    with _one_process_makes(file):
        # The connections belong to the address, so a new store has the old ones until they are disposed of.
        for store in (Runs(uri, str(file.parent)), Models(uri)):
            store.engine.dispose()
        Runs(uri, str(file.parent))
    del _opened[uri]

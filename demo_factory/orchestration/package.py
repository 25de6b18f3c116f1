"""What a cluster needs of us: the package alone, the demos, one target, and the libraries that it does not have."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import requires, version
from pathlib import Path

import yaml

from demo_factory.operations.settings import TARGETS_FILE, Settings, find_demos
from demo_factory.targets.model import Auth, Target

PACKAGE = Path(__file__).parent.parent
# Dagster's launcher goes to a cluster as files: pip would bring the Spark that it asks for over the runtime's own.
LAUNCHER_PARTS = ("dagster_databricks", "dagster_pyspark", "dagster_spark")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_MOMENT = 1_577_836_800  # 2020-01-01, of all files in the copy: the same code gives the same bytes


@contextmanager
def staged(settings: Settings, parts: Sequence[str] = ()) -> Iterator[Path]:
    """A folder that holds `demo_factory/` and nothing else, gone afterwards.

    The user's own blueprints stand among the shipped ones, and the file of targets holds the one that is used, without
    how to log in: the cluster's own identity counts there.

    Args:
        parts: other installed packages that stand beside it.
    """
    with tempfile.TemporaryDirectory(prefix="demo_factory_") as name:
        folder = Path(name)
        copy_package(settings, folder / PACKAGE.name)
        for part in parts:
            shutil.copytree(_files_of(part), folder / part, ignore=_LEFT_OUT)
        for file in folder.rglob("*"):
            os.utime(file, (_MOMENT, _MOMENT))
        yield folder


def copy_package(settings: Settings, to: Path) -> None:
    """The package's own files, each demo that can be found, and the target."""
    shutil.copytree(PACKAGE, to, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "demos"))
    (to / "demos").mkdir()
    for stem, file in find_demos(settings).items():
        shutil.copyfile(file, to / "demos" / f"{stem}.yaml")
    (to / TARGETS_FILE).write_text(_one_target(settings.target, settings.targets[settings.target]), encoding="utf-8")


def _files_of(package: str) -> Path:
    """Where an installed package lies, found without importing it."""
    spec = importlib.util.find_spec(package)
    assert spec is not None, package
    assert spec.origin is not None, package
    return Path(spec.origin).parent


def zipped(folder: Path) -> bytes:
    """A folder's files as one zip; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _one_target(name: str, target: Target) -> str:
    alone = target.model_copy(update={"auth": Auth(environment=True), "notify": []})
    return yaml.safe_dump({"targets": {name: alone.model_dump(mode="json", exclude_defaults=True)}})


def libraries(parts: Iterable[str] = ()) -> tuple[str, ...]:
    """What to install on the compute, each pinned to the version that is installed here: all but Spark and the extras.

    Args:
        parts: packages that are shipped as files, whose own needs have to be there too.
    """
    shipped = {_name(part) for part in parts}
    asked = [one for package in ("demo-factory", *shipped) for one in requires(package) or ()]
    names = {_name(one) for one in asked if "extra ==" not in one} - shipped - {"pyspark"}
    return tuple(f"{name}=={version(name)}" for name in sorted(names))


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    assert found is not None, requirement
    return found.group().lower().replace("_", "-")


def remote_environment(settings: Settings) -> Mapping[str, str]:
    """The settings that a step reads on the compute: what the run has fixed, and no secret."""
    said = {
        "TARGET": settings.target,
        "ENV": settings.env,
        "USER": settings.user,
        "AS_OF": settings.as_of,
        "SCALE": settings.scale,
        "CARRIER": settings.carrier,
    }
    return {f"DEMO_FACTORY_{key}": str(value) for key, value in said.items() if value is not None}

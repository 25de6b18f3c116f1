"""The first thing that runs in a task's process: /Volumes and /dbfs lead to the double's folder, /Workspace to a copy
of the files that whoever runs may read.

Run by runner.py as `python bootstrap.py FOLDER SCRIPT ARGUMENT...`, never imported. Python's own file functions
are led there, which is all that plain Python, zipfile, gzip and Dagster's step and pipes need. C code that opens
files by itself (Arrow, the JVM) is not: Spark's paths are the business of the Spark bootstrap. /dbfs and `sc` are
there on dedicated clusters only, not in standard mode and not on serverless.
"""

import base64
import builtins
import io
import json
import os
import sys
import types
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FOLDER = os.environ["DOUBLE_FOLDER"]
_URL, _TOKEN = os.environ.pop("DOUBLE_URL"), os.environ.pop("DOUBLE_TOKEN")
_DEDICATED = os.environ.pop("DOUBLE_DEDICATED", "") == "1"
_RUN = sys.argv[1]
_ROOTS = ("/Volumes/", "/dbfs/") if _DEDICATED else ("/Volumes/",)


def _lead(path: Any) -> Any:
    """Where a path of the cluster lies on this machine."""
    try:
        text = os.fspath(path)
    except TypeError:
        return path  # a file descriptor
    if isinstance(text, str) and text.startswith(_ROOTS):
        return _FOLDER + text
    if isinstance(text, str) and text.startswith("/Workspace/"):
        return _RUN + text
    return path


def _led(function: Callable[..., Any], count: int = 1) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*[_lead(arg) for arg in args[:count]], *args[count:], **kwargs)

    return call


def _open(file: Any, mode: str = "r", *args: Any, then: Callable[..., Any] = io.open, **kwargs: Any) -> Any:
    """A file that is written is noted: a test asks where runs write."""
    if set(mode) & set("wax+") and isinstance(file, (str, os.PathLike)) and _lead(file) != file:
        with then(f"{_FOLDER}/written", "a", encoding="utf-8") as notes:
            notes.write(f"{os.fspath(file)}\n")
    return then(_lead(file), mode, *args, **kwargs)


builtins.open = io.open = _open
for _name in ("open", "stat", "lstat", "listdir", "scandir", "mkdir", "remove", "unlink", "rmdir", "access", "utime"):
    setattr(os, _name, _led(getattr(os, _name)))
for _name in ("rename", "replace"):
    setattr(os, _name, _led(getattr(os, _name), 2))


class _Secrets:
    def get(self, scope: str, key: str) -> str:
        """A secret, by the rights of whoever started the run."""
        url = f"{_URL}/api/2.0/secrets/get?" + urllib.parse.urlencode({"scope": scope, "key": key})
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {_TOKEN}"})
        with urllib.request.urlopen(request) as answer:
            return base64.b64decode(json.load(answer)["value"]).decode()


class _DbUtils:
    secrets = _Secrets()


class _Namespace:
    """What the SDK asks on a cluster for the objects that scripts have there."""

    @classmethod
    def getOrCreate(cls) -> "_Namespace":
        return cls()

    def get_namespace_globals(self) -> dict[str, Any]:
        return {name: globals()[name] for name in ("spark", "sc", "dbutils") if name in globals()}


def _runtime_login() -> tuple[str, Callable[[], dict[str, str]]]:
    return _URL, lambda: {"Authorization": f"Bearer {_TOKEN}"}


def _log_in_as_the_runtime() -> None:
    """`WorkspaceClient()` on a cluster logs in as whoever the run is of: the SDK finds that in these two modules."""
    runtime, login = types.ModuleType("dbruntime"), types.ModuleType("dbruntime.sdk_credential_provider")
    runtime.__dict__["UserNamespaceInitializer"] = _Namespace
    login.__dict__["init_runtime_native_auth"] = _runtime_login
    sys.modules |= {runtime.__name__: runtime, login.__name__: login}


def _only_what_was_shipped() -> None:
    """The checkout that this test runs from is not on a cluster: only what the run brought may be imported."""
    sys.meta_path[:] = [one for one in sys.meta_path if "__editable__" not in getattr(one, "__module__", repr(one))]
    sys.path[:] = [one for one in sys.path if not Path(one, "demo_factory").is_dir()]


dbutils = _DbUtils()
_log_in_as_the_runtime()
_only_what_was_shipped()
_folder, _script = Path(sys.argv[1]), Path(sys.argv[2])
sys.path[:0] = [str(_script.parent), *(_folder / "wheels").read_text(encoding="utf-8").split()]
sys.argv[:] = sys.argv[2:]
exec(compile((_folder / "spark.py").read_text(encoding="utf-8"), "spark_bootstrap", "exec"), globals())
if not _DEDICATED:
    globals().pop("sc", None)
if hasattr(globals().get("spark"), "sql"):
    _guards = Path(__file__).with_name("spark_guards.py")
    _there = {"URL": _URL, "TOKEN": _TOKEN, "DEDICATED": _DEDICATED, "SPARK": globals()["spark"]}
    _there["look_again"] = globals().get("look_again")
    exec(compile(_guards.read_text(encoding="utf-8"), str(_guards), "exec"), _there)
__file__ = str(_script)
exec(compile(_script.read_text(encoding="utf-8"), __file__, "exec"), globals())

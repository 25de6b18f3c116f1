"""What installing demo_factory brings: on Databricks' compute no Spark, on a machine of yours all of it."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from demo_factory_tests.house.test_imports import files, parsed, statements

ROOT = Path(__file__).parents[2]
FIXED = {"dagster", "dagster-databricks", "dagster-pyspark", "dbldatagen", "mlflow", "pandera", "pytest"}
LAUNCHERS = {
    f"demo_factory/{name}.py"
    for name in ("orchestration/cluster", "orchestration/serverless", "compat/dagster_databricks")
}
EXTRA_ONLY = {"dagster_databricks", "dagster_pyspark", "dagster_webserver"}


@cache
def needs(name: str, extras: frozenset[str] = frozenset()) -> list[Requirement]:
    """What a distribution asks for on this machine, with some of its extras."""
    try:
        asked = [Requirement(one) for one in requires(name) or ()]
    except PackageNotFoundError:  # for another platform or another Python
        return []
    given = [{"extra": extra} for extra in extras or {""}]
    return [one for one in asked if one.marker is None or any(one.marker.evaluate(each) for each in given)]


def brought_by(extras: frozenset[str]) -> set[str]:
    """Every package that comes with demo-factory, through any number of others."""
    waiting = [("demo-factory", extras), ("demo-factory", frozenset[str]())]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        one = waiting.pop()
        if one not in done:
            done.add(one)
            waiting += [(canonicalize_name(each.name), frozenset(each.extras)) for each in needs(*one)]
            waiting += [(canonicalize_name(each.name), frozenset()) for each in needs(*one)]
    return {name for name, _ in done}


def test_the_package_alone_brings_no_spark():
    found = brought_by(frozenset())
    assert {"dagster", "databricks-sdk", "dbldatagen", "mlflow", "pandera", "pydantic-core"} <= found
    assert not {"pyspark", "pyspark-client", "delta-spark", "py4j", "databricks-connect"} & found
    assert not {"dagster-databricks", "dagster-pyspark", "dagster-webserver"} & found


def test_the_extra_brings_spark_and_what_starts_it_elsewhere():
    assert {"pyspark", "dagster-databricks", "dagster-pyspark", "dagster-webserver"} <= brought_by(frozenset({"local"}))


def test_the_lock_holds_everything_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    names = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.M)}
    assert names >= FIXED | {"pyspark", "dagster-webserver"}
    assert "://" not in lock
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.strip())
    assert all("--hash=sha256:" in block for block in blocks)


def test_what_only_the_extra_brings_is_imported_by_the_launchers_alone():
    """And those two by nobody who has not asked for them: what runs on the compute never needs the extra."""
    for file in files():
        where = file.relative_to(ROOT).as_posix()
        top = {id(node) for node in statements(parsed(file), functions=False)}
        for node in statements(parsed(file)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] in EXTRA_ONLY for name in names):
                assert where in LAUNCHERS, f"{where} imports {', '.join(names)}"
            if {"demo_factory.orchestration.cluster", "demo_factory.orchestration.serverless"} & set(names):
                assert id(node) not in top, f"{where}: import it where it is used"


@pytest.mark.e2e
def test_python_c_reaches_its_end():
    """PySpark would take it for its own doctests and end it, with code 0, where Spark Connect is not installed."""
    code = """from demo_factory.compat.start import prepare; prepare()
import demo_factory.quality.contract, mlflow.utils.databricks_utils; print('alive')"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "alive\n"

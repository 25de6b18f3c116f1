"""What is shipped to a cluster: the package alone, the demos, one target, no secret, pinned libraries."""

import importlib
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib.metadata import files
from io import BytesIO
from pathlib import Path

import dagster_pyspark.utils
import pytest

from demo_factory.operations.settings import Settings
from demo_factory.orchestration.package import LAUNCHER_PARTS, libraries, remote_environment, staged, zipped
from demo_factory.targets.load import parse_targets
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of

pytestmark = pytest.mark.e2e
TARGETS = """
targets:
  dev:
    host: https://dev.example.com
    auth: {service_principal: {client_id: abc, secret_env: CANARY_SECRET}}
    compute: {serverless: {volume: main.default.staging}}
    warehouse: demo
    notify: [someone@example.com]
  other: {host: https://other.example.com, compute: {serverless: {}}, warehouse: demo}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    blueprint(tmp_path / "demos")
    local = settings_of(tmp_path / "home", tmp_path / "demos", Path("demo_factory/demos").absolute())
    return replace(local, target="dev", as_of=DAY, targets=parse_targets(TARGETS))


def test_the_copy_holds_the_package_with_its_prefix_and_nothing_else(settings):
    with staged(settings) as folder:
        there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        first, again = zipped(folder), zipped(folder)
        targets = (folder / "demo_factory" / "targets.yaml").read_text(encoding="utf-8")
    assert not folder.exists()
    assert {"demo_factory/__init__.py", "demo_factory/py.typed", "demo_factory/definitions.py"} <= there
    assert {"demo_factory/demos/retail.yaml", "demo_factory/demos/tiny.yaml"} <= there
    assert all(name.startswith("demo_factory/") for name in there)
    assert not [name for name in there if "__pycache__" in name or "/." in name or "tests" in name]
    assert first == again
    assert sorted(zipfile.ZipFile(BytesIO(first)).namelist()) == sorted(there)
    assert set(parse_targets(targets)) == {"local", "dev"}
    assert "CANARY" not in targets
    assert "someone" not in targets


def test_two_copies_are_the_same_bytes(settings):
    with staged(settings) as one, staged(settings) as other:
        assert zipped(one) == zipped(other)


def test_the_launcher_zips_all_of_the_copy(settings, tmp_path):
    with staged(settings, LAUNCHER_PARTS) as folder:
        dagster_pyspark.utils.build_pyspark_zip(str(tmp_path / "code.zip"), str(folder))
        ours = zipfile.ZipFile(BytesIO(zipped(folder))).namelist()
    theirs = zipfile.ZipFile(tmp_path / "code.zip").namelist()
    assert sorted(theirs) == sorted(ours)


def test_the_copy_can_be_imported_and_knows_its_target_and_demos(settings):
    code = (
        "import demo_factory; from demo_factory.operations.settings import Settings; s = Settings.read();"
        "from demo_factory.operations.settings import find_demos;"
        "print(demo_factory.__file__, s.target, s.env, s.as_of, sorted(find_demos(s)))"
    )
    with staged(settings) as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**remote_environment(settings), "PYTHONPATH": str(folder)},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == f"{folder}/demo_factory/__init__.py dev dev {DAY} ['retail', 'tiny']"


def test_libraries_are_pinned_and_bring_no_spark():
    found = dict(one.split("==") for one in libraries())
    assert {"dagster", "databricks-sdk", "mlflow", "pandera", "sqlglot", "dbldatagen"} <= set(found)
    assert not {"pyspark", "dagster-databricks", "dagster-pyspark", "dagster-webserver"} & set(found)
    assert found["sqlglot"] == importlib.import_module("sqlglot").__version__


def test_dagsters_launcher_goes_as_files_and_what_it_needs_as_libraries(settings):
    with staged(settings, LAUNCHER_PARTS) as folder:
        shipped = {str(path.relative_to(folder)) for path in folder.rglob("*.py")}
        assert {path.name for path in folder.iterdir()} == {"demo_factory", *LAUNCHER_PARTS}
    for part in LAUNCHER_PARTS:
        installed = {str(one) for one in files(part) or () if one.suffix == ".py" and one.parts[0] == part}
        assert len(installed) > 3
        assert installed <= shipped
    more = {one.partition("==")[0] for one in {*libraries(LAUNCHER_PARTS)} - {*libraries()}}
    assert more == {"aiohttp", "dagster-pipes"}


def test_settings_travel_without_secrets(settings, monkeypatch):
    monkeypatch.setenv("CANARY_SECRET", "dapi-canary")
    said = remote_environment(settings)
    assert said == {
        "DEMO_FACTORY_TARGET": "dev",
        "DEMO_FACTORY_ENV": "dev",
        "DEMO_FACTORY_USER": settings.user,
        "DEMO_FACTORY_AS_OF": str(DAY),
        "DEMO_FACTORY_CARRIER": "dbldatagen",
    }

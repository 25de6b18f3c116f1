"""The component beside Dagster's own `dg`: scaffolded, checked and loaded in a project that is not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import demo_factory
from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration.component import DemoComponent
from demo_factory_tests.orchestration.small import blueprint

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PROJECT = """
[project]
name = "theirs"
version = "0.1.0"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "theirs"
"""
DEFINITIONS = """
from pathlib import Path
import dagster as dg

@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


def run_dg(*words: str, folder: Path, home: Path) -> str:
    """What `dg` prints, which has to succeed."""
    places = {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{ROOT}", "DEMO_FACTORY_HOME": str(home / "state")}
    command = [str(Path(sys.executable).with_name("dg")), *words]
    telling = {"DAGSTER_HOME": str(home), "COLUMNS": "200", "DAGSTER_DISABLE_TELEMETRY": "yes"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ, **places, **telling})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_any_project_takes_a_demo_in_with_dg_alone(tmp_path):
    folder, home = tmp_path / "project", tmp_path / "home"
    defs = folder / "src" / "theirs" / "defs"
    defs.mkdir(parents=True)
    home.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (defs.parent / "definitions.py").write_text(DEFINITIONS)
    for package in (defs.parent, defs):
        (package / "__init__.py").touch()
    run_dg("scaffold", "defs", "demo_factory.DemoComponent", "retail", folder=folder, home=home)
    written = (defs / "retail" / "defs.yaml").read_text().split()
    assert written == ["type:", "demo_factory.DemoComponent", "attributes:", "demo:", "retail"]
    assert "All definitions loaded successfully." in run_dg("check", "defs", folder=folder, home=home)
    assert not (home / "state").exists()


@pytest.mark.nightly
def test_dg_checks_this_repository_too(tmp_path):
    (tmp_path / "home").mkdir()
    assert "All definitions loaded successfully." in run_dg("check", "defs", folder=ROOT, home=tmp_path / "home")


def test_two_demos_of_one_project_share_the_target(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blueprint(tmp_path / "demos", "one", project="one")
    blueprint(tmp_path / "demos", "two", project="two")
    loaded = [DemoComponent(demo=name).build_defs(_no_context()) for name in ("one", "two")]
    merged = dg.Definitions.merge(*loaded)  # it refuses two resources of one name, and two executors
    assert {merged.resolve_job_def(name).executor_def.name for name in ("one", "two")} == {"threads"}


def test_a_demo_that_is_not_there_is_said_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DemoError, match=r"There is no demo 'retial'.*Did you mean 'retail'"):
        DemoComponent(demo="retial").build_defs(_no_context())


def test_the_package_names_the_component_and_costs_nothing_before_it_is_asked_for():
    assert demo_factory.DemoComponent is DemoComponent
    assert "DemoComponent" in dir(demo_factory)
    with pytest.raises(AttributeError, match="no attribute 'Demo'"):
        demo_factory.Demo  # noqa: B018
    script = "import sys, demo_factory; print('dagster' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "False"]


def _no_context() -> dg.ComponentLoadContext:
    return dg.ComponentTree.for_test().load_context

"""The package goes beside what a runtime has, without another version of any of it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from demo_factory_tests.house.runtimes import RUNTIMES

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_our_bounds_allow_what_a_runtime_has(runtime):
    _, held = RUNTIMES[runtime]
    asked = [Requirement(one) for one in PROJECT["dependencies"]]
    assert [str(one) for one in asked if one.name in held and held[one.name] not in one.specifier] == []


@pytest.mark.e2e
@pytest.mark.nightly  # it asks the package index
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_resolver_finds_a_way_that_holds_all_of_it(runtime, tmp_path):
    python, held = RUNTIMES[runtime]
    (tmp_path / "asked.txt").write_text("\n".join(PROJECT["dependencies"]))
    (tmp_path / "held.txt").write_text("\n".join(f"{name}=={version}" for name, version in held.items()))
    uv = Path(sys.executable).with_name("uv")
    command = [uv, "pip", "compile", "asked.txt", "-c", "held.txt", "--python-version", python, "--no-annotate"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = {line for line in done.stdout.splitlines() if "==" in line}
    for name, version in held.items():
        assert not any(line.startswith(f"{name}==") for line in found) or f"{name}=={version}" in found

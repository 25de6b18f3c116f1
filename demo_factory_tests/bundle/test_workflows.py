"""Workflows: their shape, pinned actions, the least rights, no secret, and the order of workspaces."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from demo_factory.blueprint.document import read_document
from demo_factory.bundle.render import render
from demo_factory_tests.bundle.sources import coffee

pytestmark = pytest.mark.e2e
FILES = {path: text for path, text in render(coffee()).items() if path.startswith(".github/workflows/")}
PATHS = sorted(FILES)
_TEXT = {"type": "string", "minLength": 1}
_MAP = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
_STEP = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"name": _TEXT, "uses": _TEXT, "run": _TEXT, "with": _MAP, "env": _MAP, "if": _TEXT},
    "oneOf": [{"required": ["uses"]}, {"required": ["run"]}],
}
_PERMISSIONS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"contents": {"enum": ["read"]}, "id-token": {"enum": ["write"]}},
}
_JOB = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "runs-on", "timeout-minutes", "steps"],
    "properties": {
        "name": _TEXT,
        "if": _TEXT,
        "needs": _TEXT,
        "runs-on": {"enum": ["ubuntu-24.04"]},
        "timeout-minutes": {"type": "integer", "minimum": 1, "maximum": 360},
        "environment": _TEXT,
        "concurrency": {
            "type": "object",
            "additionalProperties": False,
            "required": ["group", "cancel-in-progress"],
            "properties": {"group": _TEXT, "cancel-in-progress": {"type": "boolean"}},
        },
        "permissions": _PERMISSIONS,
        "env": _MAP,
        "steps": {"type": "array", "minItems": 1, "items": _STEP},
    },
}
_WORKFLOW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "on", "permissions", "jobs"],
    "properties": {
        "name": _TEXT,
        "on": {
            "anyOf": [
                {"type": "array", "items": {"enum": ["pull_request"]}},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "push": {"type": "object", "required": ["branches"]},
                        "pull_request": {"type": "object", "required": ["types"]},
                        "workflow_dispatch": {"const": {}},
                    },
                },
            ]
        },
        "permissions": _PERMISSIONS,
        "env": _MAP,
        "jobs": {"type": "object", "minProperties": 1, "additionalProperties": _JOB},
    },
}


def data_of(path: str) -> dict:
    document = read_document(FILES[path], path)
    assert document.problems == []
    return document.data


def jobs(path: str) -> dict[str, dict]:
    return data_of(f".github/workflows/{path}")["jobs"]


def commands(job: dict) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_there_are_three():
    assert [path.rpartition("/")[2] for path in PATHS] == ["deploy.yml", "destroy-pr.yml", "test.yml"]


@pytest.mark.parametrize("path", PATHS)
def test_the_shape(path):
    jsonschema = pytest.importorskip("jsonschema")
    data = data_of(path)
    assert list(jsonschema.Draft202012Validator(_WORKFLOW).iter_errors(data)) == []
    for job in data["jobs"].values():
        assert job.get("needs") in (None, *data["jobs"])


@pytest.mark.parametrize("path", PATHS)
def test_no_word_of_a_template_is_left(path):
    assert "<<" not in FILES[path]
    assert ">>" not in FILES[path]


@pytest.mark.parametrize("path", PATHS)
def test_actions_are_pinned_by_commit_and_say_their_release(path):
    uses = re.findall(r"uses: (.*)", FILES[path])
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


@pytest.mark.parametrize("path", PATHS)
def test_jobs_on_a_workspace_show_an_identity_and_no_secret(path):
    assert "secrets." not in FILES[path]
    assert "TOKEN" not in FILES[path]
    data = data_of(path)
    assert data["permissions"] == {"contents": "read"}
    for job in data["jobs"].values():
        on_workspace = "DATABRICKS_HOST" in job.get("env", {})
        assert on_workspace == ("environment" in job) == ("id-token" in job.get("permissions", {}))
        if on_workspace:
            assert job["env"]["DATABRICKS_AUTH_TYPE"] == "github-oidc"
            assert job["env"]["DATABRICKS_HOST"] == f"https://{job['environment']}.example.com"
            assert not job["concurrency"]["cancel-in-progress"], "a deployment that began must end"
        assert job["steps"][0]["with"] == {"persist-credentials": False}


@pytest.mark.parametrize("path", PATHS)
def test_what_others_write_reaches_no_shell(path):
    """A branch's name or a title inside a command would be run by the shell."""
    for job in data_of(path)["jobs"].values():
        for command in commands(job):
            assert "${{" not in command


def test_a_pull_request_is_tested_from_the_cheap_to_the_dear():
    found = jobs("test.yml")
    assert list(found) == ["check", "local", "dev"]
    assert (found["local"]["needs"], found["dev"]["needs"]) == ("check", "local")
    said = " ".join(command for job in found.values() for command in commands(job))
    for part in (
        "demo-factory validate demos/coffee.yaml",
        "demo-factory bundle demos/coffee.yaml --out . --check",
        "pytest tests",
        "demo-factory build demos/coffee.yaml --scale 0.05",
        "databricks bundle validate --strict -t dev",
        "databricks bundle run -t dev test_data_quality",
    ):
        assert part in said
    installs = {name: [one for one in commands(job) if '"$PACKAGE"' in one] for name, job in found.items()}
    assert installs["check"] == ['python -m pip install "$PACKAGE"']
    assert installs["local"] == ["python -m pip install \"$PACKAGE\" 'demo-factory[local]'"], "the runner has no Spark"
    assert "head.repo.full_name == github.repository" in found["dev"]["if"]


def test_a_change_goes_from_one_workspace_to_the_next():
    found = jobs("deploy.yml")
    assert {name: job.get("needs") for name, job in found.items()} == {"dev": None, "staging": "dev", "prod": "staging"}
    for name, job in found.items():
        assert job["environment"] == name
        assert [command.split(" -t ")[0] for command in commands(job)] == [
            "databricks bundle validate --strict",
            "databricks bundle deploy",
            "databricks bundle run",
            "databricks bundle run",
            "databricks bundle run",
        ]


def test_the_environment_of_a_pull_request_goes_when_it_closes():
    made, removed = jobs("test.yml")["dev"], jobs("destroy-pr.yml")["dev"]
    assert made["env"]["BUNDLE_VAR_env"] == removed["env"]["BUNDLE_VAR_env"]
    assert "github.event.number" in made["env"]["BUNDLE_VAR_env"]
    assert made["concurrency"]["group"] == removed["concurrency"]["group"], "it waits for the deployment to end"
    assert commands(removed)[-2:] == [
        "databricks bundle run -t dev destroy",
        "databricks bundle destroy -t dev --auto-approve",
    ]


def test_actionlint_agrees(tmp_path):
    program = shutil.which("actionlint")
    if program is None:
        pytest.skip("actionlint is not installed")
    for path, text in FILES.items():
        (tmp_path / path.rpartition("/")[2]).write_text(text)
    done = subprocess.run(
        [program, "-no-color", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

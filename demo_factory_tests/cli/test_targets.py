"""Targets on the command line and in the settings: which there are, which is in use, and its environment."""

import json

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.cli import main
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_local
from demo_factory.targets.example import EXAMPLE

pytestmark = pytest.mark.e2e


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run one command in an empty folder; gives (exit code, stdout, stderr)."""

    def call(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    return call


def test_the_example_is_written_and_listed(run, tmp_path):
    code, out, _ = run("targets")
    assert code == 0
    assert "this machine" in out
    assert "demo-factory targets --example > targets.yaml" in out
    code, out, _ = run("targets", "--example")
    assert (code, out) == (0, EXAMPLE)
    (tmp_path / "targets.yaml").write_text(out)
    rows = {line.split()[0]: line for line in run("targets")[1].splitlines() if line and line[0].islower()}
    assert list(rows) == ["target", "local", "dev", "staging", "prod"]
    for word in ("workspace", "adb-1111111111111111", "profile dev", "serverless", "yes"):
        assert word in rows["dev"]
    for word in ("service principal", "cluster 1-4 x Standard_DS3_v2", "catalog"):
        assert word in rows["staging"]
    for word in ("production", "environment", " no ", "nothing more"):
        assert word in rows["prod"]


def test_as_json(run, tmp_path, monkeypatch):
    (tmp_path / "targets.yaml").write_text(EXAMPLE)
    monkeypatch.setenv("DEMO_FACTORY_TARGET", "staging")
    found = {one["name"]: one for one in json.loads(run("targets", "--json")[1])}
    assert [name for name, one in found.items() if one["in_use"]] == ["staging"]
    assert found["local"]["kind"] == "local"
    assert found["prod"]["allow"]["destroy"] is False


def test_a_wrong_file_is_named_with_its_line(run, tmp_path):
    (tmp_path / "targets.yaml").write_text(EXAMPLE.replace("warehouse: demo-warehouse #", "warehous: demo-warehouse #"))
    code, _, err = run("targets")
    assert code == 1
    assert "targets.yaml:8: targets.dev.warehous: unknown field" in err


def test_the_schema_of_targets(run, tmp_path):
    code, out, _ = run("schema", "targets")
    assert code == 0
    assert json.loads(out)["title"] == "demo_factory targets"
    assert run("schema", "targets", "--to", "s.json")[0] == 0
    assert (tmp_path / "s.json").read_text() == out
    assert run("schema", "target")[0] == 2


def test_settings_take_the_target_and_its_environment(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(EXAMPLE.replace("env: prod", "env: live"))
    base = {"DEMO_FACTORY_TARGETS": str(file)}
    assert (Settings.read(base).target, Settings.read(base).env) == ("local", "dev")
    prod = Settings.read({**base, "DEMO_FACTORY_TARGET": "prod"})
    assert (prod.env, prod.targets["prod"].host) == ("live", "https://adb-3333333333333333.3.azuredatabricks.net")
    pull = Settings.read({**base, "DEMO_FACTORY_TARGET": "prod", "DEMO_FACTORY_ENV": "pr7"})
    assert (pull.env, pull.targets["prod"].env) == ("pr7", "pr7")
    assert pull.targets["prod"].folder == "/Workspace/Users/{me}/.demo_factory/pr7", "its ledger is not that of prod"
    with pytest.raises(DemoError, match="target is prod"):
        open_local(prod)


def test_an_unknown_target_is_told_the_nearest(run, tmp_path, monkeypatch):
    (tmp_path / "targets.yaml").write_text(EXAMPLE)
    monkeypatch.setenv("DEMO_FACTORY_TARGET", "stagin")
    code, _, err = run("targets")
    assert code == 2
    assert "stagin is no known target. Did you mean 'staging'?" in err


def test_a_named_file_has_to_be_there(run, monkeypatch):
    monkeypatch.setenv("DEMO_FACTORY_TARGETS", "none.yaml")
    code, _, err = run("targets")
    assert code == 1
    assert "none.yaml: cannot be read" in err


PLACES = """targets:
  dev: {host: https://w.example.com, compute: {serverless: {}}, warehouse: w}
  prod: {host: https://p.example.com, compute: {serverless: {}}, warehouse: w}
"""


def test_an_advised_command_means_the_same_place(run, tmp_path):
    """Without --env it would destroy the target's own demo instead of the pull request's."""
    (tmp_path / "my targets.yaml").write_text(PLACES)
    words = ("--targets", "my targets.yaml", "--env", "pr7", "destroy", "retail", "--target", "prod")
    code, _, err = run(*words)
    assert code == 1
    assert "demo-factory destroy retail --protected --target prod --env pr7 --targets 'my targets.yaml'" in err


@pytest.mark.parametrize(
    ("environ", "command"),
    [
        ({}, "demo-factory build retail"),
        ({"TARGET": "dev"}, "demo-factory apply retail --target dev"),
        ({"TARGET": "dev", "ENV": "dev"}, "demo-factory apply retail --target dev"),
        ({"TARGET": "dev", "ENV": "pr7"}, "demo-factory apply retail --target dev --env pr7"),
        ({"ENV": "pr7"}, "demo-factory build retail --env pr7"),
    ],
)
def test_the_command_that_builds(tmp_path, environ, command):
    (tmp_path / "targets.yaml").write_text(PLACES)
    environ = {**environ, "TARGETS": tmp_path / "targets.yaml"}
    settings = Settings.read({f"DEMO_FACTORY_{name}": str(value) for name, value in environ.items()})
    assert settings.building("retail") == command


@pytest.mark.parametrize(
    ("env", "said"), [("PR-7", "For example pr_7."), ("../up", "is not a name"), ("e" * 130, "at most 120")]
)
def test_an_environment_is_a_name(run, env, said):
    code, _, err = run("plan", "retail", "--env", env)
    assert code == 2
    assert "The environment (--env or DEMO_FACTORY_ENV) becomes part of names" in err
    assert said in err

"""The command secrets: values typed unseen go into the scope and nowhere else; jobs only read them."""

from __future__ import annotations

import base64
import io
import os
import sys

import pytest

from demo_factory.cli import main
from demo_factory_tests.cli.test_target_life import DEMO
from demo_factory_tests.workspace.databricks.double import Double, connect

pytestmark = pytest.mark.double
CANARY, OTHER = "canary-0d1e55aa", "canary-77c0ffee"
RUNNER = "\n  service_principals: {runner: {}}\n  runs_as: runner\n  grants:"


@pytest.fixture
def double():
    with Double() as made:
        yield made
        assert not made.violations, made.violations


@pytest.fixture
def run(double, tmp_path, monkeypatch, capsys):
    """Commands on a workspace where the demo's readers are."""
    double.add_group("analysts")
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "tiny.yaml").write_text(DEMO.replace("\n  grants:", RUNNER))
    (tmp_path / "targets.yaml").write_text(
        f"targets: {{dev: {{host: '{double.url}', compute: {{serverless: {{}}}}, warehouse: demo-warehouse}}}}"
    )
    monkeypatch.setenv("DATABRICKS_TOKEN", double.token)

    def call(*words: str, code: int = 0) -> str:
        found = main(list(words))
        out, err = capsys.readouterr()
        assert CANARY not in out + err
        assert OTHER not in out + err
        assert found == code, out + err
        return out + err

    return call


@pytest.fixture
def typed(monkeypatch):
    """What somebody at a terminal types; gives what he was asked."""
    asked: list[str] = []

    def prompt(text: str, **how: object) -> str:
        assert how["hide_input"]
        asked.append(text)
        return CANARY

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", prompt)
    return asked


def value_in(double) -> str:
    return base64.b64decode(double.state.kept["scopes"]["dev_tiny_demo"].secrets["password"][0]).decode()


def test_a_value_is_typed_once_and_read_by_whom_the_demo_names(run, double, typed, tmp_path):
    runner = double.add_service_principal("runner").name
    said = run("secrets", "put", "tiny", "--target", "dev")
    assert said == "Put 1 secret into the scope dev_tiny_demo.\n"
    assert typed == ["Value of the secret password, unseen"]
    assert value_in(double) == CANARY
    assert double.state.kept["scopes"]["dev_tiny_demo"].acls == {
        "admin@example.com": "MANAGE",
        "analysts": "READ",
        runner: "READ",
    }
    assert "TINY_PASSWORD" not in os.environ
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and CANARY.encode() in one.read_bytes()]
    kept = [one["content"] for one in double.state.kept["workspace"].values() if "content" in one]
    assert kept, "the ledger knows of it"
    assert not [content for content in kept if CANARY.encode() in content]
    assert "Next: demo-factory apply tiny --target dev" in run("plan", "tiny", "--target", "dev"), "nothing is missing"


def test_again_a_new_value_is_put_and_an_empty_one_keeps_what_is_there(run, double, monkeypatch):
    double.add_service_principal("runner")
    for line, said, value in (
        (CANARY, "Put 1 secret into the scope dev_tiny_demo.\n", CANARY),
        ("", "Put 0 secrets into the scope dev_tiny_demo, kept 1.\n", CANARY),
        (OTHER, "Put 1 secret into the scope dev_tiny_demo.\n", OTHER),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
        assert run("secrets", "put", "tiny", "--target", "dev") == said
        assert value_in(double) == value


def test_what_is_missing_is_said_before_anything_is_written(run, double, monkeypatch):
    def refused(line: str, *more: str, code: int = 1) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(line))
        before = len(double.writes())
        said = run("secrets", "put", "tiny", *more, code=code)
        assert len(double.writes()) == before
        return said

    on_dev = ("--target", "dev")
    told = refused(f"{CANARY}\n", *on_dev)
    assert "These are to read the secrets and are not there yet: runner; nothing was put." in told
    assert "demo-factory apply tiny --target dev --select access_principals" in told
    double.add_service_principal("runner")
    assert "The secret password needs a value; nothing was put." in refused("", *on_dev)
    assert "local keeps no secrets. Say where: demo-factory secrets put tiny --target NAME" in refused("", code=2)
    connect(double).secrets.create_scope("dev_tiny_demo")
    assert "The secret scope dev_tiny_demo is there already and demo_factory did not make it" in refused(
        f"{CANARY}\n", *on_dev
    )


def test_a_demo_without_secrets_has_nothing_to_put(run, tmp_path):
    (tmp_path / "demos" / "tiny.yaml").write_text(
        DEMO.replace("  secrets: {keys", "  groups2: {keys").split("  groups2")[0]
    )
    assert "tiny names no secrets." in run("secrets", "put", "tiny", "--target", "dev", code=2)
    assert run("secrets", "get", "tiny", code=2)

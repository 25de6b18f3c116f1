"""The command doctor: what would fail on stage is named with what to do, and nothing is written."""

from __future__ import annotations

import json
import shutil
import socket
from collections import namedtuple

import pytest

from demo_factory.cli import main
from demo_factory.operations import doctor
from demo_factory_tests.access.governed import GOVERNED
from demo_factory_tests.workspace.databricks.double import Double

pytestmark = pytest.mark.e2e  # it asks Java for its version
TARGETS = "targets: {{dev: {{host: '{url}', compute: {{serverless: {{}}}}, warehouse: demo-warehouse}}}}"


@pytest.fixture
def look(tmp_path, monkeypatch, capsys):
    """What the command finds by subject, its exit code under `code`."""
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "gov.yaml").write_text(GOVERNED)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(doctor, "PORT", free.getsockname()[1])

    def call(*words: str) -> dict[str, dict[str, str]]:
        code = main(["--home", str(tmp_path / "home"), "doctor", *words, "--json"])
        assert not (tmp_path / "home").exists()
        return {one["subject"]: one for one in json.loads(capsys.readouterr().out)} | {"code": code}

    return call


def test_a_machine_that_can_show_a_demo_says_so(look):
    found = look()
    assert {one["level"] for name, one in found.items() if name not in ("code", "demos", "Delta's jars")} == {"ok"}
    assert found["demos"]["remedy"].startswith("demo-factory build retail ")
    assert found["code"] == 0


def test_what_the_machine_lacks_is_named_with_its_remedy(look, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**10, 10**10 - 10**8, 10**8))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setattr(doctor, "PORT", other.getsockname()[1])
        found = look()
    assert (found["Java"]["level"], found["disk"]["level"], found["code"]) == ("stop", "stop", 3)
    assert "/nowhere/bin/java" in found["Java"]["says"]
    assert "100 MB are free" in found["disk"]["says"]
    assert (found["port"]["level"], found["Delta's jars"]["level"]) == ("look", "look")
    assert "--port" in found["port"]["remedy"]


def test_a_demo_with_a_mistake_or_never_built_cannot_be_shown(look, tmp_path):
    found = look("gov")
    assert found["gov: customers"]["level"] == "stop"
    assert found["gov: customers"]["says"].startswith("never built")
    (tmp_path / "demos" / "gov.yaml").write_text(GOVERNED.replace("rows: 40", "rows: none"))
    found = look("gov")
    assert found["gov"]["level"] == "stop"
    assert "gov.yaml:" in found["gov"]["says"]


def test_a_workspace_says_what_the_login_cannot_do(look, tmp_path, monkeypatch):
    with Double() as double:
        (tmp_path / "targets.yaml").write_text(TARGETS.format(url=double.url))
        monkeypatch.setenv("DATABRICKS_TOKEN", double.add_user("guest@example.com"))
        found = look("gov", "--target", "dev")
        assert (found["login"]["says"], found["login"]["level"]) == ("guest@example.com", "ok")
        assert found["principals"]["level"] == "stop"
        assert "map them to others by `principals`" in found["principals"]["remedy"]
        assert found["secret dev_gov_demo/password"]["level"] == "stop"
        assert "Java" not in found, "what is made there needs none here"
        assert found["code"] == 3
        monkeypatch.setenv("DATABRICKS_TOKEN", "wrong")
        found = look("gov", "--target", "dev")
        assert (found["code"], [one["level"] for name, one in found.items() if name in ("dev", "gov")]) == (3, ["stop"])
        assert double.writes() == []
        assert double.violations == []

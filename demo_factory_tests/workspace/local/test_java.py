from __future__ import annotations

from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local.java import find_java, parse_version

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("printed", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "24-ea" 2025-03-18', 24),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx="9"\nopenjdk version "11.0.2" 2019-01-15', 11),
    ],
)
def test_versions_as_the_vendors_print_them(printed: str, major: int) -> None:
    parsed = parse_version(printed)
    assert parsed is not None
    assert parsed[0] == major


def test_what_is_no_version() -> None:
    assert parse_version("Error: could not find libjava.so") is None


def fake_java(folder: Path, script: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return folder


def test_java_home_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = fake_java(tmp_path, """echo 'openjdk version "21.0.1"' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(home))
    java = find_java()
    assert (java.path, java.major) == (home / "bin" / "java", 21)


def test_an_old_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, """echo 'java version "1.8.0_392"' >&2""")))
    with pytest.raises(DemoError, match=r"JAVA_HOME .* is version 1\.8\.0_392; Spark needs 17 or newer\. Install Java"):
        find_java()


def test_a_java_that_does_not_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(DemoError, match=r"The Java of JAVA_HOME \(.*gone/bin/java\) does not run"):
        find_java()
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, "echo broken >&2; exit 3")))
    with pytest.raises(DemoError, match="does not say its version: broken"):
        find_java()


def test_no_java_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DemoError, match="none was found on PATH or in JAVA_HOME") as refused:
        find_java()
    assert "Install Java 17 or newer" in refused.value.remedy

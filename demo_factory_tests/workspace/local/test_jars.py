from __future__ import annotations

from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local.jars import delta_jars, spark_jars
from demo_factory.workspace.local.java import Java, find_java
from demo_factory.workspace.local.layout import cache_folder

pytestmark = pytest.mark.e2e


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "demo_factory"


def scripted(tmp_path: Path, script: str) -> Java:
    path = tmp_path / "java"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Java(path, 17, "17")


def test_the_cache_answers_without_running_java(empty_cache: Path) -> None:
    folder = empty_cache / "delta-4.4.0"
    folder.mkdir(parents=True)
    names = ["delta-spark_4.2_2.13-4.4.0.jar", "delta-storage-4.4.0.jar"]
    for name in names:
        (folder / name).touch()
    assert [jar.name for jar in delta_jars(Java(Path("/does/not/exist"), 17, "17"))] == names


def test_a_failed_download_says_why_and_leaves_nothing(empty_cache: Path, tmp_path: Path) -> None:
    java = scripted(tmp_path, "echo ':: UNRESOLVED DEPENDENCIES ::'; exit 1")
    with pytest.raises(DemoError, match=r"could not be downloaded from Maven Central .*UNRESOLVED") as refused:
        delta_jars(java)
    assert str(cache_folder()) in refused.value.remedy
    assert list(empty_cache.iterdir()) == []


def test_a_download_without_its_jars_is_a_failure(empty_cache: Path, tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="did not arrive"):
        delta_jars(scripted(tmp_path, "exit 0"))


def test_the_settings_name_no_host(empty_cache: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(DemoError):
        delta_jars(scripted(tmp_path, f"cat settings.xml ivy.xml > {kept}; exit 1"))
    assert "://" not in kept.read_text()


def test_ivy_and_spark_are_where_we_look() -> None:
    assert len(list(spark_jars().glob("ivy-*.jar"))) == 1


@pytest.mark.e2e
def test_a_real_download(empty_cache: Path) -> None:
    jars = delta_jars(find_java())
    assert all(jar.stat().st_size > 100_000 for jar in jars)
    assert [child.name for child in empty_cache.iterdir()] == ["delta-4.4.0"]

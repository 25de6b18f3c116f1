"""Java that dies while it starts: the class archive goes only when it may be the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local import jvm
from demo_factory.workspace.local.layout import StateFolder, cache_folder
from demo_factory_tests.workspace.local.test_java import fake_java

pytestmark = pytest.mark.e2e
# Asked to record an archive it writes one and ends well; afterwards it does what the file `fate` says.
SCRIPT = """
case "$*" in *-version*) echo 'openjdk version "17.0.15"' >&2; exit 0;; esac
for word; do case $word in -XX:ArchiveClassesAtExit=*) echo $$ > "${word#*=}"; exit 0;; esac; done
. "$JAVA_HOME/fate"
"""


@pytest.mark.parametrize(
    ("fate", "kept"), [("kill -9 $$", True), ("kill -15 $$", True), ("exit 143", True), ("exit 1", False)]
)
def test_an_archive_outlives_a_java_that_was_killed(
    fate: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jvm, "_boot", None)  # the shared session's Java goes on
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", SCRIPT)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (cache_folder() / "delta-4.4.0").mkdir(parents=True)
    for name in ("delta-spark_4.2_2.13", "delta-storage"):
        (cache_folder() / "delta-4.4.0" / f"{name}-4.4.0.jar").touch()
    state = StateFolder(tmp_path / "state")
    with pytest.raises(DemoError, match="ended with code 0"):
        jvm.gateway_of(state, rows=1)
    (archive,) = (cache_folder() / "classes").glob("*.jsa")
    before = archive.read_text()

    (tmp_path / "java" / "fate").write_text(fate)
    with pytest.raises(DemoError, match="while starting"):
        jvm.gateway_of(state, rows=1)
    assert (archive.read_text() == before) == kept  # or it was recorded anew

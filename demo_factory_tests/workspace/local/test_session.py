from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo_factory.workspace.local.layout import StateFolder, cache_folder
from demo_factory_tests.workspace.local.processes import run, start

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

OPEN = """
    import sys
    from pathlib import Path
    from demo_factory.workspace.local.session import launch_jvm_early, session_in_background
    from demo_factory.workspace.local.layout import StateFolder
    state = StateFolder(Path(sys.argv[1]))
    boot = launch_jvm_early(state, rows=1)
    spark = session_in_background(state, "dev_demo", ["s"], rows=1).result()
    assert spark.sql("SELECT 41 + 1").collect()[0][0] == 42
    print(boot.archive.use)
"""
LAUNCH = """
    import sys
    from pathlib import Path
    from demo_factory.workspace.local.session import launch_jvm_early
    from demo_factory.workspace.local.layout import StateFolder
    print(launch_jvm_early(StateFolder(Path(sys.argv[1])), rows=0).process.pid, flush=True)
    sys.stdin.readline()
"""


def test_the_second_call_gives_the_same_session(spark: SparkSession, state: StateFolder) -> None:
    from demo_factory.workspace.local.session import open_session, session_in_background

    assert open_session(state, "test_demo") is spark
    assert session_in_background(state, "test_demo").result(60) is spark


def test_settings_that_answers_depend_on(spark: SparkSession) -> None:
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.sql("SELECT cast(timestamp '2026-03-29 02:30:00' AS string)").first()[0] == "2026-03-29 02:30:00"
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"
    assert spark.sparkContext.uiWebUrl is None


def test_workers_run_in_this_interpreter(spark: SparkSession) -> None:
    import sys

    assert spark.sparkContext.pythonExec == sys.executable
    assert "PYSPARK_GATEWAY_PORT" not in os.environ  # a child would attach to our Java


def test_the_default_session_is_ours(spark: SparkSession, state: StateFolder) -> None:
    from pyspark.sql import SparkSession as AnySession

    from demo_factory.workspace.local.session import open_session

    open_session(state, "test_other")
    open_session(state, "test_demo")
    assert AnySession.builder.getOrCreate() is spark


@pytest.mark.e2e
def test_java_ends_when_python_is_killed(tmp_path: Path) -> None:
    with start(LAUNCH, tmp_path / "state") as process:
        assert process.stdout is not None
        java = int(process.stdout.readline())
        assert is_running(java)
        process.send_signal(signal.SIGKILL)
    assert until(lambda: not is_running(java), seconds=60)


@pytest.mark.e2e
@pytest.mark.nightly
def test_class_archive_is_made_used_and_survives_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cache_folder()
    cache = tmp_path / "cache" / "demo_factory"
    cache.mkdir(parents=True)
    for folder in real.glob("delta-*"):
        (cache / folder.name).symlink_to(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))

    assert run(OPEN, tmp_path / "state", cwd=work) == "recording"
    assert until(lambda: len(list((cache / "classes").glob("*.jsa"))) == 1, seconds=60)
    archive = next((cache / "classes").glob("*.jsa"))
    assert run(OPEN, tmp_path / "state", cwd=work) == "used"
    archive.chmod(0o644)
    archive.write_bytes(archive.read_bytes()[:1_000_000])
    assert run(OPEN, tmp_path / "state", cwd=work) == "used"  # tried, then started again without it, in silence
    assert until(archive.is_file, seconds=60)  # and recorded anew
    assert archive.stat().st_size > 1_000_000
    assert until(lambda: list((cache / "classes").iterdir()) == [archive], seconds=60)
    assert list(work.iterdir()) == []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False

"""Builds that are killed, doubled or broken, in real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo_factory_tests.plan.demos import SHOP

pytestmark = pytest.mark.e2e
DAY = "2026-06-01"


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "shop.yaml").write_text(SHOP.format(schema="shop"))
    return tmp_path


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo_factory", *words],
        cwd=folder, env={**os.environ, "DEMO_FACTORY_HOME": "state"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], code: int = 0) -> str:
    out, err = process.communicate(timeout=400)
    assert process.returncode == code, out + err
    return out + err


def content(folder: Path) -> list[dict[str, object]]:
    """A hash of every cell of both tables and of the view's answer."""
    whole = " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) AS n, sum(CAST(xxhash64(*) AS DECIMAL(38,0))) AS h FROM {name}"
        for name in ("customers", "orders", "spending")
    )
    out = start(folder, "sql", whole, "--demo", "shop", "--format", "json").communicate(timeout=200)[0]
    return json.loads(out)


def test_killed_or_interrupted_at_any_step_and_built_again_gives_the_same_tables(folder):
    finish(start(folder, "build", "shop", "--as-of", DAY))
    unbroken = content(folder)
    assert [row["n"] for row in unbroken] == [500, 4000, 2]
    finish(start(folder, "destroy", "shop", "--yes"))
    kill, interrupt = signal.SIGKILL, signal.SIGINT
    for marker, seconds, how, code in (
        ("to do", 3, kill, -kill),
        ("orders", 0.7, kill, -kill),
        ("orders", 0.2, interrupt, 130),
    ):
        build = start(folder, "build", "shop", "--as-of", DAY, "--rebuild")
        next(line for line in build.stderr if marker in line)
        time.sleep(seconds)  # into the next step's work
        build.send_signal(how)
        said = build.communicate(timeout=30)[1]
        assert build.returncode == code, said
        assert ("Interrupted. What was finished is kept" in said) == (how == interrupt)
    finish(start(folder, "build", "shop", "--as-of", DAY))
    assert content(folder) == unbroken


def test_a_second_build_says_who_is_at_work_and_changes_nothing(folder):
    first = start(folder, "build", "shop", "--as-of", DAY)
    lock = folder / "state" / "build.lock"
    from demo_factory.workspace.local.lock import holder
    from demo_factory.workspace.local.state import StateFolder

    state = StateFolder(folder / "state")
    for _ in range(600):
        if holder(state) is not None:
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"{lock} was never held")
    said = finish(start(folder, "build", "shop", "--as-of", DAY), code=3)
    assert "process" in said
    assert "--wait" in said
    assert "newest day" in finish(first)


def test_somebody_elses_table_is_named_and_left_alone(folder):
    theirs = folder / "state" / "lakehouse" / "test_demo" / "shop" / "orders" / "_delta_log"
    theirs.mkdir(parents=True)
    (theirs / "00000000000000000000.json").write_text("{}")
    said = finish(start(folder, "build", "shop", "--as-of", DAY, "--select", "customers,orders"), code=1)
    assert "test_demo.shop.orders is there already" in said
    assert (theirs / "00000000000000000000.json").read_text() == "{}"

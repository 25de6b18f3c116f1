"""One small demo through its whole life on the command line, in real processes."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from demo_factory_tests.plan.demos import SHOP

pytestmark = pytest.mark.e2e
PATH = "my demos/shop.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("life")
    (folder / PATH).parent.mkdir()
    (folder / PATH).write_text(SHOP.format(schema="shop"))
    return folder


def cli(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "demo_factory", *words],
        cwd=folder, env={**os.environ, "DEMO_FACTORY_HOME": "state"}, capture_output=True, text=True, timeout=400,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, f"{words}\n{done.stdout}\n{done.stderr}"
    return done


def test_a_demo_lives_and_leaves_nothing(folder):
    first = cli(folder, "build", PATH, "--as-of", "2026-06-01")
    assert "3 to make" in first.stdout
    assert "newest day     2026-06-01" in first.stdout
    assert "3/3" in first.stderr
    # what is suggested runs as it is written
    sql, ui, look, remove = (shlex.split(line)[1:] for line in first.stdout.split("Next:\n")[1].splitlines())
    assert ui == ["ui"]

    second = cli(folder, "build", PATH, "--as-of", "2026-06-01")
    assert "nothing changed" in second.stdout

    later = cli(folder, "build", PATH, "--as-of", "2026-06-03")
    assert "2 to append, 1 kept" in later.stdout

    sql[1] = "SELECT max(day) AS newest FROM orders"
    rows = json.loads(cli(folder, *sql, "--format", "json").stdout)
    assert rows == [{"newest": "2026-06-03"}]
    assert "Did you mean" in cli(folder, "sql", "SELECT nix FROM orders", "--demo", "shop", code=2).stderr

    status = json.loads(cli(folder, *look, "--json").stdout)
    assert "stale" in json.dumps(status) or "fresh" in json.dumps(status)

    text = (folder / PATH).read_text()
    impossible = text.replace("check: {min: 0, max: 900}", "check: {min: 0, max: 60}")
    (folder / PATH).write_text(impossible)
    refused = cli(folder, "build", PATH, "--as-of", "2026-06-03", code=1)
    assert "lognormal gives values up to" in refused.stderr
    # what no arithmetic on the blueprint can tell is told by the rows
    drawn = "lognormal: {median: 40, sigma: 0.6, max: 900}"
    (folder / PATH).write_text(impossible.replace(drawn, "expr: 'power(order_id, 2)'"))
    broken = cli(folder, "build", PATH, "--as-of", "2026-06-03", code=1)
    assert "amount must be at most 60" in broken.stderr
    (folder / PATH).write_text(text)

    gone = cli(folder, *remove, "--yes")
    assert "0 left" in gone.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["my demos"]

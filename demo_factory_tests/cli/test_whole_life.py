"""One small demo through its whole life on the command line: made and asked in processes, the rest in this one."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory_tests.plan.demos import SHOP

pytestmark = pytest.mark.e2e
PATH = "my demos/shop.yaml"
BUILD = ("build", PATH, "--as-of")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warm) -> Path:
    (tmp_path / PATH).parent.mkdir()
    (tmp_path / PATH).write_text(SHOP.format(schema="shop"))
    monkeypatch.setenv("DEMO_FACTORY_HOME", "state")
    return tmp_path


def alone(*words: str) -> tuple[str, str]:
    """What a command says in a process of its own."""
    command = [sys.executable, "-m", "demo_factory", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout, done.stderr


def test_a_demo_lives_and_leaves_nothing(folder, capfd):
    def here(*words: str, code: int = 0) -> tuple[str, str]:
        capfd.readouterr()
        found = main([*words])
        said = capfd.readouterr()
        assert found == code, f"{words}\n{said.out}\n{said.err}"
        return said.out, said.err

    first, steps = alone(*BUILD, "2026-06-01")
    assert "3 to make" in first
    assert "newest day     2026-06-01" in first
    assert "3/3" in steps
    # what is suggested runs as it is written
    sql, ui, look, remove = (shlex.split(line)[1:] for line in first.split("Next:\n")[1].splitlines())
    assert ui == ["ui"]
    assert "nothing changed" in here(*BUILD, "2026-06-01")[0]
    assert "2 to append, 1 kept" in here(*BUILD, "2026-06-03")[0]

    sql[1] = "SELECT max(day) AS newest FROM orders"
    assert json.loads(alone(*sql, "--format", "json")[0]) == [{"newest": "2026-06-03"}]
    assert "Did you mean" in here("sql", "SELECT nix FROM orders", "--demo", "shop", code=2)[1]
    status = here(*look, "--json")[0]
    assert "stale" in status or "fresh" in status

    text = (folder / PATH).read_text()
    impossible = text.replace("check: {min: 0, max: 900}", "check: {min: 0, max: 60}")
    (folder / PATH).write_text(impossible)
    assert "lognormal gives values up to" in here(*BUILD, "2026-06-03", code=1)[1]
    # what no arithmetic on the blueprint can tell is told by the rows
    drawn = "lognormal: {median: 40, sigma: 0.6, max: 900}"
    (folder / PATH).write_text(impossible.replace(drawn, "expr: 'power(order_id, 2)'"))
    assert "amount must be at most 60" in here(*BUILD, "2026-06-03", code=1)[1]
    (folder / PATH).write_text(text)

    assert "0 left" in here(*remove, "--yes")[0]
    assert sorted(path.name for path in folder.iterdir()) == ["my demos"]

"""The README is true: its commands run as written, its links lead somewhere."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory.cli.app import commands as group

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-demo.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def commands(marked: str = "", page: str = README) -> list[str]:
    """Every command of a page's console blocks with a mark, or with none, in order, without comments."""
    blocks = re.findall(rf"```console{marked}\n(.*?)```", page, re.S)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("command", commands(" needs-a-workspace"))
def test_a_command_that_needs_a_workspace_is_there_with_these_options(command):
    """Not run: what it does is tested against stand-ins of a workspace."""
    name, *words = shlex.split(command)
    assert name == "demo-factory"
    assert "--target" in words, "a command that needs no workspace belongs to those that are run"
    context = group().make_context(name, words)
    called, found, rest = group().resolve_command(context, [*context._protected_args, *context.args])
    with found.make_context(called, rest, parent=context) as made:
        assert made.params["target"] == "dev"


def test_every_block_of_commands_is_run_or_says_why_not():
    assert set(re.findall(r"^```(console.*)$", README, re.M)) == {"console", "console needs-a-workspace"}


def test_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`?make ([a-z-]+)", README))
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.fixture
def copied(tmp_path, monkeypatch, warm):
    """A folder as a checkout has it, so that nothing is left behind in ours."""
    for name in ("dagster.yaml", "workspace.yaml", ".env"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DEMO_FACTORY_SCALE", "0.05")
    monkeypatch.setenv("DEMO_FACTORY_HOME", ".demo_factory")
    return tmp_path


@pytest.mark.e2e
@pytest.mark.parametrize("alone", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["here", "processes"])
@pytest.mark.parametrize(
    ("page", "fewest"),
    [(README, 12), pytest.param(TUTORIAL, 9, marks=pytest.mark.nightly)],  # its commands are README's on another demo
    ids=["readme", "tutorial"],
)
def test_every_command_of_a_page_runs(copied, capfd, page, fewest, alone):
    """`make` commands are left out: they are what runs this test.

    Each is a process of its own at night; else ours are run in this one, whose Spark is warm already.
    """
    ran = [command for command in commands(page=page) if not command.startswith("make ")]
    assert len(ran) >= fewest
    for command in ran:
        name, *words = shlex.split(command)
        if alone or name != "demo-factory" or ">" in words:
            code = subprocess.run(["bash", "-c", command], timeout=600, check=False).returncode
        else:
            code = main(words)
        out, err = capfd.readouterr()
        assert code == 0, f"{command}\n{out[-2000:]}\n{err[-3000:]}"
    assert not list(copied.glob(".tmp_dagster_home_*"))

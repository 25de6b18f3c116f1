"""What every command shows fits a terminal of 80 columns, and the shell completes names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory.cli.app import commands

pytestmark = pytest.mark.usefixtures("planned_once")
GROUP = commands()
COMMANDS = sorted(GROUP.commands)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A terminal of 80 columns, and nothing built."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))


def words_of(text: str) -> set[str]:
    return set(re.sub(r"[│╭╮╰╯─├└]", " ", text).split())


def assert_fits(shown: str, said: str) -> None:
    """No line is wider than the terminal, and nothing is left out."""
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    assert words_of(said) - words_of(shown) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = GROUP.commands[name]
    assert main([name, "--help"]) == 0
    said = [command.help or "", *(getattr(one, "help", None) or "" for one in command.params)]
    shown = capsys.readouterr().out
    assert_fits(shown, " ".join([*said, *(name for one in command.params for name in one.opts if name[0] == "-")]))
    assert "<bool>" not in shown


def test_the_help_of_all_fits_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = [GROUP.help, GROUP.epilog, *(getattr(one, "help", None) or "" for one in GROUP.params), *COMMANDS]
    assert_fits(capsys.readouterr().out, " ".join(map(str, said)))


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("targets",),
        ("validate",),
        ("plan", "retail"),
        ("status", "retail"),
        ("access", "retail"),
        ("explain", "customers"),
        ("explain", "transactions.amount"),
        ("explain", "next_purchase"),
        ("explain", "kpi_summary.revenue"),
    ],
    ids=" ".join,
)
def test_output_fits_80_columns_as_it_fits_a_wide_terminal(words, capsys, monkeypatch) -> None:
    assert main([*words]) == 0
    shown = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "400")
    assert main([*words]) == 0
    wide = capsys.readouterr().out
    assert words_of(shown) - words_of(wide) == set(), "a word is cut"
    assert_fits(shown, "" if words[0] in ("status", "access") else wide)  # these two leave columns out


def test_version_has_a_short_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-V"]) == main(["--version"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert first.startswith("demo-factory ")


def complete(typed: str, folder: Path, **variables: str) -> list[str]:
    """What a shell is told when Tab is pressed behind these words."""
    words = ["demo-factory", *typed.split(" ")]
    env = {**os.environ, **variables, "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    code = "import sys; from demo_factory.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**env, "_DEMO_FACTORY_COMPLETE": "complete_bash"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("bui", ["build"]),
        ("plan ", ["retail", "shop"]),
        ("sql re", ["retail"]),
        ("explain transactions.am", ["transactions.amount"]),
        ("build retail --select customers,kpi", ["customers,kpi_summary"]),
        ("build shop --select ", ["things"]),
        ("predict retail next", ["next_purchase"]),
        ("status --target ", ["local"]),
    ],
)
def test_the_shell_completes(typed: str, names: list[str], tmp_path: Path) -> None:
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "shop.yaml").write_text("tables: {things: {columns: {}}}")
    (tmp_path / "demos" / "broken.txt").write_text("tables: [")
    assert complete(typed, tmp_path) == names


@pytest.mark.e2e
def test_a_blueprint_that_cannot_be_read_completes_nothing(tmp_path: Path) -> None:
    (tmp_path / "demos").mkdir()
    for number, text in enumerate(("tables: [", "- a list", "tables: 5", "\x00")):
        (tmp_path / "demos" / f"broken{number}.yaml").write_text(text)
    assert complete("explain kpi", tmp_path) == ["kpi_summary"]

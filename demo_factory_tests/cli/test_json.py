"""--json: on every command that reports, one document on stdout and nothing else, whose keys programs can rely on."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from demo_factory.blueprint.load import load
from demo_factory.cli import main
from demo_factory.cli.app import commands
from demo_factory.cli.reports import built
from demo_factory.operations.build import BuildReport
from demo_factory.plan.compile import compile_demo

pytestmark = pytest.mark.usefixtures("planned_once")
COMMANDS = commands().commands
SILENT = {"new", "schema", "ui"}  # one writes a file, one prints JSON anyway, one never ends
RETAIL = Path(main.__code__.co_filename).parents[1] / "demos" / "retail.yaml"


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))


def test_every_command_that_reports_has_it():
    having = {name for name, one in COMMANDS.items() if any("--json" in option.opts for option in one.params)}
    assert having == set(COMMANDS) - SILENT


def keys_of(value: Any) -> set[str]:
    """The keys of a document that are ours to choose: those of lists' items and of what is not keyed by a name."""
    if isinstance(value, list):
        return {key for one in value for key in keys_of(one)}
    return set(value) if isinstance(value, dict) else set()


@pytest.mark.parametrize(
    ("words", "code", "some"),
    [
        (("list",), 0, {"demo", "title", "rows", "newest_day", "file"}),
        (("targets",), 0, {"name"}),
        (("validate",), 0, {"demo", "ok", "problems"}),
        (("plan", "retail"), 0, {"demo"}),
        (("status", "retail"), 0, {"retail"}),
        (("access", "retail"), 0, {"demo", "target"}),
        (("explain", "customers"), 0, {"demo", "object", "kind", "name", "columns", "needs", "needed_by"}),
        (("explain", "transactions.amount"), 0, {"column", "sql", "rules", "made_from", "goes_into"}),
        (("explain", "kpi_summary.revenue"), 0, {"column", "made_from", "goes_into"}),
        (("destroy", "retail", "--yes"), 0, {"demo", "target", "ok", "removed", "left"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_stdout_is_one_document(words, code, some, capsys):
    assert main([*words, "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert some <= keys_of(found)
    assert [key for key in keys_of(found) if not re.fullmatch(r"[a-z_]+", key)] == []


def test_problems_of_a_blueprint_come_with_their_lines(capsys, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text("demo: wrong\ntables:\n  things: {rows: 5, columns: {id: {kee: integer}}}\n")
    assert main(["validate", str(file), "--json"]) == 1
    out, err = capsys.readouterr()
    (one,) = json.loads(out)
    assert (one["demo"], one["ok"], err) == (str(file), False, "")
    assert {problem["line"] for problem in one["problems"]} == {3}
    assert any("kee" in problem["message"] for problem in one["problems"])


def test_a_destroy_that_may_not_ask_needs_to_be_told(capsys):
    assert main(["destroy", "retail", "--json"]) == 2
    assert "Say with --yes that it is meant." in capsys.readouterr().err


def test_a_build_says_what_it_did():
    plan = compile_demo(load(RETAIL), as_of=dt.date(2026, 1, 31))
    found = json.loads(json.dumps(built(BuildReport(plan, (), failures=("It broke.",), seconds=1.26), "local")))
    assert (found["demo"], found["as_of"], found["ok"], found["seconds"]) == ("retail", "2026-01-31", False, 1.3)
    assert (found["failures"], found["checks"], found["made"]) == (["It broke."], {"passed": 0, "all": 0}, [])

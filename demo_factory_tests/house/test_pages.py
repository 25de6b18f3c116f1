"""What is written for people is true: rendered pages, named files, examples, rooms, make targets, the licence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from demo_factory_tests.house import reference
from demo_factory_tests.house.test_imports import MAY
from demo_factory_tests.house.test_readme import PAGES

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_of_the_reference_is_as_it_is_rendered(name):
    assert (reference.FOLDER / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run: make reference"


def test_the_reference_has_every_command_and_every_key_of_a_column():
    commands = reference.of_commands()
    assert {f"## {name}" for name in reference.typer.main.get_command(reference.app).commands} <= set(
        commands.splitlines()
    )
    page = reference.PAGES["blueprint.md"]()
    section = page.split("\n## Column\n")[1].split("\n## ")[0]
    from demo_factory.blueprint.columns import FORMULAS

    assert [name for name in FORMULAS if f"| `{name}` |" not in section] == []


def test_the_rooms_of_the_drawing_are_those_of_the_house():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.M))
    assert rows == set(MAY) - {"__main__"}
    drawn = text.split("```mermaid")[1].split("```")[0]
    assert {room for room in rows if not re.search(rf"\b{room}\b", drawn)} == {"moments"}


def test_files_that_contributing_names_are_there():
    named = set(re.findall(r"`([a-z_]+/(?:[\w/]+(?:\.\w+)?|[\w/]*))`", CONTRIBUTING))
    assert len(named) > 10
    assert [path for path in named if not any((base / path).exists() for base in (ROOT, ROOT / "demo_factory"))] == []


EXAMPLES = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S))
]


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_in_python_runs(block):
    exec(compile(block, "example", "exec"), {"__name__": "example"})


def test_there_are_examples_of_a_column_and_of_a_command():
    assert [one.id for one in EXAMPLES if one.id.startswith("CONTRIBUTING")] == ["CONTRIBUTING-0", "CONTRIBUTING-1"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_an_anchor_is_a_heading(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            there = page.parent / target if target else page
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{target}#{anchor}"


def test_every_page_can_be_reached_from_the_index():
    index = ROOT / "docs" / "README.md"
    seen, waiting = set(), [index]
    while waiting:
        page = waiting.pop().resolve()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        waiting += [page.parent / one for one in links if "://" not in one]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page.resolve() not in seen and page.parent != ROOT] == []


def test_make_help_names_every_target():
    targets = re.findall(r"^([a-z-]+):(.*)$", MAKEFILE, re.M)
    assert len(targets) > 12
    assert [name for name, rest in targets if " ## " not in rest] == []
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert phony is not None
    assert {name for name, _ in targets} == set(phony[1].split())


def test_the_workflow_runs_what_ci_runs_with_pinned_actions():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["check"]["steps"]
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [one["run"] for one in steps if "run" in one] == re.findall(r"^make .*$", script, re.M)
    uses = [one["uses"] for one in steps if "uses" in one]
    assert len(uses) == 3
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in uses)
    given = {key: value for one in steps for key, value in one.get("with", {}).items()}
    assert (given["python-version"], given["java-version"]) == ("3.11", "17")


def test_hooks_before_a_commit_fetch_nothing_and_run_what_ci_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [one["repo"] for one in hooks] == ["local"]
    entries = [hook["entry"].split()[0].removeprefix(".venv/") for hook in hooks[0]["hooks"]]
    assert entries == ["bin/ruff", "bin/ruff", "bin/mypy"]
    assert {hook["language"] for hook in hooks[0]["hooks"]} == {"system"}


def test_the_licence_is_whole_and_named():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_a_decision_says_when_it_was_taken_what_became_of_it_and_what_was_not(page):
    text = page.read_text(encoding="utf-8")
    number = page.name[:3]
    assert text.startswith(f"# {number}: ")
    status = re.search(r"^\*\*Status\*\*: (accepted|superseded by [^,]+)", text, re.M)
    assert status is not None
    assert re.search(r"\*\*Date\*\*: 20\d\d-\d\d-\d\d\.", text)
    assert "**Alternatives**: " in text
    word = status[1].split()[0]
    index = (page.parent / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| \[{number}\]\({page.name}\) \| .+ \| {word} \|$", index, re.M)

"""Every command that a message, a help text or a page of the documentation names is there, with its options."""

import re
from pathlib import Path

import pytest
import typer.main

import demo_factory
from demo_factory.cli.app import app

pytestmark = pytest.mark.e2e
PACKAGE = Path(demo_factory.__file__).parent
FILES = [*sorted(PACKAGE.rglob("*.py")), PACKAGE.parent / "README.md", *sorted((PACKAGE.parent / "docs").rglob("*.md"))]
COMMAND = re.compile(r"(?:demo-factory|-m demo_factory)((?: (?:--[a-z]+ \S+|--[a-z]+|-[a-z]))*) ([a-z]+)\b([^`\n]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
ROOT = typer.main.get_command(app)


def options(command) -> set[str]:
    return {name for one in command.params for name in one.opts} | {"--help"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_commands_and_options_that_a_file_names_exist(file):
    text = file.read_text(encoding="utf-8")
    for found in COMMAND.finditer(text):
        before, name, rest = found.groups()
        if name not in ROOT.commands:  # then it is a sentence about the program
            assert not text[: found.start()].endswith(("`", ": ", "$ ")), f"{file.name}: {found[0]}"
            continue
        known = options(ROOT.commands[name]) | options(ROOT)
        rest = re.split(r"[;|]|demo-factory|\"", rest)[0]
        assert set(OPTION.findall(before + rest)) <= known, f"{file.name}: {found[0]}"

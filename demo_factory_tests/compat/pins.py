"""Whether the library at hand is one that compat/ was written for."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

_PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(text: str) -> None:
    """Hold a requirement against pyproject.toml, word for word, and against what is installed."""
    asked = [*_PROJECT["dependencies"], *_PROJECT["optional-dependencies"]["local"]]
    assert text in asked, f"pyproject.toml asks for another range: look through compat/ before this test says {text}"
    wanted = Requirement(text)
    assert wanted.specifier.contains(version(wanted.name)), version(wanted.name)


def takes(function: Callable[..., Any], *names: str) -> None:
    """The function has these parameters, in this order; it may have more."""
    found = [name for name in inspect.signature(function).parameters if name in names]
    assert found == list(names), f"{function} takes {[*inspect.signature(function).parameters]}"

"""What tests of commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from demo_factory.blueprint.model import Blueprint
from demo_factory.operations import demos
from demo_factory.resources.graph import DemoPlan

_planned: dict[str, DemoPlan] = {}


@pytest.fixture(autouse=True)
def of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Commands run in an empty folder, and nothing of the real environment enters them."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("DEMO_FACTORY_"):
            monkeypatch.delenv(name)


@pytest.fixture
def planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what is shown: a demo is planned once, however many commands show it."""
    original = demos.compile_demo

    def compile_once(blueprint: Blueprint, **asked: Any) -> DemoPlan:
        plan = _planned.get(key := f"{blueprint.demo} {sorted(asked.items())}")
        if plan is None or plan.blueprint != blueprint:
            plan = _planned[key] = original(blueprint, **asked)
        return plan

    monkeypatch.setattr(demos, "compile_demo", compile_once)

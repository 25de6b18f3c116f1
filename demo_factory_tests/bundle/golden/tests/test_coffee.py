"""The demo's description holds together for every workspace: no Spark, no network."""

import datetime as dt
from pathlib import Path

import pytest

from demo_factory.blueprint.load import load
from demo_factory.plan.compile import compile_demo
from demo_factory.targets.load import load_targets

ROOT = Path(__file__).parent.parent
TARGETS = load_targets(ROOT / "config" / "targets.yaml")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_demo_can_be_planned(name):
    blueprint = load(ROOT / "demos/coffee.yaml")
    plan = compile_demo(blueprint, as_of=dt.date(2026, 1, 31), env=TARGETS[name].env)
    assert plan.catalog == blueprint.place(TARGETS[name].env, "me")[0]
    assert plan.of_kind("table")


def test_production_is_not_destroyed_by_accident():
    assert not [name for name, target in TARGETS.items() if target.production and target.allow.destroy]

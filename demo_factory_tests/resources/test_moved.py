"""A demo whose place changed: everything of the old place is dropped, each by a name of its own."""

from __future__ import annotations

from dataclasses import replace

from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.diff import changes
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.resource import ResourceId, State
from demo_factory_tests.plan.demos import AS_OF

DEMO = """
demo: tiny
schema: {schema}
history: 30 days
tables:
  notes: {{rows: 5, columns: {{note_id: {{key: integer}}}}}}
views:
  many: {{sql: 'SELECT count(*) AS n FROM notes'}}
optimize:
  notes: {{zorder: [note_id]}}
  many: {{cache: true}}
"""


def planned(schema: str) -> DemoPlan:
    return compile_demo(loads(DEMO.format(schema=schema)), as_of=AS_OF)


def ledger(old: DemoPlan) -> dict[ResourceId, State]:
    """What was built of the old plan, and stands there."""
    return {
        one.id: State(*one.id, one.desired, "made", detail={"step": one.name}, found=one.desired)
        for one in old.resources
    }


def test_each_object_of_the_old_place_goes() -> None:
    old, now = planned("sales"), planned("shop")
    found = changes(now, ledger(old))
    assert [one.kind for one in found] == ["create"] * len(now.steps) + ["drop"] * len(old.steps)
    gone = [one.id for one in found if one.kind == "drop"]
    assert gone == [(step.kind, str(step.plan.full_name)) for step in reversed(old.steps.values())]
    assert {one.name for one in found if one.kind == "drop"} == {f"{old.catalog}.sales.{name}" for name in old.steps}
    assert {one.reason for one in found if one.kind == "drop"} == {f"tiny stands in {now.catalog}.shop now"}


def test_what_stays_is_known_by_its_step() -> None:
    plan = planned("sales")
    assert {one.kind for one in changes(plan, ledger(plan))} == {"keep"}
    fewer = replace(plan, steps={name: step for name, step in plan.steps.items() if name != "many"})
    assert [(one.name, one.reason) for one in changes(fewer, ledger(plan)) if one.kind == "drop"] == [
        ("many", "no longer in the blueprint")
    ]

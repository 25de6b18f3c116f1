"""A demo on a workspace whose place or people change: all is made anew there, and the old goes after what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.build import BuildReport, build
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.destroy import destroy
from demo_factory.operations.materialize import make
from demo_factory.operations.runner import RunResult
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory_tests.workspace.databricks.double import Double

pytestmark = pytest.mark.double
DEMO = """
demo: tiny
catalog: "{env}_tiny"
schema: sales
history: 30 days
tables:
  notes: {rows: 5, columns: {note_id: {key: integer}}}
governance:
  groups: {readers: {members: [ann@example.com]}, writers: {}}
  grants: [{to: [readers], privileges: [SELECT], on: [notes]}, {to: [writers], privileges: [MODIFY], on: [notes]}]
"""


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with Double() as made:
        made.add_user("ann@example.com")
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        (tmp_path / "targets.yaml").write_text(
            f"targets: {{dev: {{host: '{made.url}', compute: {{serverless: {{}}}}, warehouse: demo-warehouse}}}}"
        )
        yield made
        assert made.violations == []


class WithoutSpark:
    """Steps are made one after another in this process; a table's place is all that Spark would make."""

    def __init__(self, double: Double) -> None:
        self.double = double

    def run(self, file, plan, settings, workspace, todo, on_progress):
        workspace.records.freeze(plan)
        for name, found in todo.items():
            step = plan.steps[name]
            if step.kind == "access":
                make(plan, step, workspace, found)
                continue
            [change] = found
            workspace.records.announce(plan.demo, change.resource)
            self.double.add_table(str(step.plan.full_name), {"note_id": "int"})
            workspace.records.made(plan.demo, change.resource, {}, 5, 0.0)
        return RunResult(True, "run")

    def forget(self, state, demo):
        raise AssertionError("nothing of it lies on this machine")


def settings(folder: Path) -> Settings:
    return Settings.read({"DEMO_FACTORY_TARGET": "dev", "DEMO_FACTORY_TARGETS": str(folder / "targets.yaml")})


def built(double: Double, folder: Path, text: str = DEMO) -> BuildReport:
    file = folder / "tiny.yaml"
    file.write_text(text)
    return build(file, settings(folder), WithoutSpark(double))


def test_another_schema_is_a_new_place_and_the_old_one_goes(double, tmp_path):
    before = double.objects()
    assert built(double, tmp_path).ok
    objects = double.objects()
    moved = built(double, tmp_path, DEMO.replace("schema: sales", "schema: shop"))
    assert moved.ok, moved.failures
    assert {one.name: one.kind for one in moved.changes if one.id.kind == "table"} == {
        "notes": "create", "dev_tiny.sales.notes": "drop",
    }  # fmt: skip
    assert moved.dropped == ("dev_tiny.sales.notes", "schema dev_tiny.sales")
    assert double.objects() == objects
    assert not built(double, tmp_path, DEMO.replace("schema: sales", "schema: shop")).outcomes
    assert destroy("tiny", open_workspace(settings(tmp_path)), WithoutSpark(double)).left == ()
    assert double.objects() == before


def test_a_group_goes_after_its_grants(double, tmp_path):
    assert built(double, tmp_path).ok
    fewer = DEMO.replace(", writers: {}", "").replace(", {to: [writers], privileges: [MODIFY], on: [notes]}", "")
    done = built(double, tmp_path, fewer)
    assert done.ok, done.failures
    assert done.dropped == ("group writers",)
    writes = [f"{call.method} {call.path}" for call in double.writes()]
    last_right = max(at for at, text in enumerate(writes) if text.startswith("PATCH") and "/permissions/" in text)
    assert last_right < next(at for at, text in enumerate(writes) if text.startswith("DELETE") and "roups/" in text)
    assert double.objects()["groups"] == 1


def test_a_schema_with_things_of_others_stays_and_is_named(double, tmp_path):
    assert built(double, tmp_path).ok
    double.add_table("dev_tiny.sales.theirs", {"id": "int"})
    moved = built(double, tmp_path, DEMO.replace("schema: sales", "schema: shop"))
    assert len(moved.failures) == 1
    assert "Could not remove the schema dev_tiny.sales" in moved.failures[0]
    assert moved.dropped == ("dev_tiny.sales.notes",)
    workspace = open_workspace(settings(tmp_path))
    with pytest.raises(DemoError, match="the schema dev_tiny"):
        destroy("tiny", workspace, WithoutSpark(double))
    double.state.securables.pop(("table", "dev_tiny.sales.theirs"))
    assert destroy("tiny", workspace, WithoutSpark(double)).left == ()


def test_a_build_that_broke_off_while_it_moved_is_destroyed_whole(double, tmp_path):
    """The containers are the newest in the ledger then, and tables are still in the old ones."""
    before = double.objects()
    assert built(double, tmp_path).ok
    (tmp_path / "tiny.yaml").write_text(DEMO.replace("schema: sales", "schema: shop"))
    workspace = open_workspace(settings(tmp_path))
    plan = plan_demo(tmp_path / "tiny.yaml", settings(tmp_path), workspace)
    make(plan, plan.steps["access_containers"], workspace)
    assert destroy("tiny", workspace, WithoutSpark(double)).left == ()
    assert double.objects() == before


def test_a_step_that_was_interrupted_is_unfinished(double, tmp_path, monkeypatch):
    (tmp_path / "tiny.yaml").write_text(DEMO)
    workspace = open_workspace(settings(tmp_path))
    plan = plan_demo(tmp_path / "tiny.yaml", settings(tmp_path), workspace)

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(workspace.governor), "make", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(plan, plan.steps["access_containers"], workspace)
    assert [one.status for one in workspace.records.states("tiny")] == ["announced"]  # no verdict: unfinished

"""A demo laid down by hand as a build leaves it: ledger, Delta logs as the protocol has them, files of views."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path

from demo_factory.operations.settings import Settings
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.graph import DemoPlan, Step
from demo_factory.resources.resource import Resource
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.ledger import LocalLedger
from demo_factory.workspace.marks import mark
from demo_factory_tests.plan.demos import SHOP, shop

DAY = dt.date(2026, 6, 1)


class Laid:
    """The shop in a folder, built for a day."""

    def __init__(self, folder: Path, day: dt.date = DAY) -> None:
        self.folder, self.state = folder, StateFolder(folder / "state")
        (folder / "demos").mkdir()
        self.file = folder / "demos" / "shop.yaml"
        self.file.write_text(SHOP.format(schema="shop"))
        self.records = LocalLedger(self.state)
        self.plan = compile_demo(shop(), as_of=day)
        self.build()

    def settings(self) -> Settings:
        """Settings that nothing of the real environment enters."""
        return Settings(self.state.root, (self.folder / "demos",), "local", "dev", None, None)

    def build(self, only: Collection[str] | None = None, follows: bool = True) -> None:
        """What a build leaves of every step."""
        for step in self.plan.steps.values():
            if only is None or step.name in only:
                [thing] = self.plan.resources_of(step)
                self.records.announce(self.plan.demo, thing)
                if step.kind == "table":
                    lay_table(self.table(step.name), self.plan, step)
                else:
                    lay_view(self.state, step)
                self.records.made(self.plan.demo, thing, {}, getattr(step.plan, "rows", None), 1.5)
        self.records.freeze(self.plan)
        self.records.follow(self.plan.demo, follows)

    def thing(self, name: str) -> Resource:
        """What a step makes."""
        return self.plan.resources_of(self.plan.steps[name])[0]

    def step(self, name: str) -> Step:
        """A step by its name."""
        return self.plan.steps[name]

    def table(self, name: str) -> Path:
        """The folder of a table."""
        return self.state.table("test_demo", "shop", name)

    def view(self, name: str) -> Path:
        """The file of a view."""
        return self.state.view("test_demo", "shop", name)

    def lose_ledger(self) -> None:
        """Delete it, as people do who want to start anew."""
        for file in self.state.root.glob(f"{self.state.ledger.name}*"):
            file.unlink()


def lay_table(folder: Path, plan: DemoPlan, step: Step) -> None:
    """A table of one file and one commit."""
    log = folder / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (folder / "part 1.parquet").write_bytes(b"rows")
    actions = [
        {"commitInfo": {"operation": "CREATE OR REPLACE TABLE AS SELECT"}},
        {"metaData": {"id": step.name, "configuration": mark(plan, step)}},
        {"add": {"path": "part%201.parquet", "size": 4, "dataChange": True}},
    ]
    (log / f"{0:020d}.json").write_text("\n".join(json.dumps(one) for one in actions))


def lay_view(state: StateFolder, step: Step) -> None:
    """The file that a view's statement is kept in."""
    name = step.plan.full_name
    file = state.view(name.catalog, name.schema, name.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"CREATE OR REPLACE VIEW {name.quoted}\nAS SELECT 1\n")

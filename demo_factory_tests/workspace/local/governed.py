"""A state folder with the governed shop in it, without a build: for tests of who may see what."""

from __future__ import annotations

from pathlib import Path

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.registry import governed_resources
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.workspace import LocalWorkspace


def apply_items(workspace: LocalWorkspace, plan: DemoPlan) -> None:
    """Make every governed thing of a plan in a state folder, as a build does, each announced first."""
    for item in governed_resources(plan):
        found = workspace.governor.find([item])[item.id]
        workspace.records.announce(plan.demo, item, found is None)
        workspace.records.made(plan.demo, item, workspace.governor.make(item, found))


def pretend(state: StateFolder, plan: DemoPlan) -> None:
    """Folders and files that look like the plan's tables and views, without data."""
    for step in plan.steps.values():
        name = step.plan.full_name
        if step.kind in ("table", "predictions"):
            log = state.table(name.catalog, name.schema, name.name) / "_delta_log"
            log.mkdir(parents=True)
            (log / "0.json").write_text("{}", encoding="utf-8")
        elif step.kind == "view":
            file = state.view(name.catalog, name.schema, name.name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"CREATE OR REPLACE VIEW {name.quoted}\nAS {step.plan.sql}\n", encoding="utf-8")  # type: ignore[union-attr]


def governed_workspace(folder: Path, plan: DemoPlan) -> LocalWorkspace:
    """A state folder in which the plan looks built and is governed."""
    workspace = LocalWorkspace(StateFolder(folder))
    pretend(workspace.state, plan)
    apply_items(workspace, plan)
    return workspace

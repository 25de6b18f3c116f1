"""How the demos of a target stand now, and which of their queries were slow. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import BlueprintError, DemoError
from demo_factory.operations.demos import find_demo, plan_demo, plan_to_date
from demo_factory.operations.settings import find_demos
from demo_factory.operations.targets import open_workspace
from demo_factory.plan.expiry import Expiry, expiry
from demo_factory.resources.resource import DATA
from demo_factory.workspace.observe import as_known, observe
from demo_factory.workspace.standing import standing, without_blueprint

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.plan.monitoring import Query
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.resources.resource import ResourceId, State
    from demo_factory.workspace.ports import Workspace
    from demo_factory.workspace.standing import Standing


@dataclass(frozen=True)
class DemoStatus:
    """A demo, how it stands, and what else there is to say."""

    name: str
    standing: Standing
    note: str = ""
    expiry: Expiry | None = None


def status(demo: str | None, settings: Settings) -> list[DemoStatus]:
    """How a demo stands, or each that was built there."""
    workspace = open_workspace(settings)
    return [_of(settings, workspace, name, file) for name, file in _asked(demo, settings, workspace).items()]


def slow_queries(demo: str | None, settings: Settings) -> dict[str, Sequence[Query]]:
    """The slowest queries of the last days by demo: of one, or of each that was built there."""
    workspace = open_workspace(settings)
    return {name: _slow(settings, workspace, name, file) for name, file in _asked(demo, settings, workspace).items()}


def _asked(demo: str | None, settings: Settings, workspace: Workspace) -> dict[str, Path | None]:
    """The demos with their blueprints; None for one that was built and whose blueprint is gone."""
    files = find_demos(settings)
    if demo is None:
        return {one.demo: files.get(one.demo) for one in workspace.records.states()}
    if demo not in files and workspace.records.states(demo):
        return {demo: None}
    return {demo: find_demo(settings, demo)}


def _of(settings: Settings, workspace: Workspace, name: str, file: Path | None) -> DemoStatus:
    if file is None:
        return DemoStatus(name, without_blueprint(name, workspace), "its blueprint was not found")
    try:
        plan = plan_to_date(file, settings, workspace, settings.as_of or dt.date.today())
    except BlueprintError as error:
        problems = f"{len(error.problems):,} problem{'' if len(error.problems) == 1 else 's'}"
        return DemoStatus(name, without_blueprint(name, workspace), f"its blueprint has {problems}: {error.file}")
    states, note = _states(plan, workspace)
    expires = expiry(plan.blueprint.expires, states.values(), dt.date.today())
    return DemoStatus(name, standing(plan, workspace, states), note, expires)


def _states(plan: DemoPlan, workspace: Workspace) -> tuple[Mapping[ResourceId, State], str]:
    """What stands there, or why what is governed cannot be read: the rest can be said all the same."""
    try:
        return observe(plan, workspace), ""
    except DemoError as error:
        return as_known(plan, workspace), f"whether access was changed by hand is not known. {error}".rstrip(".")


def _slow(settings: Settings, workspace: Workspace, name: str, file: Path | None) -> Sequence[Query]:
    """Of the catalog where the demo stands, or would stand."""
    catalogs = {one.key.split(".")[0] for one in workspace.records.states(name) if one.kind in DATA}
    if not catalogs and file is not None:
        plan = plan_demo(file, settings)
        return workspace.slow_queries(plan.demo, plan.catalog)
    return [query for catalog in sorted(catalogs) for query in workspace.slow_queries(name, catalog)]

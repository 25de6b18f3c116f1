"""The target as a Dagster resource: one lock, one plan a demo and one day for a whole run."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import dagster as dg
from pydantic import Field, PrivateAttr

from demo_factory.blueprint.errors import BlueprintError, DemoError
from demo_factory.compat.dagster import IMPLICIT_ASSET_JOB_NAME
from demo_factory.moments import reached
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.progress import Progress
from demo_factory.operations.runner import Todo
from demo_factory.operations.running import running
from demo_factory.operations.settings import Settings, find_demos
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration import metadata
from demo_factory.orchestration.instance import DEMO, begin_run
from demo_factory.resources.resource import DATA
from demo_factory.targets import HERE
from demo_factory.targets.load import load_targets
from demo_factory.targets.model import Target

if TYPE_CHECKING:
    from demo_factory.operations.materialize import Outcome
    from demo_factory.resources.graph import DemoPlan, Step
    from demo_factory.workspace.ports import Carrier, Workspace

AS_OF, SCALE, WAIT = "demo_factory/as_of", "demo_factory/scale", "demo_factory/wait"
BUILT = "built"  # as AS_OF: the day that the demo stands at, whatever day it is
# Hidden by Dagster's page. `today`: the run's as_of is what today was, and not a day that somebody named
FOLLOWS = ".dagster/demo_factory.follows"
CHANGES = ".dagster/demo_factory.changes"  # what a build found is to be done, as JSON: a step elsewhere does no other


def expected(todo: Todo) -> str:
    """The value of the run's tag: for each step with Spark work what kind of change it is."""
    return json.dumps({name: found[0].kind for name, found in todo.items() if found and found[0].id.kind in DATA})


class TargetResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the target for writing while a run lasts; runs that come meanwhile wait.

    On a cluster, where the step launcher makes it anew for each step, it is the same target seen from there; the lock
    stays with the process that started the run.

    A run's tags `demo_factory/as_of`, `demo_factory/scale` and `demo_factory/wait` go before this configuration. The
    day `built` is the one that the demo stands at.
    """

    home: str = Field(description="the state folder")
    env: str = Field(default="dev", description="the environment in the catalog's name")
    user: str = Field(default="me", description="who builds, where names have them in it")
    target: str = Field(default=HERE, description="what the demo stands on")
    workspace_json: str | None = Field(default=None, description="the target as JSON; None for this machine")
    demos: list[str] = Field(default=[], description="folders with blueprints")
    as_of: str | None = Field(default=None, description="the newest day, as 2026-01-31; default: the day a run starts")
    scale: float | None = Field(default=None, description="factor on rows; default: what the demo was built with, or 1")
    carrier: str = Field(
        default="dbldatagen", description="dbldatagen or spark: who makes the cells, which are the same"
    )
    wait_seconds: float = Field(default=900, description="how long a run waits for another one")

    _settings: Settings = PrivateAttr()
    _workspace: Workspace = PrivateAttr()
    _plans: dict[Path, DemoPlan] = PrivateAttr()
    _follows: bool | None = PrivateAttr()  # None: on a cluster, whoever started the run knows
    _todo: Todo = PrivateAttr(default_factory=dict)
    _expected: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _planning: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: Settings) -> TargetResource:
        """The resource of what the environment says."""
        day = str(settings.as_of) if settings.as_of else None
        home = str(settings.home.expanduser().absolute())
        target = settings.targets[settings.target]
        return cls(
            home=home,
            env=settings.env,
            user=settings.user,
            target=settings.target,
            workspace_json=target.as_json(),
            demos=[str(folder.absolute()) for folder in settings.demos],
            as_of=day,
            scale=settings.scale,
            carrier=settings.carrier,
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[TargetResource]:
        """Take the lock for the run, and fix the day: a run that crosses midnight stays on the day it began."""
        tags = context.run.tags if context.run else {}
        wait = _number(tags, WAIT)
        again = "dagster/parent_run_id" in tags  # somebody runs it anew, and what was found then is past
        self._expected = {} if again else json.loads(tags.get(CHANGES, "{}"))
        asked_for = tags.get(AS_OF) or self.as_of
        as_built = asked_for == BUILT
        day = dt.date.today() if as_built else _date(asked_for) or dt.date.today()
        follows = tags.get(FOLLOWS) == "today" or not asked_for
        scale = _number(tags, SCALE) or self.scale
        demos = tuple(Path(folder) for folder in self.demos)
        targets = load_targets(None)
        if self.workspace_json is not None:
            targets[self.target] = Target.model_validate_json(self.workspace_json)
        carrier = cast("Carrier", self.carrier)
        self._settings = Settings(
            Path(self.home), demos, self.target, self.env, day, scale, carrier, targets, self.user
        )
        traits = self._settings.traits
        log, run = context.log, running()
        # a step that a run elsewhere has brought here; a job's own build is at home
        guest = traits.is_guest and run.workspace is None
        self._follows = None if guest or as_built else follows
        self._plans = {}

        def say(message: str) -> None:
            if log is not None:
                log.info(message)
            run.tell(Progress("note", "", message=message))

        if context.run and context.instance and not guest:
            begin_run(context.instance, context.run.run_id)
            if not traits.spark_here and not traits.is_guest:
                from demo_factory.orchestration.run_events import relay_events

                relay_events(run, context.instance, context.run.run_id)
            else:
                import demo_factory.orchestration.shown  # noqa: F401 - like what `bring_in` imports
                from demo_factory.operations.materialize import bring_in

                bring_in(carrier)
        if run.workspace is not None:
            self._workspace, self._todo = run.workspace, run.todo
            yield self
            return
        self._workspace = workspace = open_workspace(self._settings, say)
        if guest:
            yield self
            return
        names = demos_of(context.run, self._settings) if context.run else ()
        who = f"Dagster run {context.run.run_id[:8]}" if context.run else "Dagster"
        purpose = f"build {', '.join(names)}, {who}" if names else who
        with workspace.writing(purpose, self.wait_seconds if wait is None else wait, names):
            if as_built:  # not before: whom we waited for may have moved it
                self._settings = replace(self._settings, as_of=_day_built(workspace, tags.get(DEMO, "")))
            yield self

    @property
    def settings(self) -> Settings:
        """The settings of this run, with its day."""
        return self._settings

    @property
    def workspace(self) -> Workspace:
        """The target."""
        return self._workspace

    def make(self, plan: DemoPlan, step: Step) -> Outcome:
        """Make a step's object: by the changes that a build of this process found, or by a look at the target now."""
        from demo_factory.operations.materialize import make

        return make(plan, step, self._workspace, self._todo.get(step.name), self._expected.get(step.name))

    def expect(self, changes: Mapping[str, str]) -> None:
        """Do these kinds of changes and no others: what whoever asked for the run was shown."""
        self._expected = dict(changes)

    @property
    def expected(self) -> Mapping[str, str]:
        """By step, what whoever asked for the run was shown."""
        return self._expected

    def plan(self, file: Path) -> DemoPlan:
        """The plan of a demo for this run; the first one asked for freezes the demo's epoch and scale."""
        with self._planning:  # several steps may ask at a time
            if file not in self._plans:
                plan = plan_demo(file, self._settings, self._workspace)
                self._workspace.records.freeze(plan)
                if self._follows is not None:
                    self._workspace.records.follow(plan.demo, self._follows)
                reached("plan frozen")
                self._plans[file] = plan
            return self._plans[file]


def demos_of(run: dg.DagsterRun, settings: Settings) -> tuple[str, ...]:
    """The demos that a run writes: its job's, or those of the assets that somebody chose in the UI."""
    if not run.job_name.startswith(IMPLICIT_ASSET_JOB_NAME):
        return (run.job_name,)
    return tuple(plan.demo for plan in plans_of(run, settings).values())


def plans_of(run: dg.DagsterRun, settings: Settings) -> Mapping[Path, DemoPlan]:
    """The same with their files, as anybody would plan them: of these plans nothing is frozen."""
    job = "" if run.job_name.startswith(IMPLICIT_ASSET_JOB_NAME) else run.job_name
    chosen = {*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())}
    found = {}
    for file in find_demos(settings).values():
        try:
            plan = plan_demo(file, settings)
        except BlueprintError:
            continue  # Dagster has loaded none of this file's assets, so none of them was chosen
        if plan.demo == job or (not job and any(metadata.asset_key(plan, name) in chosen for name in plan.steps)):
            found[file.absolute()] = plan
    return found


def _day_built(workspace: Workspace, demo: str) -> dt.date:
    """The newest day of a demo's data."""
    found = workspace.records.facts(demo).as_of
    if found is None:
        raise DemoError(f"{demo or 'The demo'} is not built here.", f"Write the run's tag {AS_OF} as 2026-01-31.")
    return dt.date.fromisoformat(found)


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise DemoError(f"as_of {text} is not a date.", f"Write the run's tag {AS_OF} as 2026-01-31.") from None


def _number(tags: Mapping[str, str], key: str) -> float | None:
    try:
        return float(tags[key]) if key in tags else None
    except ValueError:
        raise DemoError(f"The run's tag {key}={tags[key]} is not a number.") from None

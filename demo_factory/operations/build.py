"""Build a demo: plan, compare, have the steps that differ run, drop what is gone."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.access.stages import BY_PERSON, STAGES, STEP_OF, by_step, goes_last, overview, remade
from demo_factory.blueprint.errors import Category, DemoError
from demo_factory.blueprint.suggestions import no_such
from demo_factory.moments import reached
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.destroy import Hands
from demo_factory.operations.materialize import anew
from demo_factory.operations.progress import Listener, Progress
from demo_factory.operations.runner import Runner, Todo
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.resources.diff import changes
from demo_factory.resources.resource import DATA, Change, Kind
from demo_factory.workspace.apply import apply
from demo_factory.workspace.observe import observe
from demo_factory.workspace.open import trial_session
from demo_factory.workspace.preflight import refuse_unready

if TYPE_CHECKING:
    from demo_factory.operations.materialize import Outcome
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace


Ask = Callable[[str, str], str]
_SECRETS = frozenset(name for name, stage in STAGES.items() if stage.by_person and not stage.first)
_NEW = ("create", "replace")  # what else a build does was analyzed when it was new


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `failures` are sentences; empty means that every promise holds."""

    plan: DemoPlan
    changes: tuple[Change, ...]
    outcomes: tuple[Outcome, ...] = ()
    dropped: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    seconds: float = 0.0
    run_id: str = ""
    category: Category = "demo"  # whose trouble the last failure is; interrupted when somebody ended it

    @property
    def ok(self) -> bool:
        """Whether everything was made and nothing that blocks is broken."""
        return not self.failures

    @property
    def checks(self) -> tuple[int, int]:
        """(passed, all) checks of this build."""
        results = [result for outcome in self.outcomes for result in outcome.results]
        return sum(result.passed for result in results), len(results)


@dataclass(frozen=True)
class _Work:
    """What differs between a plan and its target: the steps to run, in order, with their changes; what has to go."""

    plan: DemoPlan
    found: tuple[Change, ...]
    told: tuple[Change, ...]  # the same, a line a step
    todo: Todo
    drops: tuple[Change, ...]  # what no step drops


@dataclass
class _Heard:
    category: Category = "demo"
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def build(
    demo: str | Path,
    settings: Settings,
    runner: Runner,
    *,
    as_of: dt.date | None = None,
    scale: float | None = None,
    select: Sequence[str] | None = None,
    rebuild: bool = False,
    wait: float = 0,
    on_progress: Listener = lambda progress: None,
    on_plan: Callable[[tuple[str, ...]], None] = lambda names: None,
    ask: Ask | None = None,
) -> BuildReport:
    """Bring a demo to what its blueprint says, for one day.

    Args:
        demo: its name, or the path of its blueprint.
        runner: carries out the steps.
        as_of: the newest day; default today, and then the daily schedule moves the demo on.
        scale: factor on rows; default what the first build used, or 1.
        select: names of tables, views, models to build (with what they need); default all.
        rebuild: make everything that is selected anew, changed or not.
        wait: seconds to wait for another build of the same state folder; 0 refuses.
        on_progress: told of every step as it starts and ends.
        on_plan: told once which steps will be made, in order.
        ask: gives the value of a secret, by its key and its variable, that is to be put and stands in no variable.

    Raises:
        BlueprintError: the blueprint has problems; nothing was touched.
        DemoError: another build is at work, or the machine cannot build; nothing is half made.
    """
    started = time.monotonic()
    file = find_demo(settings, demo)
    settings = replace(settings, as_of=as_of or settings.as_of)
    workspace = open_workspace(settings, lambda message: on_progress(Progress("note", "", message=message)))
    compare = partial(_compare, file, settings, workspace, as_of, scale, select, rebuild)
    work = compare()
    for name in _left_to_a_person(work, settings):
        put = f"demo-factory secrets put {work.plan.demo}{settings.traits.option}"
        on_progress(Progress("note", "", message=f"{name} is not as it should be, and left to a person: {put}"))
    if not work.todo and workspace.records.states(work.plan.demo):  # no run will keep it
        workspace.records.follow(work.plan.demo, settings.as_of is None)
    if not work.todo and not work.drops:
        return BuildReport(work.plan, work.told, seconds=time.monotonic() - started)
    if work.todo:
        if ask is not None:
            _ask_for_secrets([one for one in work.found if STEP_OF.get(one.id.kind) in work.todo], ask)
        for off in refuse_unready(work.plan, work.todo, work.found, workspace):
            on_progress(Progress("note", "", message=f"Off on {workspace.target}: {off.name}: {off.reason}."))
    with _alone(work.plan, workspace, wait):
        reached("build locked")
        if wait:
            work = compare()  # whom we waited for may have made it
        heard, dropped, skipped, run_id = _make(file, settings, runner, workspace, work, on_progress, on_plan)
        reached("build done")
    return BuildReport(
        work.plan, work.told, tuple(heard.outcomes), tuple(dropped), tuple(heard.failures), skipped,
        time.monotonic() - started, run_id, heard.category,
    )  # fmt: skip


def _compare(
    file: Path,
    settings: Settings,
    workspace: Workspace,
    as_of: dt.date | None,
    scale: float | None,
    select: Sequence[str] | None,
    rebuild: bool,
) -> _Work:
    plan = plan_demo(file, settings, workspace, as_of, scale)
    found = changes(plan, observe(plan, workspace))
    told = overview(plan, found)
    todo = _todo(plan, told, by_step(plan, found), select, rebuild)
    stays: Collection[Kind] = ()
    if settings.traits.is_guest:  # what comes first has to be there, and is refused where it is not
        todo, stays = {name: work for name, work in todo.items() if name not in _SECRETS}, BY_PERSON
    going = [one for one in found if one.kind == "drop" and one.id.kind not in stays]
    drops = () if select else tuple(one for one in going if not _by_a_step(plan, one, todo))
    return _Work(plan, found, told, todo, drops)


def _by_a_step(plan: DemoPlan, change: Change, todo: Todo) -> bool:
    """Containers and principals go at the end of a build, when nothing of ours needs them; a table's guards with it."""
    return not goes_last(plan, change) and STEP_OF.get(change.id.kind) in todo


def _left_to_a_person(work: _Work, settings: Settings) -> list[str]:
    """What differs and no job may mend."""
    differs = [change.name for change in work.told if change.kind not in ("keep", "drop")]
    return [name for name in differs if name in _SECRETS and settings.traits.is_guest]


@contextmanager
def _alone(plan: DemoPlan, workspace: Workspace, wait: float) -> Iterator[None]:
    """Hold the target from before anything of it is written until the end, Dagster's history included."""
    with ExitStack() as stack:
        try:
            stack.enter_context(workspace.writing(f"build {plan.demo}", wait, [plan.demo]))
        except DemoError as error:
            if not wait:
                error.remedy = "Wait for it to end, or let this one wait with --wait 600."
            raise
        yield


def _make(
    file: Path,
    settings: Settings,
    runner: Runner,
    workspace: Workspace,
    work: _Work,
    on_progress: Listener,
    on_plan: Callable[[tuple[str, ...]], None],
) -> tuple[_Heard, list[str], tuple[str, ...], str]:
    """Gives what was heard, what was dropped and skipped, and the run."""
    plan, heard, run_id = work.plan, _Heard(), ""
    skipped: tuple[str, ...] = ()
    if work.todo:
        workspace.warm_up(plan)  # while Python imports Dagster
        if settings.traits.spark_here and any(change.kind in _NEW for change in work.told):
            from demo_factory.operations.analysis import refuse_problems

            # Spark reads all that people wrote before the first row is: what it will not take is said at once
            refuse_problems(file, plan, trial_session(settings.home, plan))
    # a table that became a view has to go before the view can come; what is only gone goes when all else is well
    changed = [change for change in work.drops if change.name in plan.steps]
    dropped = _drop(plan, workspace, changed, heard)
    if work.todo and not heard.failures:
        on_plan(tuple(work.todo))
        run_id, skipped = _run(file.absolute(), plan, settings, runner, workspace, work.todo, on_progress, heard)
    if not heard.failures:
        dropped += _drop(plan, workspace, [change for change in work.drops if change not in changed], heard)
    return heard, dropped, skipped, run_id


def _ask_for_secrets(work: Sequence[Change], ask: Ask) -> None:
    """Give this process the variables that somebody can tell us now; what stays without a value is refused later."""
    for change in work:
        if change.id.kind == "secret" and change.found is None and change.kind != "drop":
            variable = str(change.resource.desired["env"])
            if not os.environ.get(variable):
                os.environ[variable] = ask(change.id.key, variable)


def _learn_early(plan: DemoPlan, workspace: Workspace, todo: Collection[str]) -> None:
    """Import MLflow while Spark makes the first tables."""
    if any(plan.steps[name].kind in ("model", "predictions") for name in todo):
        from demo_factory.learn.warm import warm_up
        from demo_factory.operations.materialize import registry_of

        warm_up(registry_of(plan, workspace))


def _todo(
    plan: DemoPlan,
    told: Collection[Change],
    found: Mapping[str, Sequence[Change]],
    select: Sequence[str] | None,
    rebuild: bool,
) -> Todo:
    """The steps to run, in order, with their changes: what differs, and what a selected step needs that is not there.

    What hangs on something that is made anew is looked at again when its turn comes.
    """
    wanted = set(plan.steps)
    if select:
        unknown = [name for name in select if name not in plan.steps]
        if unknown:
            raise no_such(f"{plan.demo} has no {unknown[0]!r}.", unknown[0], plan.steps)
        wanted = set(select)
        for step in reversed(list(plan.steps.values())):
            wanted |= set(step.needs) if step.name in wanted else set()
    chosen = set(select or plan.steps) if rebuild else set()
    by_name = {change.name: change for change in told if change.kind != "drop"}
    todo: dict[str, Sequence[Change] | None] = {}
    for step in plan.steps.values():
        if step.name not in wanted or (by_name[step.name].kind == "keep" and step.name not in chosen):
            continue
        if step.kind == "access":
            again = remade(step, by_name) or chosen.intersection(step.needs)
            todo[step.name] = None if again else found.get(step.name, ())
        else:
            todo[step.name] = [anew(one) if step.name in chosen else one for one in found[step.name]]
    return todo


def _run(
    file: Path,
    plan: DemoPlan,
    settings: Settings,
    runner: Runner,
    workspace: Workspace,
    todo: Todo,
    on_progress: Listener,
    heard: _Heard,
) -> tuple[str, tuple[str, ...]]:
    failures: dict[str, str] = {}
    seen: list[str] = []

    def hear(progress: Progress) -> None:
        if progress.outcome is not None:
            heard.outcomes.append(progress.outcome)
            failures.update({f"{r.table}.{r.rule.name}": r.message for r in progress.outcome.broken})
        elif progress.event in ("failed", "stopped") and heard.category != "interrupted":
            heard.category = progress.category
        if progress.event == "failed" and progress.outcome is None:
            failures[progress.name] = f"{progress.name}: {progress.message}"
        if progress.event == "started" and progress.name in todo:
            if not seen and settings.traits.spark_here:
                _learn_early(plan, workspace, todo)
            seen.append(progress.name)
        following = next((name for name in todo if name not in seen), "")
        on_progress(replace(progress, number=len(seen), of=len(todo), following=following))

    result = runner.run(file, plan, settings, workspace, todo, hear)
    if not result.success and not failures:
        failures["run"] = result.reason
    heard.failures.extend(failures.values())
    # not as they happened to end; a check across tables stands with its table, whatever a table itself may be called
    steps = plan.steps.values()
    in_order = [pair for step in steps for pair in ((step.name, step.kind), (step.check, "check"))]
    place = {pair: number for number, pair in enumerate(in_order)}
    heard.outcomes.sort(key=lambda one: place[one.name, one.kind])
    done = {outcome.name for outcome in heard.outcomes}
    skipped = tuple(name for name in todo if name not in done and name not in failures)
    return result.run_id, skipped


def _drop(plan: DemoPlan, workspace: Workspace, drops: Sequence[Change], heard: _Heard) -> list[str]:
    """Gives what went of ours."""
    if not drops:
        return []
    try:
        apply(drops, Hands(workspace), workspace.records, plan.demo)
    except DemoError as error:
        heard.failures.append(str(error))
    left = {one.id for one in workspace.records.states(plan.demo)}
    gone = [one.id for one in drops if one.state is not None and one.state.owned and one.id not in left]
    return [id.key if id.kind in DATA else str(id) for id in gone]

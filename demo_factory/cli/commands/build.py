"""The command build: progress while it runs, a summary and the next commands at the end."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.commands.plan import summary
from demo_factory.cli.exits import CODES
from demo_factory.cli.many import For, in_turn, tell
from demo_factory.cli.options import AsJson, AsOf, DemoArgument, Scale, Target, Yes, ask_if_far_ahead, split_names
from demo_factory.cli.reports import built
from demo_factory.cli.state import CliState, state_of

if TYPE_CHECKING:
    from demo_factory.operations.build import BuildReport
    from demo_factory.operations.classroom import Turn
    from demo_factory.operations.materialize import Outcome
    from demo_factory.operations.progress import Progress
    from demo_factory.operations.settings import Settings

_LONGEST_NAME = 30
_WIDE = 100
_APPLY = (
    "The same as build, by the name that people use for a workspace: make on the target what the blueprint says.\n\n"
    "A second apply of the same makes no change; one that was interrupted goes on where it stopped.\n\n"
    "Example: demo-factory apply retail --target dev"
)


def register(app: typer.Typer) -> None:
    """Add the command under its two names: people build on a laptop and apply to a workspace."""
    app.command("build", rich_help_panel="Build and look")(build)
    app.command("apply", rich_help_panel="Build and look", help=_APPLY)(build)


def build(
    context: typer.Context,
    demo: DemoArgument,
    select: Annotated[
        str | None,
        typer.Option(
            "--select",
            metavar="NAMES",
            help="Only these, as customers,sales_trends, and what they need.",
            autocompletion=complete.selected,
        ),
    ] = None,
    scale: Scale = None,
    as_of: AsOf = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", metavar="", help="Make everything anew, changed or not.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait for another build to end. Default: refuse.")
    ] = 0,
    target: Target = None,
    yes: Yes = False,
    students: For = None,
    as_json: AsJson = False,
) -> None:
    """Bring a demo to what its blueprint says: the first time all of it, later only what changed.

    The run is recorded, so the Dagster UI shows it with its checks: demo-factory ui

    Example: demo-factory build retail --scale 0.1
    """
    state = state_of(context)
    settings = state.settings(target)
    ask_if_far_ahead(as_of or settings.as_of, yes)

    from demo_factory.operations.build import build as run_build
    from demo_factory.orchestration.runner import DagsterRunner

    def run(settings: Settings) -> BuildReport:
        progress = _Progress(state)
        try:
            return run_build(
                demo,
                settings,
                DagsterRunner(),
                as_of=as_of,
                scale=scale,
                select=split_names(select) or None,
                rebuild=rebuild,
                wait=wait,
                on_progress=progress.hear,
                on_plan=progress.expect,
                ask=_ask if sys.stdin.isatty() and settings.traits.takes_secrets else None,
            )
        finally:
            progress.end()

    if students is not None:
        _for_many(in_turn(students, demo, settings, state, run), settings.target, as_json)
        return
    report = run(settings)
    if as_json:
        output.as_json(built(report, settings.target))
    elif report.category != "interrupted":
        _summarise(report, demo, settings)
    if not report.ok:
        raise typer.Exit(CODES[report.category])


def _for_many(turns: tuple[Turn[BuildReport], ...], target: str, as_json: bool) -> None:
    tell(turns, as_json, lambda report: built(report, target) if report else {}, _came)
    for turn in turns:
        if turn.error is not None:
            raise typer.Exit(CODES[turn.error.category])
        if turn.report is not None and not turn.report.ok:
            raise typer.Exit(CODES[turn.report.category])


def _came(report: BuildReport) -> str:
    did = summary(report.changes) if report.outcomes or report.dropped else "nothing changed"
    return f"{report.plan.catalog}.{report.plan.schema}: {'; '.join(report.failures) or did}"


def _ask(secret: str, variable: str) -> str:
    """The value of a secret, typed unseen; empty stops before anything is made."""
    text = f"Value of the secret {secret} (unseen; {variable} is not set)"
    return str(typer.prompt(text, default="", hide_input=True, show_default=False, err=True))


class _Progress:
    """One line a step: how many are done, what, rows, seconds, and what comes next. Plain lines fit a log too.

    A terminal also shows what is being made now, on a line that the next one overwrites.
    """

    def __init__(self, state: CliState) -> None:
        self._quiet, self._done = state.quiet, 0
        self._names: tuple[str, ...] = ()
        self._live = sys.stderr.isatty()

    def expect(self, names: tuple[str, ...]) -> None:
        """What will be made, in order."""
        self._names = names
        if names:
            self._say(f"{output.counted(len(names), 'step')} to do. Starting Spark and Dagster ...")

    def hear(self, progress: Progress) -> None:
        """One event of the build."""
        if progress.event == "note":
            self._say(progress.message)
        elif progress.event == "started" and progress.number:
            self._now(progress)
        elif progress.outcome is not None:
            self._finished(progress.outcome, progress.following)
        elif progress.event == "failed":
            self._failed(progress)
        elif progress.event == "stopped":
            self._say(f"  stopped while making {progress.name}")

    def _now(self, progress: Progress) -> None:
        if not self._quiet:
            then = f", then {progress.following}" if progress.following else ""
            output.now(f"{progress.number}/{progress.of}  making {progress.name}{then} ...")

    def _failed(self, progress: Progress) -> None:
        first = (progress.message.splitlines() or [""])[0]
        self._say(f"  FAILED {progress.name}: {first}")

    def _finished(self, outcome: Outcome, following: str) -> None:
        digits = len(str(len(self._names)))
        if outcome.kind == "check":
            place = " " * (2 * digits + 1)
        else:
            self._done += 1
            place = f"{self._done:>{digits}}/{len(self._names)}"
        rows = f"{outcome.rows:>12,} rows" if outcome.rows is not None else " " * 17
        passed = sum(result.passed for result in outcome.results)
        checks = f"  {passed}/{len(outcome.results)} checks" if outcome.results and _is_wide() else ""
        word = "FAILED" if outcome.broken else outcome.change
        then = f"  next: {following}" if following and outcome.kind != "check" and not self._live else ""
        kind = f"{outcome.kind:<11} " if _is_wide() else ""
        line = f"{place}  {word:<8} {kind}{outcome.name:<{_LONGEST_NAME}} {rows} {outcome.seconds:7.1f} s"
        layout = str(outcome.detail.get("layout", "")) if outcome.kind == "optimize" else ""
        skipped = f"  {layout}" if layout.startswith("skipped") else ""
        self._say(f"{line}{checks}{skipped}{then}".rstrip())
        for result in outcome.results:
            if not result.passed:
                self._say(f"      {'broken' if result.rule.blocking else 'warning'}: {result.message}")

    def _say(self, text: str) -> None:
        if not self._quiet:
            print(f"\r\033[K{text}" if self._live else text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave no half line behind."""
        if not self._quiet:
            output.now()


def _is_wide() -> bool:
    """Whether a line has room for all there is to say of a step; a log has."""
    return not sys.stderr.isatty() or shutil.get_terminal_size().columns >= _WIDE


def _summarise(report: BuildReport, demo: str, settings: Settings) -> None:
    plan = report.plan
    demo = shlex.quote(demo)  # it may be the path of a blueprint, which destroy and sql do not take: they need none
    on = settings.on
    words = f"{demo}{on}"
    if not report.outcomes and not report.failures and not report.dropped:
        output.line(f"{plan.demo} is up to date to {plan.as_of}: nothing changed, nothing was done.")
        output.line(f"Next: demo-factory status {words} · demo-factory ui{on}")
        return
    output.line()
    output.line(f"{plan.blueprint.title or plan.demo}: {_done(report)}")
    tables = [outcome for outcome in report.outcomes if outcome.rows is not None]
    if tables:
        table = output.table({"table": "left", "rows": "right", "made": "left"})
        for outcome in tables:
            table.add_row(outcome.name, output.number(outcome.rows), outcome.change)
        output.show(table)
    passed, checks = report.checks
    output.line(f"newest day     {plan.as_of}")
    if checks:
        output.line(f"checks         {passed} of {checks} passed")
    for outcome in report.outcomes:
        if outcome.kind == "model":
            output.line(_model_line(outcome))
    if report.dropped:
        output.line(f"dropped        {', '.join(report.dropped)}")
    output.line(f"lies in        {settings.traits.place}  ({plan.catalog}.{plan.schema})")
    output.line(f"took           {report.seconds:.1f} s")
    output.line()
    if report.failures:
        _failures(report, settings.building(demo))
    else:
        _next(report, words, on)


def _done(report: BuildReport) -> str:
    """What the plan asked for; after --select, --rebuild or a failure how much was made."""
    from demo_factory.resources.diff import to_make

    made = {outcome.name for outcome in report.outcomes if outcome.kind != "check" and not outcome.broken}
    asked = {change.name for change in to_make(report.changes)}
    return summary(report.changes) if made == asked else f"{len(made)} of {len(report.plan.steps)} objects made"


def _model_line(outcome: Outcome) -> str:
    metric = str(outcome.detail["metric"])
    now, guess = outcome.detail["metrics"][metric], outcome.detail["baseline"].get(metric)
    against = f" (a guess: {guess:.3f})" if guess is not None else ""
    version = outcome.detail["champion_version"]
    champion = f"champion is version {version}" if version is not None else "no champion"
    return f"model          {outcome.name}: {metric} {now:.3f}{against}, {champion}"


def _failures(report: BuildReport, again: str) -> None:
    output.trouble(f"{output.counted(len(report.failures), 'failure')}:")
    for failure in report.failures:
        output.trouble(f"  {failure}")
    if report.skipped:
        output.trouble(f"Not made because of it: {', '.join(report.skipped)}")
    output.trouble(f"Put it right, then go on where this stopped: {again}")


def _next(report: BuildReport, words: str, on: str) -> None:
    plan = report.plan
    asked = next(step.name for kind in ("view", "table") for step in plan.of_kind(kind))
    output.line("Next:")
    output.line(f'  demo-factory sql "SELECT * FROM {asked}" --demo {plan.demo}{on}')
    output.line(f"  demo-factory ui{on}")
    output.line(f"  demo-factory status {words}")
    output.line(f"  demo-factory destroy {plan.demo}{on}")

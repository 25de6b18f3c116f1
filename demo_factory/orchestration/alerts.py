"""Alerts: one message when an object's health changes, to the log or wherever apprise can send."""

import datetime as dt
import json
import logging
import os
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration import describe
from demo_factory.orchestration.schedule import due_day, local_timezone
from demo_factory.plan.health import State
from demo_factory.plan.steps import DemoPlan, Step, TablePlan
from demo_factory.project import Settings, open_workspace, plan_to_date
from demo_factory.workspace.standing import ObjectStatus, standing

ALERTS = "DEMO_FACTORY_ALERTS"
A_MINUTE, NOW_AND_THEN = 60, 600  # seconds between two looks: at this machine, and at a workspace over the network
_FINE = "fine"
_SPEAK_FOR_ALL: tuple[State, ...] = ("failed", "damaged", "unfinished")
_SPEAK_FOR_PROMISES: tuple[State, ...] = ("stale", "never built")


@dataclass(frozen=True)
class Said:
    """What is said of one asset: only another `word` is news, since a reason may count days or rows."""

    word: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.reason}" if self.reason else self.word


def states(file: Path, settings: Settings, day: dt.date) -> dict[str, Said | None]:
    """What is to be said of each asset of a demo on a day; None while it runs, for no verdict is no news.

    It is what `status` answers: failed, damaged and unfinished of every object, stale and never built of those that
    promise to be fresh. Nothing while nothing of the demo was ever built.

    Raises:
        DemoError: the demo's blueprint or the target's ledger cannot be read.
    """
    workspace = open_workspace(settings)
    plan = plan_to_date(file, settings, workspace, settings.as_of or day)
    if not workspace.records.entries(plan.demo):
        return {}
    found = standing(plan, workspace).objects
    ours = [one for one in found if one.name in plan.steps]  # what left the blueprint is no asset any longer
    return {describe.asset_key(plan, one.name).to_user_string(): _say(one, plan.steps[one.name]) for one in ours}


def _say(one: ObjectStatus, step: Step) -> Said | None:
    if one.status == "running":
        return None
    promises = isinstance(step.plan, TablePlan) and step.plan.fresh_within is not None
    if one.status in _SPEAK_FOR_ALL or (promises and one.status in _SPEAK_FOR_PROMISES):
        day = f", its newest day is {one.newest_day}" if one.status == "stale" and one.newest_day else ""
        return Said(one.status, f"{one.reason}{day}")
    if one.warnings:
        return Said("breaking a promise that only warns", "; ".join(one.warnings))
    return Said(_FINE)


def changed(before: Mapping[str, str], now: Mapping[str, Said | None]) -> tuple[list[str], dict[str, str]]:
    """One line an asset with another word than before, and the words to compare with next time.

    What is fine at first sight is no news, and what runs keeps the word that it had.
    """
    lines, words = [], {}
    for asset in sorted({*before, *now}):
        said = now.get(asset, Said(_FINE))
        word = before.get(asset, _FINE) if said is None else said.word
        if said is not None and word != before.get(asset, _FINE):
            lines.append(f"{asset} is {said}" if word != _FINE else f"{asset} is fine again")
        if word != _FINE:
            words[asset] = word
    return lines, words


def send(lines: Sequence[str], targets: str) -> list[str]:
    """Send the lines to apprise targets, each on its own; gives a sentence a target that did not take them.

    Args:
        targets: apprise URLs, separated by spaces. They hold secrets: no error or log ever shows one.
    """
    import apprise

    failures = []
    with _without_logs():
        for number, url in enumerate(targets.split(), 1):
            client = apprise.Apprise()
            if not client.add(url):
                failures.append(f"Target {number} in {ALERTS} is no apprise URL.")
            elif not client.notify(title="demo_factory", body="\n".join(lines)):
                failures.append(f"Target {number} in {ALERTS} did not take the message.")
    return failures


@contextmanager
def _without_logs() -> Iterator[None]:
    """Apprise and the libraries below it log the addresses that they cannot read or reach, tokens included."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def alert_sensor(file: Path, plan: DemoPlan, settings: Settings) -> dg.SensorDefinition:
    """The sensor of one demo: it looks every minute and speaks once a change.

    Args:
        plan: for the names alone, which no day changes.
    """

    @dg.sensor(
        name=f"{plan.demo}_freshness_alerts",
        minimum_interval_seconds=A_MINUTE if settings.target == "local" else NOW_AND_THEN,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells once per change: stale, failed, unfinished, damaged, a broken promise, fine again",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        lines, words = changed(before, _look(plan.demo, file, settings, before))
        targets = os.environ.get(ALERTS, "")
        if lines:
            for line in lines:
                context.log.warning(line)
            failures = send(lines, targets) if targets else []
            for failure in failures:
                context.log.warning(failure)
            if failures and len(failures) == len(targets.split()):
                # the cursor stays, so that the next tick tries again; with one success it would only repeat itself
                raise DemoError(" ".join(failures), f"Correct {ALERTS}; the message is in the log meanwhile.")
        context.update_cursor(json.dumps(words, sort_keys=True))
        return dg.SkipReason("Told: " + "; ".join(lines) if lines else "Nothing changed.")

    return sensor


def _look(demo: str, file: Path, settings: Settings, before: Mapping[str, str]) -> dict[str, Said | None]:
    """What is to be said now; of a demo that nobody can look at that alone is said, and the rest stays as it was."""
    try:
        return states(file, settings, due_day(dt.datetime.now(zoneinfo.ZoneInfo(local_timezone()))))
    except DemoError as error:
        return {**dict.fromkeys(before), demo: Said("not readable", str(error))}

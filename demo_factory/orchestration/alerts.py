"""Alerts: one message when an object's health changes, to the log or wherever apprise can send."""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.settings import Settings
from demo_factory.orchestration import metadata
from demo_factory.orchestration.health import FINE, Said, evaluations, states
from demo_factory.orchestration.schedule import today_due
from demo_factory.resources.graph import DemoPlan

ALERTS = "DEMO_FACTORY_ALERTS"


def changed(before: Mapping[str, str], now: Mapping[str, Said | None]) -> tuple[list[str], dict[str, str]]:
    """One line an asset with another word than before, and the words to compare with next time.

    What is fine at first sight is no news, and what runs keeps the word that it had.
    """
    lines, words = [], {}
    for asset in sorted({*before, *now}):
        said, former = now.get(asset, Said(FINE)), before.get(asset, FINE)
        if said is not None and said.word != former:
            lines.append(f"{asset} is {said}" if said.word != FINE else f"{asset} is fine again")
        if asset in now:
            words[asset] = former if said is None else said.word
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
    """The sensor of one demo: it looks every minute, speaks once a change, and lets Dagster's UI show the same.

    Args:
        plan: for the names alone, which no day changes.
    """

    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        memory: dict[str, dict[str, str]] = json.loads(context.cursor) if context.cursor else {}
        before = memory.get("words", {})
        now = _look(plan.demo, file, settings, before)
        lines, words = changed(before, now)
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
        events, shown = evaluations(plan, memory.get("shown", {}), now)
        return dg.SensorResult(
            skip_reason="Told: " + "; ".join(lines) if lines else "Nothing changed.",
            cursor=json.dumps({"words": words, "shown": shown}, sort_keys=True),
            asset_events=events,
        )

    with metadata.owners_in_beta():
        return dg.sensor(
            name=f"{plan.demo}_freshness_alerts",
            minimum_interval_seconds=settings.traits.look_seconds,
            default_status=dg.DefaultSensorStatus.RUNNING,
            description="Tells once per change: stale, failed, unfinished, damaged, a broken promise, fine again",
            owners=metadata.owners(plan),
        )(sensor)


def _look(demo: str, file: Path, settings: Settings, before: Mapping[str, str]) -> dict[str, Said | None]:
    """What is to be said now; of a demo that nobody can look at that alone is said, and the rest stays as it was."""
    try:
        return states(demo, file, settings, today_due())
    except DemoError as error:
        return {**dict.fromkeys(before), demo: Said("not readable", str(error))}

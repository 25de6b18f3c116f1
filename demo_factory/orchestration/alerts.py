"""Alerts: one message when an asset's state changes, to the log or wherever apprise can send."""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dagster as dg

from demo_factory.blueprint.errors import DemoError

ALERTS = "DEMO_FACTORY_ALERTS"
_BAD = {"FAIL": "stale", "WARN": "about to be stale", "UNKNOWN": "of unknown freshness: it was never built"}
_GOOD = "fine"


def freshness_states(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dict[str, str]:
    """The freshness of each asset in plain words.

    Dagster's records are not marked public, so this is the only place that reads them.
    """
    records = instance.get_freshness_state_records(list(keys)) if keys else {}
    found = {}
    for key in keys:
        record = records.get(key)
        state = record.freshness_state.value if record else "UNKNOWN"
        if state == "UNKNOWN" and instance.get_latest_materialization_event(key):
            state = "PASS"  # just built, and Dagster's daemon has not looked yet
        found[key.to_user_string()] = _BAD.get(state, _GOOD)
    return found


def failed_checks(instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey]) -> dict[str, str]:
    """For each asset with a failed check a sentence that names the checks; a broken contract can be fresh."""
    wanted = list(checks)
    summaries = instance.event_log_storage.get_asset_check_summary_records(wanted) if wanted else {}
    failed: dict[str, list[str]] = {}
    for key in wanted:
        record = summaries[key].last_check_execution_record if key in summaries else None
        if record is not None and record.status.value == "FAILED":
            failed.setdefault(key.asset_key.to_user_string(), []).append(key.name)
    return {asset: f"breaking its contract: {', '.join(sorted(names))}" for asset, names in failed.items()}


def states(
    instance: dg.DagsterInstance, fresh: Sequence[dg.AssetKey], checks: Sequence[dg.AssetCheckKey]
) -> dict[str, str]:
    """The state of every asset that promises something; nothing while no asset of the demo was ever built."""
    assets = dict.fromkeys([*fresh, *(check.asset_key for check in checks)])
    if not any(instance.get_latest_materialization_event(key) for key in assets):
        return {}
    found = freshness_states(instance, fresh)
    for asset, broken in failed_checks(instance, checks).items():
        known = found.get(asset, _GOOD)
        found[asset] = broken if known == _GOOD else f"{known}, and {broken}"
    return found


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """One line an asset whose state is another than before; what is fine at first sight is no news."""
    lines = []
    for asset in sorted({*before, *now}):
        state = now.get(asset, _GOOD)
        if state != before.get(asset, _GOOD):
            lines.append(f"{asset} is {state}" if state != _GOOD else f"{asset} is fine again")
    return lines


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


def alert_sensor(demo: str, fresh: Sequence[dg.AssetKey], checks: Sequence[dg.AssetCheckKey]) -> dg.SensorDefinition:
    """The sensor of one demo: it looks every minute and speaks once a change.

    Args:
        fresh: the assets that promise freshness.
        checks: every check of the demo.
    """

    @dg.sensor(
        name=f"{demo}_freshness_alerts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells once per change: stale, unknown, broken contract, fine again",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        now = states(context.instance, fresh, checks)
        lines = changed(before, now) if now else []
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
        context.update_cursor(json.dumps(now, sort_keys=True))
        return dg.SkipReason("Told: " + "; ".join(lines) if lines else "Nothing changed.")

    return sensor

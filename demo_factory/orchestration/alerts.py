"""Freshness alerts: one message when an asset's state changes, to the log or wherever apprise can send."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from demo_factory.blueprint.errors import DemoError

ALERTS = "DEMO_FACTORY_ALERTS"
_BAD = {"FAIL": "stale", "WARN": "about to be stale", "UNKNOWN": "unknown: it was never built"}
_GOOD = "fresh"


def freshness_states(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> dict[str, str]:
    """The freshness of each asset in plain words.

    Dagster's records are not marked public, so this is the only place that reads them.
    """
    records = instance.get_freshness_state_records(list(keys)) if keys else {}
    found = {}
    for key in keys:
        record = records.get(key)
        state = record.freshness_state.value if record else "UNKNOWN"
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
    return {asset: f"failed checks: {', '.join(sorted(names))}" for asset, names in failed.items()}


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """One line an asset whose state is another than before; what is fresh at first sight is no news."""
    lines = []
    for asset, state in now.items():
        if state != before.get(asset, _GOOD):
            lines.append(f"{asset} is {state}" if state != _GOOD else f"{asset} is fresh again")
    return lines


def send(lines: Sequence[str], targets: str, log: Mapping[str, object] | None = None) -> int:
    """Send the lines to apprise targets; gives how many targets took them.

    Args:
        targets: apprise URLs, separated by spaces. They hold secrets: no error or log ever shows one.

    Raises:
        DemoError: a target is no apprise URL, or did not take the message; says which by its number.
    """
    import apprise

    urls = targets.split()
    for number, url in enumerate(urls, 1):
        client = apprise.Apprise()
        if not client.add(url):
            raise DemoError(f"Target {number} in {ALERTS} is no apprise URL.", "See apprise's list of services.")
        if not client.notify(title="demo_factory", body="\n".join(lines)):
            raise DemoError(f"Target {number} in {ALERTS} did not take the message.", "Check its address and token.")
    return len(urls)


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
        description="Tells once per change: stale, unknown, failed check, fresh again",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        now = {**freshness_states(context.instance, fresh), **failed_checks(context.instance, checks)}
        lines = changed(before, {**dict.fromkeys(before, _GOOD), **now})
        if not lines:
            return dg.SkipReason("Nothing changed.")
        for line in lines:
            context.log.warning(line)
        targets = os.environ.get(ALERTS, "")
        if targets:
            send(lines, targets)
        context.update_cursor(json.dumps(now, sort_keys=True))
        return dg.SkipReason("Told: " + "; ".join(lines))

    return sensor

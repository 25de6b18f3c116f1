"""Alerts: what status says, once a change, to whoever listens, and never a word of a secret address."""

import datetime as dt
import itertools
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.cli import main
from demo_factory.orchestration import alerts, health
from demo_factory.orchestration.alerts import ALERTS, alert_sensor, changed, send
from demo_factory.orchestration.demo import all_definitions
from demo_factory.orchestration.health import Said, states
from demo_factory.workspace.ledger import BrokenRule
from demo_factory.workspace.local.lock import build_lock
from demo_factory_tests.workspace.local.laid import DAY, Laid

SECRET = "TOPSECRETTOKEN"
PREFIX = "shop"
FINE = Said("fine")

# apprise 1.9 imports imghdr while Python still has it
pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]


@pytest.fixture
def laid(tmp_path, monkeypatch) -> Laid:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMO_FACTORY_HOME", str(tmp_path / "state"))
    return Laid(tmp_path)


@pytest.fixture
def inbox():
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield received, f"json://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class Watcher:
    """The sensor as Dagster's daemon asks it, tick after tick, on a clock of our own."""

    def __init__(self, laid: Laid, monkeypatch) -> None:
        self._sensor = alert_sensor(laid.file, laid.plan, laid.settings())
        self._patch, self._cursor = monkeypatch, None

    def look(self, day: dt.date = DAY) -> str:
        """What one tick tells."""
        self._patch.setattr(alerts, "today_due", lambda: day)
        with (
            dg.DagsterInstance.ephemeral() as instance,
            dg.build_sensor_context(instance=instance, cursor=self._cursor) as context,
        ):
            said = self._sensor(context)
        self._cursor = said.cursor
        self.shown = {one.asset_key.path[-1]: (one.passed, one.description) for one in said.asset_events}
        return str(said.skip_reason.skip_message)


@pytest.fixture
def watcher(laid, monkeypatch) -> Watcher:
    return Watcher(laid, monkeypatch)


def words(laid: Laid, day: dt.date = DAY) -> dict[str, str | None]:
    found = states("shop", laid.file, laid.settings(), day)
    return {asset.removeprefix(f"{PREFIX}/"): said and said.word for asset, said in found.items()}


def broken(laid: Laid, *rules: str, blocking: bool = True) -> None:
    every = [rule.name for rule in laid.step("orders").plan.rules]
    broken = [BrokenRule(rule, f"{rule}: 5 rows", blocking) for rule in rules]
    laid.records.judged("shop", laid.thing("orders").id, every, broken)


def test_news_is_what_changed() -> None:
    assert changed({}, {"a": FINE, "b": Said("stale", "x")}) == (["b is stale: x"], {"a": "fine", "b": "stale"})
    assert changed({"b": "stale"}, {"b": Said("stale", "y")}) == ([], {"b": "stale"})
    assert changed({"b": "stale"}, {"b": FINE}) == (["b is fine again"], {"b": "fine"})
    assert changed({"b": "stale"}, {}) == (["b is fine again"], {})
    assert changed({"b": "stale"}, {"b": None, "c": None}) == ([], {"b": "stale", "c": "fine"})


def test_a_demo_that_was_never_built_alarms_nobody(laid) -> None:
    laid.lose_ledger()
    for name in ("customers", "orders"):
        (laid.table(name) / "_delta_log" / f"{0:020d}.json").unlink()
    laid.view("spending").unlink()
    assert words(laid) == {}


def test_a_run_that_merely_starts_makes_nothing_fine(laid, watcher) -> None:
    """The fault that was seen: a planned check is neither passed nor failed, and the sensor said 'fine again'."""
    broken(laid, "rows")
    assert watcher.look() == "Told: shop/orders is failed: rows: 5 rows"
    with build_lock(laid.state, "build shop", demos=["shop"]):
        assert watcher.look() == "Nothing changed."  # planned: its step has not begun
        laid.records.announce("shop", laid.thing("orders"))
        assert words(laid)["orders"] is None  # running
        assert watcher.look() == "Nothing changed."
        broken(laid, "rows")
        assert watcher.look() == "Nothing changed."  # failed once more
        laid.records.announce("shop", laid.thing("orders"))
        laid.build(["orders"])
    assert watcher.look() == "Told: shop/orders is fine again"


def test_a_run_that_was_cancelled_or_killed_leaves_unfinished_and_what_it_skipped_as_it_was(laid, watcher) -> None:
    broken(laid, "rows")
    laid.records.announce("shop", laid.thing("customers"))
    assert watcher.look() == (
        "Told: shop/customers is unfinished: the last build of it did not finish; shop/orders is failed: rows: 5 rows"
    )
    assert words(laid) == {"customers": "unfinished", "orders": "failed", "spending": "fine"}


def test_a_promise_that_only_warns_is_told_as_such_and_fine_again(laid, watcher) -> None:
    broken(laid, "amount_max", blocking=False)
    assert watcher.look() == "Told: shop/orders is breaking a promise that only warns: amount_max: 5 rows"
    broken(laid)
    assert watcher.look() == "Told: shop/orders is fine again"


def test_one_mended_promise_of_two_is_not_fine_and_a_verdict_on_some_leaves_the_others(laid) -> None:
    broken(laid, "rows", "amount_max")
    laid.records.judged("shop", laid.thing("orders").id, ["rows"], [])
    assert words(laid)["orders"] == "failed"
    laid.records.judged("shop", laid.thing("orders").id, ["amount_max"], [])
    assert words(laid)["orders"] == "fine"


def test_what_failed_for_another_reason_is_not_made_fine_by_a_check(laid) -> None:
    laid.records.failed("shop", laid.thing("orders"), "no space left", 1.0)
    broken(laid)
    assert words(laid)["orders"] == "failed"


def test_a_demo_that_was_built_for_an_old_day_is_as_stale_here_as_in_status(laid, watcher, monkeypatch, capsys) -> None:
    later = DAY + dt.timedelta(days=30)
    assert watcher.look(later) == "Told: shop/orders is stale: new days have come, its newest day is 2026-06-01"
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(later))
    assert standings(capsys)["orders"] == "stale"


def standings(capsys) -> dict[str, str]:
    assert main(["status", "--json"]) == 0
    return {one["name"]: one["status"] for one in json.loads(capsys.readouterr().out)["shop"]["objects"]}


@pytest.mark.parametrize("days", [0, 1, 2])
def test_status_and_alerts_have_one_truth(laid, monkeypatch, capsys, days) -> None:
    """Every ledger state, on the disk and gone from it, while somebody builds and while nobody does."""
    day = DAY + dt.timedelta(days=days)
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(day))
    silent = {"fresh": {"fine"}, "stale": {"fine", "stale"}, "running": {None}, "never built": {"fine", "never built"}}
    for state, there, building in itertools.product(("made", "announced", "failed"), (True, False), (True, False)):
        laid.build()
        if state != "made":
            laid.records.announce("shop", laid.thing("orders"))
        if state == "failed":
            laid.records.failed("shop", laid.thing("orders"), "no space left", 1.0)
        if not there:
            (laid.table("orders") / "_delta_log" / f"{0:020d}.json").unlink()
        with build_lock(laid.state, "build", demos=["shop" if building else "other"]):
            found, said = standings(capsys), words(laid, day)
        for name, status in found.items():
            assert said[name] in silent.get(status, {status}), (state, there, building, name)
        promised = found["orders"]
        assert said["orders"] == {"fresh": "fine", "running": None}.get(promised, promised)
        assert (promised == "running") == (state == "announced" and building)


def test_dagster_shows_the_same_as_a_check_of_what_promises(laid, watcher) -> None:
    watcher.look()
    assert watcher.shown == {"orders": (True, "fine")}
    watcher.look()
    assert watcher.shown == {}
    laid.build(["orders"])
    assert watcher.look() == "Nothing changed."
    assert watcher.shown == {"orders": (True, "fine")}  # Dagster asks what was said since it was made
    watcher.look(DAY + dt.timedelta(days=1))
    assert watcher.shown == {"orders": (False, "stale: new days have come, its newest day is 2026-06-01")}
    watcher.look()
    assert watcher.shown == {"orders": (True, "fine")}


def test_the_check_can_be_asked_in_dagster_and_is_no_part_of_a_build(laid, monkeypatch) -> None:
    definitions = all_definitions(laid.settings())
    graph = definitions.resolve_asset_graph()
    [key] = [key for key in graph.asset_check_keys if key.name == "health"]
    assert key.asset_key.path[-1] == "orders"
    job = definitions.resolve_job_def("shop")
    assert not [key for key in job.asset_layer.asset_graph.asset_check_keys if key.name == "health"]
    assert len(job.asset_layer.asset_graph.asset_check_keys) > 5
    monkeypatch.setattr(health, "today_due", lambda: DAY + dt.timedelta(days=5))
    [check] = [one for one in definitions.asset_checks if key in one.check_keys]
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([check], instance=instance, selection=dg.AssetSelection.checks(check))
        [said] = result.get_asset_check_evaluations()
    assert (said.passed, said.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert said.description == "stale: new days have come, its newest day is 2026-06-01"


def test_what_nobody_can_look_at_is_said_once_and_nothing_else_changes(laid, watcher) -> None:
    broken(laid, "rows")
    watcher.look()
    text = laid.file.read_text()
    laid.file.write_text("demo: shop\ntables: 5\n")
    assert "shop is not readable" in watcher.look()
    assert watcher.look() == "Nothing changed."
    laid.file.write_text(text)
    assert watcher.look() == "Told: shop is fine again"


def test_the_sensor_speaks_once_a_change(laid, watcher, monkeypatch, inbox) -> None:
    received, url = inbox
    monkeypatch.setenv(ALERTS, url)
    broken(laid, "rows")
    watcher.look()
    watcher.look()
    assert received == ["shop/orders is failed: rows: 5 rows"]
    broken(laid)
    watcher.look()
    watcher.look()
    assert received[1:] == ["shop/orders is fine again"]


def test_one_deaf_target_keeps_the_message_from_no_other(inbox) -> None:
    received, url = inbox
    assert send(["x"], f"json://127.0.0.1:1/{SECRET} {url}") == [f"Target 1 in {ALERTS} did not take the message."]
    assert received == ["x"]


@pytest.mark.parametrize(
    "url", [f"slackk://{SECRET}/x", f"slack://{SECRET}", f"json://u:{SECRET}@127.0.0.1:1/{SECRET}"]
)
def test_no_log_and_no_error_shows_a_target(url, laid, monkeypatch, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(ALERTS, url)
    broken(laid, "rows")
    sensor = alert_sensor(laid.file, laid.plan, laid.settings())
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance=instance) as context:
        with pytest.raises(DemoError, match="Target 1") as told:
            sensor(context)
        assert context.cursor is None  # nobody got it: the next tick tries again
    out, err = capfd.readouterr()
    assert SECRET not in caplog.text + out + err + str(told.value)
    assert logging.root.manager.disable == logging.NOTSET

"""Alerts: once a change, to whoever listens, and never a word of a secret address."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.orchestration import alerts
from demo_factory.orchestration.alerts import ALERTS, alert_sensor, changed, send, states

ORDERS = dg.AssetKey(["sales", "orders"])
CHECK = dg.AssetCheckKey(ORDERS, "rows")
SECRET = "TOPSECRETTOKEN"

# apprise 1.9 imports imghdr while Python still has it
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as one:
        yield one


def built(instance: dg.DagsterInstance) -> None:
    instance.report_runless_asset_event(dg.AssetMaterialization(ORDERS))


def judged(instance: dg.DagsterInstance, passed: bool) -> None:
    evaluation = dg.AssetCheckEvaluation(asset_key=ORDERS, check_name="rows", passed=passed, metadata={})
    instance.report_runless_asset_event(evaluation)


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


def test_news_is_what_changed() -> None:
    assert changed({}, {"a": "fine", "b": "stale"}) == ["b is stale"]
    assert changed({"b": "stale"}, {"b": "stale"}) == []
    assert changed({"b": "stale"}, {"b": "fine"}) == ["b is fine again"]
    assert changed({"b": "stale"}, {}) == ["b is fine again"]


def test_a_demo_that_was_never_built_alarms_nobody(instance) -> None:
    assert states(instance, [ORDERS], [CHECK]) == {}


def test_an_asset_that_is_missing_in_a_demo_that_is_built_is_unknown(instance) -> None:
    built(instance)
    other = dg.AssetKey(["sales", "other"])
    assert states(instance, [ORDERS, other], []) == {
        "sales/orders": "fine",
        "sales/other": "of unknown freshness: it was never built",
    }


def test_a_broken_contract_is_news_though_the_data_is_fresh(instance) -> None:
    built(instance)
    judged(instance, passed=False)
    assert states(instance, [ORDERS], [CHECK]) == {"sales/orders": "breaking its contract: rows"}
    judged(instance, passed=True)
    assert states(instance, [ORDERS], [CHECK]) == {"sales/orders": "fine"}


def test_stale_and_broken_are_both_said(instance, monkeypatch) -> None:
    built(instance)
    judged(instance, passed=False)
    monkeypatch.setattr(alerts, "freshness_states", lambda instance, keys: {"sales/orders": "stale"})
    assert states(instance, [ORDERS], [CHECK]) == {"sales/orders": "stale, and breaking its contract: rows"}


def test_the_sensor_speaks_once_a_change(instance, monkeypatch, inbox) -> None:
    received, url = inbox
    monkeypatch.setenv(ALERTS, url)
    sensor = alert_sensor("tiny", [ORDERS], [CHECK])
    cursor = None

    def tick() -> None:
        nonlocal cursor
        with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
            sensor.evaluate_tick(context)
            cursor = context.cursor

    built(instance)
    judged(instance, passed=False)
    tick()
    tick()
    assert received == ["sales/orders is breaking its contract: rows"]
    judged(instance, passed=True)
    tick()
    tick()
    assert received[1:] == ["sales/orders is fine again"]


def test_one_deaf_target_keeps_the_message_from_no_other(inbox) -> None:
    received, url = inbox
    assert send(["x"], f"json://127.0.0.1:1/{SECRET} {url}") == [f"Target 1 in {ALERTS} did not take the message."]
    assert received == ["x"]


@pytest.mark.parametrize(
    "url", [f"slackk://{SECRET}/x", f"slack://{SECRET}", f"json://u:{SECRET}@127.0.0.1:1/{SECRET}"]
)
def test_no_log_and_no_error_shows_a_target(url, instance, monkeypatch, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(ALERTS, url)
    built(instance)
    judged(instance, passed=False)
    sensor = alert_sensor("tiny", [ORDERS], [CHECK])
    with dg.build_sensor_context(instance=instance) as context:
        with pytest.raises(DemoError, match="Target 1") as told:
            sensor(context)
        assert context.cursor is None  # nobody got it: the next tick tries again
    out, err = capfd.readouterr()
    assert SECRET not in caplog.text + out + err + str(told.value)
    assert logging.root.manager.disable == logging.NOTSET

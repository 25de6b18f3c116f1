"""The command check: a built demo judged as it stands, and the exit code that a job goes by."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from demo_factory.cli import main
from demo_factory.generate.tables import write_table
from demo_factory.resources.resource import State
from demo_factory.sql.names import literal
from demo_factory_tests.plan.demos import SHOP, shop_plan

pytestmark = pytest.mark.e2e
DAY = dt.date(2026, 11, 24)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, spark):
    """Run the command on a shop of two tables in the shared session; gives (exit code, stdout, stderr)."""
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "shop.yaml").write_text(SHOP.format(schema="checking"))
    facts = SimpleNamespace(as_of=str(DAY), epoch=None, scale=None, history=None)
    known = {
        name: State("table", f"test_demo.checking.{name}", status="made", detail={"step": name}, found={})
        for name in ("customers", "orders")
    }
    records = SimpleNamespace(facts=lambda demo: facts, look=lambda demo: {one.id: one for one in known.values()})
    workspace = SimpleNamespace(records=records, session=lambda plan: spark)
    monkeypatch.setattr("demo_factory.operations.check.open_workspace", lambda settings: workspace)

    def call(day: dt.date = DAY, *words: str) -> tuple[int, str, str]:
        monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(day))
        code = main(["check", "shop", *words])
        return code, *capsys.readouterr()

    call.known, call.facts = known, facts
    return call


def test_a_demo_is_judged_as_it_stands(run, spark):
    spark.sql("CREATE SCHEMA IF NOT EXISTS test_demo.checking")
    plan = shop_plan("checking", as_of=DAY)
    for step in plan.of_kind("table"):
        write_table(spark, step.plan, {}, "spark")

    code, out, _ = run()
    assert code == 0, out
    count = int(out.split(" of ")[0])
    assert out == f"{count} of {count} checks passed.\n"
    assert count == sum(len(step.plan.rules) for step in plan.of_kind("table"))

    someone = spark.sql("SELECT min(customer_id) FROM test_demo.checking.orders").first()[0]
    spark.sql("DELETE FROM test_demo.checking.customers WHERE customer_id = " + literal(someone))
    code, out, _ = run(DAY + dt.timedelta(days=9), "--json")
    broken = [one for one in json.loads(out) if not one["passed"]]
    assert code == 1
    said = {one["rule"]: one["message"] for one in broken if one["table"] == "orders"}
    assert any("hours old" in message for message in said.values()), "nine days later it is stale"
    assert any("must exist in" in message for message in said.values()), "a customer is gone"

    del run.known["orders"]
    code, _, err = run()
    assert code == 1
    assert "Not there: orders." in err


def test_what_was_never_built_cannot_be_judged(run):
    run.facts.as_of = None
    code, _, err = run()
    assert code == 1
    assert "shop is not built here. Build it first: demo-factory build shop" in err

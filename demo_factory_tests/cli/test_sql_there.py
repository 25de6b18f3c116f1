"""`sql --target`: the warehouse of a workspace answers, and what works on this machine alone says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory.targets.load import parse_targets
from demo_factory.workspace.databricks.ledger import DatabricksRecords
from demo_factory_tests.access.governed import governed
from demo_factory_tests.workspace.databricks.double import Double, connect

Run = Callable[..., tuple[int, str, str]]
TEXT = "targets: {{dev: {{host: '{url}', compute: {{serverless: {{}}}}, warehouse: {warehouse}}}}}"


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A workspace whose ledger knows one view; its warehouse answers three rows."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "DEMOS", "ENV", "TARGET", "TARGETS"):
        monkeypatch.delenv(f"DEMO_FACTORY_{name}", raising=False)
    with Double() as made:
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        made.add_catalog("dev_gov_demo")
        made.add_schema("dev_gov_demo.shop")
        text = TEXT.format(url=made.url, warehouse="demo-warehouse")
        (tmp_path / "targets.yaml").write_text(text)
        records = DatabricksRecords(connect(made), parse_targets(text)["dev"])
        with records.writing("build gov"):
            records.announce(plan := governed(), plan.steps["letters"])
        made.settings.sql_backend = lambda statement: (
            ["address", "n"],
            [["a@example.org", 1], ["b@example.org", None]],
        )
        yield made


@pytest.fixture
def run(double: Double, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        code = main([*words, "--target", "dev"])
        return code, *capsys.readouterr()

    return call


def test_the_warehouse_answers_where_short_names_mean_the_demo(run: Run, double: Double) -> None:
    code, out, err = run("sql", "SELECT address, n FROM letters")
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()] == [
        ["address", "n"], ["a@example.org", "1"], ["b@example.org", "NULL"], ["2", "rows"],
    ]  # fmt: skip
    sent = next(call for call in double.calls if call.path.endswith("/statements/"))
    assert {key: sent.body[key] for key in ("catalog", "schema", "row_limit")} == {
        "catalog": "dev_gov_demo", "schema": "shop", "row_limit": 101,
    }  # fmt: skip


def test_more_rows_than_wanted_are_said(run: Run) -> None:
    code, out, err = run("sql", "SELECT address, n FROM letters", "--limit", "1", "--format", "csv")
    assert (code, out) == (0, "address,n\na@example.org,1\n")
    assert "There are more rows: --limit 10 shows more" in err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("sql", "SELECT 1", "--as", "analysts"), 2, "--as works on this machine; on dev Unity Catalog shows"),
        (("sql", "DROP TABLE letters"), 2, "sql only reads"),
        (("sql", "SELECT 1", "--demo", "other"), 1, "Build it first: demo-factory apply other --target dev"),
        (("sql", "SELECT 1", "--env", "pr7"), 1, "Build it first: demo-factory apply retail --target dev --env pr7"),
    ],
)
def test_what_does_not_go_is_said(run: Run, words: tuple[str, ...], code: int, says: str) -> None:
    found, _, err = run(*words)
    assert says in err
    assert found == code


def test_what_the_warehouse_refuses_is_said(run: Run, double: Double) -> None:
    def refuse(statement: str) -> None:
        raise ValueError("[UNRESOLVED_COLUMN] A column with name `adress` cannot be resolved.\nLong story")

    double.settings.sql_backend = refuse  # type: ignore[assignment]
    code, _, err = run("sql", "SELECT adress FROM letters")
    assert code == 1
    assert "Could not run your query on demo-warehouse: failed: [UNRESOLVED_COLUMN]" in err
    assert "Long story" not in err


def test_a_model_is_asked_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch, double: Double, capsys) -> None:
    monkeypatch.setenv("DEMO_FACTORY_TARGET", "dev")
    assert main(["predict", "retail", "customer_segmentation", "CUST-0000001"]) == 2
    assert "works on this machine alone" in capsys.readouterr().err

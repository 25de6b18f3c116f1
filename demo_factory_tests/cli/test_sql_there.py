"""`sql --target`: the warehouse of a workspace answers, and what works on this machine alone says so."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.cli import main
from demo_factory.targets.load import parse_targets
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.queries import WarehouseAnswers
from demo_factory.workspace.databricks.warehouse import Warehouse
from demo_factory.workspace.ports import Described, Place
from demo_factory_tests.access.governed import governed
from demo_factory_tests.workspace.databricks.double import Double, connect

pytestmark = pytest.mark.double
Run = Callable[..., tuple[int, str, str]]
TEXT = "targets: {{dev: {{host: '{url}', compute: {{serverless: {{}}}}, warehouse: {warehouse}}}}}"


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """A workspace whose ledger knows one view; its warehouse answers three rows."""
    with Double() as made:
        monkeypatch.setenv("DATABRICKS_TOKEN", made.token)
        made.add_catalog("dev_gov_demo")
        made.add_schema("dev_gov_demo.shop")
        text = TEXT.format(url=made.url, warehouse="demo-warehouse")
        (tmp_path / "targets.yaml").write_text(text)
        records = DatabricksLedger(connect(made), parse_targets(text)["dev"])
        with records.writing("build gov"):
            plan = governed()
            records.announce("gov", plan.resources_of(plan.steps["letters"])[0])
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


def test_statements_of_a_pipe_are_answered_one_by_one_up_to_the_one_that_fails(
    run: Run, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "-- the first; of three\nSELECT address\nFROM letters;\nDROP TABLE letters;\nSELECT 2;\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(script))
    code, out, err = run("sql", "gov", "--format", "csv")
    assert (code, out) == (2, "address,n\na@example.org,1\nb@example.org,\n\n")
    assert err.splitlines()[0] == "The statement in line 4 ended it:"
    assert "sql only reads, and DROP is no SELECT" in err
    sent = [call.body["statement"] for call in double.calls if call.path.endswith("/statements/")]
    assert sent == ["SELECT address\nFROM letters"]


@pytest.mark.parametrize(("script", "says"), [("-- nothing;\n", "There is no query."), ("SELECT 'a;", "not SQL")])
def test_a_pipe_without_a_statement_is_wrong_usage(run: Run, monkeypatch, script: str, says: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(script))
    code, out, err = run("sql", "gov")
    assert (code, out) == (2, "")
    assert says in err


def test_the_demo_stands_before_the_query_or_behind_demo(run: Run) -> None:
    for words in (("gov", "SELECT 1"), ("SELECT 1", "--demo", "gov"), ("--demo", "gov", "SELECT 1")):
        assert run("sql", *words, "--json")[1] == '[\n{"1": 1}\n]\n'
    code, _, err = run("sql", "gov", "SELECT 1", "--demo", "gov")
    assert code == 2
    assert "Both gov and --demo gov name a demo. Leave one of them out." in err


def test_a_warehouse_says_what_there_is(double: Double, tmp_path: Path) -> None:
    def catalog(statement: str) -> tuple[list[str], list[list[object]]]:
        assert "FROM `dev_gov_demo`.information_schema." in statement
        assert "WHERE table_schema = 'shop'" in statement
        if "information_schema.tables" in statement:
            return ["table_name", "table_type", "comment"], [["letters", "view", "who gets one"]]
        rows = [["letters", "address", "string", "of whom"], ["letters", "n", "bigint", ""]]
        return ["table_name", "column_name", "type", "comment"], [] if "table_name = 'lettrs'" in statement else rows

    double.settings.sql_backend = catalog  # type: ignore[assignment]
    warehouse = Warehouse(connect(double), "demo-warehouse")
    answers = WarehouseAnswers(warehouse, Place("gov", "dev_gov_demo", "shop", {"letters": "view"}))
    assert answers.objects() == [Described("letters", "view", "who gets one")]
    wanted = [Described("address", "string", "of whom"), Described("n", "bigint", "")]
    assert answers.columns() == answers.columns("`letters`") == {"letters": wanted}
    with pytest.raises(WrongUsage, match=r"no table or view lettrs\. Did you mean 'letters'"):
        answers.columns("lettrs")

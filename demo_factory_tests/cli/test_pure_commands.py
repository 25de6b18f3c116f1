"""The commands that need no Spark: what they say, their exit codes, and that they touch nothing."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from demo_factory.cli import main
from demo_factory_tests.plan.demos import SHOP

pytestmark = pytest.mark.e2e


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run one command in an empty folder; gives (exit code, stdout, stderr)."""

    def call(*words: str) -> tuple[int, str, str]:
        try:
            code = main(list(words))
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def shop_file(folder: Path, text: str = SHOP) -> Path:
    (folder / "demos").mkdir(exist_ok=True)
    file = folder / "demos" / "shop.yaml"
    file.write_text(text.format(schema="shop") if "{schema}" in text else text)
    return file


def test_on_a_laptop_status_says_that_a_demo_has_expired_and_how_it_goes(run, tmp_path, monkeypatch):
    """What the ledger has of a first build fourteen days ago; the object itself need not be there for that."""
    from demo_factory.operations.settings import Settings
    from demo_factory.operations.targets import open_workspace
    from demo_factory.resources.resource import Resource

    monkeypatch.chdir(tmp_path)
    file = shop_file(tmp_path, SHOP)
    file.write_text(file.read_text().replace("demo: shop\n", "demo: shop\nexpires: 14 days\n", 1))
    now = dt.datetime.now(dt.UTC)
    begun = now - dt.timedelta(days=13)
    monkeypatch.setattr("demo_factory.workspace.ledger._now", lambda: begun.isoformat(timespec="milliseconds"))
    records, made = open_workspace(Settings.read({})).records, Resource("group", "analysts", {"members": []})
    records.announce("shop", made)
    assert f"shop expires on {now.date() + dt.timedelta(days=1)}, in 1 day." in run("status", "shop")[1]
    records.forget("shop", made.id)
    begun = now - dt.timedelta(days=15)
    records.announce("shop", made)
    day = now.date() - dt.timedelta(days=1)
    assert f"shop expired on {day}, 1 day ago: demo-factory destroy shop\n" in run("status", "shop")[1]


def test_validate_says_what_is_in_a_demo(run):
    code, out, _ = run("validate", "retail")
    assert code == 0
    assert "retail: ok, 6 tables" in out
    assert "3 views, 2 models" in out


def test_validate_names_file_line_value_and_remedy(run, tmp_path):
    text = (
        SHOP.format(schema="shop").replace("lognormal:", "lognorml:").replace("FROM orders GROUP", "FROM orders_ GROUP")
    )
    file = shop_file(tmp_path, text)
    code, out, err = run("validate", "shop")
    line = next(i for i, one in enumerate(text.splitlines(), 1) if "lognorml" in one)
    assert code == 1
    assert f"{file.relative_to(tmp_path)}:{line}:" in out + err
    assert "did you mean 'lognormal'" in (out + err).lower()


def test_problems_of_the_plan_have_lines_too(run, tmp_path):
    text = SHOP.format(schema="shop").replace("sum(paid) AS paid", "sum(payed) AS paid")
    shop_file(tmp_path, text)
    code, out, err = run("validate", "shop")
    line = next(i for i, one in enumerate(text.splitlines(), 1) if "payed" in one)
    assert code == 1
    assert f"shop.yaml:{line}:" in out + err
    assert "'payed' is not a column of orders" in out + err


def test_plan_counts_first_then_a_line_an_object_and_writes_nothing(run, tmp_path):
    code, out, _ = run("plan", "retail", "--scale", "10")
    assert code == 0
    lines = out.splitlines()
    assert lines[1] == "22 to make"
    assert any("transactions" in line and "600,000" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_plan_as_json_is_whole(run):
    code, out, _ = run("plan", "retail", "--json", "--as-of", "2026-06-30")
    found = json.loads(out)
    assert code == 0
    assert found["as_of"] == "2026-06-30"
    assert found["counts"]["create"] == len(found["objects"]) == 22


def test_list_and_status_of_what_was_never_built(run, tmp_path):
    assert "retail" in run("list")[1]
    code, out, _ = run("status", "retail")
    assert code == 0
    assert "22 never built" in out
    assert list(tmp_path.iterdir()) == []


def test_explain_shows_formula_lineage_and_rules(run):
    code, out, _ = run("explain", "transactions.amount", "--demo", "retail")
    assert code == 0
    for part in ("products.list_price", "kpi_summary.revenue", "at least 0"):
        assert part in out


def test_new_writes_a_demo_that_validates_and_never_overwrites(run, tmp_path):
    code, out, _ = run("new", "coffee")
    assert code == 0
    assert "demo-factory" in out
    before = (tmp_path / "demos" / "coffee.yaml").read_text()
    assert run("validate", "coffee")[0] == 0
    assert run("new", "coffee")[0] != 0
    assert (tmp_path / "demos" / "coffee.yaml").read_text() == before


def test_destroying_what_is_not_there_says_so(run, tmp_path):
    code, out, _ = run("destroy", "retail", "--yes")
    assert code == 0
    assert "nothing was removed" in out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["validate", "retial"], 2, "Did you mean 'retail'?"),
        (["plan", "retail", "--scale", "0"], 2, "scale"),
        (["plan", "retail", "--scale", "many"], 2, "many is not a number"),
        (["plan", "retail", "--as-of", "31.1.2026"], 2, "31.1.2026 is not a date"),
        (["explain", "transactions.amont", "--demo", "retail"], 2, "'amount'"),
        (["explain", "transaction", "--demo", "retail"], 2, "'transactions'"),
        (["explain", "customers.nosuch", "--demo", "retail"], 2, "customers has no column 'nosuch'. Use customer_id"),
        (["explain", "kpi_summary.nosuch", "--demo", "retail"], 2, "kpi_summary has no column 'nosuch'. Use period"),
        (["explain", "customer_segmentation.nosuch", "--demo", "retail"], 2, "'nosuch'. Use customer_id, income"),
        (["explain", "optimize_transactions.x", "--demo", "retail"], 2, "demo-factory explain optimize_transactions"),
        (["validate", "nowhere.yaml"], 1, "nowhere.yaml"),
        (["new", "Bad Name"], 2, "Bad Name"),
        (["frobnicate"], 2, "No such command"),
        (["ui", "--json"], 2, "demo-factory ui has no option --json. validate, list, plan"),
        (["build", "retail", "--scal", "2"], 2, "demo-factory build has no option --scal. Did you mean --scale?"),
        (["plan", "retail", "--xyzzy"], 2, "demo-factory plan has no option --xyzzy.\nSee: demo-factory plan --help"),
        (["sql", "DROP TABLE customers", "--demo", "retail"], 2, "sql only reads"),
    ],
)
def test_bad_words_get_one_clear_line_and_the_right_exit_code(run, words, code, says):
    found, out, err = run(*words)
    assert says in out + err
    assert found == code
    assert "Traceback" not in out + err


def test_files_that_are_no_text_are_refused(run, tmp_path):
    (tmp_path / "latin.yaml").write_bytes("demo: caf\xe9".encode("latin-1"))
    code, out, err = run("validate", "latin.yaml")
    assert code == 1
    assert "UTF-8" in out + err


def test_quick_commands_import_nothing_heavy():
    script = (
        "import sys, io, contextlib\nfrom demo_factory.cli import main\n"
        "for words in (['validate', 'retail'], ['plan', 'retail'], ['list'], ['status', 'retail'],"
        " ['explain', 'transactions.amount', '--demo', 'retail']):\n"
        "    with contextlib.redirect_stdout(io.StringIO()):\n        assert main(words) == 0, words\n"
        "heavy = {'pyspark', 'dagster', 'mlflow', 'pandas', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_every_command_teaches_with_an_example(run):
    _, out, _ = run("--help")
    for command in ("validate", "new", "list", "plan", "build", "status", "sql", "explain", "predict", "destroy", "ui"):
        assert command in out
        assert "Example" in run(command, "--help")[1], command


def test_no_java_is_a_plain_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "demo_factory", "--home", str(tmp_path / "h"), "build", "retail"],
        env={"PATH": "/nonexistent", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "Java" in done.stderr
    assert "Traceback" not in done.stderr


def test_build_selects_by_name_and_knows_the_nearest(run, tmp_path):
    shop_file(tmp_path)
    code, out, err = run("build", "shop", "--select", "customers,ordrs")
    assert code == 2
    assert "shop has no 'ordrs'. Did you mean 'orders'?" in " ".join((out + err).split())


def test_access_before_a_build_says_what_is_missing_and_writes_nothing(run, tmp_path):
    code, out, _ = run("access", "retail")
    assert code == 0
    assert "(!) customers for analysts: declared masked, in effect none: missing: USE CATALOG on catalog" in out
    assert out.splitlines()[-1] == "  demo-factory build retail"
    code, out, _ = run("access", "retail", "--as", "marketing", "--json")
    customers = json.loads(out)["access"][0]
    assert customers["declared"]["rows"] == "country = 'DE'"
    assert customers["declared"]["columns"]["household_income"] == "as NULL"
    assert customers["effective"]["sees"] == "none"
    assert run("access", "retail", "--as", "marketign")[0] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["build", "apply", "plan"])
def test_a_day_far_ahead_is_asked_for_and_an_impossible_one_refused(run, command):
    """Seen from the machine's own day, whatever it is."""
    today = dt.date.today()
    far = today + dt.timedelta(days=2 * 365 + 1)
    code, out, err = run(command, "retail", "--as-of", str(far))
    assert code == 2
    assert f"The newest day {far} is 2 years ahead of today ({today}); nothing was done" in out + err
    assert "--yes" in out + err
    code, out, err = run(command, "retail", "--as-of", "9999-12-31", "--yes")
    assert code == 2
    assert "9999-12-31 is no day between 1700-01-01 and 2261-12-31" in out + err
    assert not Path(".demo_factory").exists()


def test_a_day_far_ahead_that_is_meant_is_planned(run, monkeypatch):
    far = dt.date.today() + dt.timedelta(days=3 * 365)
    code, out, _ = run("plan", "retail", "--as-of", str(far), "--yes")
    assert code == 0
    assert f"data to {far}" in out
    near = dt.date.today() + dt.timedelta(days=2 * 365)
    assert run("plan", "retail", "--as-of", str(near))[0] == 0
    monkeypatch.setenv("DEMO_FACTORY_AS_OF", str(far))
    assert run("plan", "retail")[0] == 2

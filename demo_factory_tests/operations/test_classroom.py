"""Names for many: {user} and a target's own places, lists of students, and who may see whose."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from databricks.sdk.errors import PermissionDenied

from demo_factory.blueprint.errors import BlueprintError, DemoError
from demo_factory.blueprint.load import loads
from demo_factory.cli import main
from demo_factory.cli.many import in_turn
from demo_factory.cli.state import CliState
from demo_factory.operations.classroom import Student, each, read_students, seat
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.destroy import Hands, teardown
from demo_factory.operations.settings import Settings, this_user
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration.runner import DagsterRunner
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.diff import diff
from demo_factory.targets.load import parse_targets
from demo_factory.workspace.apply import apply
from demo_factory.workspace.observe import observe
from demo_factory_tests.workspace.databricks.double import Double, connect

DEMO = """
demo: visits
catalog: "{env}_visits"
schema: sales
tables: {days: {rows: 10, columns: {day_id: {key: integer}}}}
views: {all_days: {sql: SELECT day_id FROM days}}
"""
TARGET = """
targets:
  class:
    host: HOST
    compute: {serverless: {}}
    warehouse: demo-warehouse
    catalog: "training"
    schema: "{demo}_{user}"
"""
DAY = dt.date(2026, 11, 27)


def students(folder: Path, *lines: str) -> Path:
    file = folder / "students.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("catalog", "schema", "place"),
    [
        ("{env}_{demo}_demo", "sales", ("dev_visits_demo", "sales")),
        ("class", "{demo}_{user}", ("class", "visits_ada")),
        ("{user}_{env}", "{user}", ("ada_dev", "ada")),
    ],
)
def test_placeholders_are_filled_wherever_a_name_stands(catalog, schema, place):
    text = DEMO.replace("{env}_visits", catalog).replace("schema: sales", f'schema: "{schema}"')
    plan = compile_demo(loads(text), as_of=DAY, env="dev", user="ada")
    assert (plan.catalog, plan.schema) == place
    assert {(one.plan.full_name.catalog, one.plan.full_name.schema) for one in plan.steps.values()} == {place}
    assert f"`{place[0]}`.`{place[1]}`.`days`" in plan.steps["all_days"].plan.sql
    assert plan.blueprint.asset_prefix == ("sales" if schema == "sales" else "visits")  # the same for everybody


@pytest.mark.parametrize(("template", "said"), [("{who}_x", "unknown placeholder {who}"), ("9{user}", "is not a name")])
@pytest.mark.parametrize("field", ["catalog", "schema"])
def test_a_template_that_gives_no_name_is_refused_in_both_files(field, template, said):
    with pytest.raises(BlueprintError, match=field) as refused:
        loads(f'{field}: "{template}"\ndemo: visits\ntables: {{days: {{columns: {{day_id: {{key: integer}}}}}}}}\n')
    assert said in str(refused.value)
    other = TARGET.replace("HOST", "https://a.example.com").replace(
        "training" if field == "catalog" else "{demo}_{user}", template
    )
    with pytest.raises(BlueprintError, match=f"targets.class.{field}") as refused:
        parse_targets(other)
    assert said in str(refused.value)


def test_who_builds_is_said_by_option_variable_or_login_and_advice_repeats_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOGNAME", "Ada.Lovelace")  # what getpass asks first
    assert this_user() == "ada_lovelace"
    assert Settings.read({}).user == "ada_lovelace"
    assert "--user" not in Settings.read({}).building("visits")
    said = Settings.read({"DEMO_FACTORY_USER": "grace"})
    assert (said.user, said.building("visits")) == ("grace", "demo-factory build visits --user grace")
    with pytest.raises(DemoError, match="--user or DEMO_FACTORY_USER"):
        Settings.read({"DEMO_FACTORY_USER": "Grace Hopper"})


def test_students_are_read_with_names_that_do_as_parts_of_names(tmp_path):
    file = students(tmp_path, "email,user", "ada.lovelace@example.com,", "", "grace@example.com, hopper")
    assert read_students(file) == (
        Student("ada.lovelace@example.com", "ada_lovelace"),
        Student("grace@example.com", "hopper"),
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["name", "ada"], "students.csv:1: has no column email, but name; write it in line 1"),
        (["email,age", "a@b.com,3"], "students.csv:1: age: is no column of a list of students; use email and user"),
        (["email"], "students.csv: has 0 students; list 1 to 500"),
        (["email", "ada"], "students.csv:2: email: 'ada' is no e-mail address; write ada@example.com"),
        (["email", "a@b.com,x"], "students.csv:2: has more fields than columns: ['x']; put one student in a line"),
        (["email,user", "a@b.com,A B"], "students.csv:2: user: 'A B' is not a name"),
        (["email", "ann@a.com", "ann@b.com"], "students.csv:3: user: ann is the name of line 2 too"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_with_its_line(tmp_path, lines, said):
    with pytest.raises(BlueprintError) as refused:
        read_students(students(tmp_path, *lines))
    assert str(refused.value).removeprefix(f"{tmp_path}{os.sep}").startswith(said)


def test_what_fails_for_one_student_stops_no_other(settings):
    def work(one: Settings) -> str:
        if one.user == "bob":
            raise DemoError("No room.")
        return one.user

    people = [Student(f"{name}@example.com", name) for name in ("ann", "bob", "cid")]
    turns = each(people, settings("https://a.example.com"), work, lambda number, student: None)
    assert [(one.report, one.error and one.error.message) for one in turns] == [
        ("ann", None), (None, "No room."), ("cid", None),
    ]  # fmt: skip


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """The settings of a folder with the demo and one target, of a host."""
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "visits.yaml").write_text(DEMO)
    monkeypatch.chdir(tmp_path)

    def read(host: str, more: str = "") -> Settings:
        (tmp_path / "targets.yaml").write_text(TARGET.replace("HOST", host) + more)
        return Settings.read({"DEMO_FACTORY_TARGET": "class"})

    return read


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        ([], "", "--for gives people rights on a workspace; this machine has one user."),
        (["--target", "class"], '"{demo}_{user}"', "All students would share training.visits: it has no {user} in it."),
    ],
)
@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_a_class_without_a_workspace_or_with_one_schema_for_all_is_refused(
    tmp_path, settings, capsys, command, words, change, said
):
    settings("https://a.example.com")
    targets = tmp_path / "targets.yaml"
    targets.write_text(targets.read_text().replace(change or "-", "visits" if change else "-"))
    file = students(tmp_path, "email", "ann@example.com")
    assert main([command, "visits", *words, "--for", str(file)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.double
def test_each_student_reads_what_is_theirs_and_nobody_elses_and_all_goes(settings, monkeypatch):
    with Double() as double:
        _lives(double, settings, monkeypatch)
        assert not double.violations


def _lives(double: Double, settings, monkeypatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", double.token)
    tokens = {name: double.add_user(f"{name}@example.com") for name in ("ann", "bob")}
    people = [Student(f"{name}@example.com", name) for name in tokens]
    for_all, before, admin = settings(double.url), double.objects(), connect(double)

    def make(own: Settings) -> str:
        workspace = open_workspace(own)
        plan = plan_demo(Path("demos/visits.yaml"), own, workspace, DAY)
        wanted = [one for one in plan.resources if one.kind in ("catalog", "schema", "grant")]
        changes = diff(wanted, observe(plan, workspace))
        apply(changes, Hands(workspace), workspace.records, plan.demo)
        double.add_table(table := f"{plan.catalog}.{plan.schema}.days", {"day_id": "BIGINT"})
        return table

    turns = each(people, for_all, make, lambda number, student: None)
    assert [one.report for one in turns] == ["training.visits_ann.days", "training.visits_bob.days"]
    for mine, token in tokens.items():
        for whose in tokens:
            ask = connect(double, token).tables.get
            if mine == whose:
                assert ask(f"training.visits_{whose}.days").name == "days"
            else:
                with pytest.raises(PermissionDenied):
                    ask(f"training.visits_{whose}.days")

    for turn in turns:
        admin.tables.delete(str(turn.report))
    gone = each(people[::-1], for_all, lambda own: teardown("visits", own, DagsterRunner(), lambda doomed: True), print)
    assert [one.error for one in gone] == [None, None]
    assert double.objects() == before


def test_what_is_advised_to_a_student_is_the_command_for_all(tmp_path, settings):
    file = students(tmp_path, "email", "ann@example.com")
    own = settings("https://a.example.com")
    [turn] = in_turn(file, "visits", own, CliState(quiet=True), lambda one: one.building("visits"))
    assert turn.report == f"demo-factory apply visits --target class --for {file}"


def test_a_seat_has_a_ledger_of_its_own_and_one_reader_more(settings):
    for_all = settings("https://a.example.com", "    readers: [trainers]\n")
    mine, whole = (one.targets["class"] for one in (seat(for_all, Student("ann@example.com", "ann")), for_all))
    assert (mine.folder, mine.readers) == (f"{whole.folder}/for_ann", ["trainers", "ann@example.com"])

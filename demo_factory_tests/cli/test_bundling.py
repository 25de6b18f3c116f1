"""The command bundle: what it writes, what it leaves alone, and that its own workflow's commands work on it."""

import re
import shlex
import subprocess
import sys

import pytest
import typer

from demo_factory.blueprint.document import read_document
from demo_factory.bundle.render import render
from demo_factory.cli import job, main
from demo_factory.cli.app import _globals_first, app
from demo_factory_tests.bundle.sources import COFFEE, TARGETS, coffee

pytestmark = pytest.mark.e2e


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run one command in a folder with one demo and three targets; gives (exit code, stdout, stderr)."""
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "coffee.yaml").write_text(COFFEE)
    (tmp_path / "targets.yaml").write_text(TARGETS)

    def call(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    return call


def test_a_bundle_is_written_once_and_kept_in_step(run, tmp_path):
    code, out, _ = run("bundle", "coffee")
    assert code == 0
    assert "+ databricks.yml" in out
    assert "coffee_bundle: 14 files, 0 of them as they were." in out
    assert "then in coffee_bundle: databricks bundle validate --strict -t dev" in out
    code, out, _ = run("bundle", "coffee")
    assert (code, out) == (0, "coffee_bundle: 14 files, 14 of them as they were.\n")
    assert run("bundle", "coffee", "--check")[:2] == (0, "coffee_bundle is in step: 14 files.\n")
    assert (tmp_path / "coffee_bundle" / "demos" / "coffee.yaml").read_text() == COFFEE


def test_check_writes_nothing_and_fails_when_the_folder_is_behind(run, tmp_path):
    code, out, _ = run("bundle", "coffee", "--check")
    assert code == 1
    assert "+ databricks.yml" in out
    assert not (tmp_path / "coffee_bundle").exists()


def test_a_target_that_goes_takes_its_file_along(run, tmp_path):
    run("bundle", "coffee")
    (tmp_path / "targets.yaml").write_text(TARGETS[: TARGETS.index("  prod:")])
    code, out, _ = run("bundle", "coffee")
    assert code == 0
    assert "- targets/prod.yml" in out
    assert not (tmp_path / "coffee_bundle" / "targets" / "prod.yml").exists()


def test_an_edited_file_is_kept_and_what_is_wrong_in_it_is_told(run, tmp_path):
    run("bundle", "coffee")
    file = tmp_path / "coffee_bundle" / "resources" / "jobs.yml"
    text = file.read_text().replace("timeout_seconds", "timeout_secs")
    file.write_text(text)
    code, out, err = run("bundle", "coffee")
    assert code == 1
    assert "! resources/jobs.yml (edited by hand, left as it is)" in out
    assert "resources/jobs.yml:" in err
    assert "did you mean 'timeout_seconds'?" in err
    assert file.read_text() == text


def test_a_bundle_file_that_is_no_mapping_is_told_in_terms_of_bundles(run, tmp_path):
    (tmp_path / "coffee_bundle").mkdir()
    (tmp_path / "coffee_bundle" / "databricks.yml").write_text("hello\n")
    code, _, err = run("bundle", "coffee")
    assert code == 1
    assert "databricks.yml:1: a bundle file is a mapping, not 'hello'; start with `bundle:`" in err


def test_a_file_that_is_no_text_is_told(run, tmp_path):
    run("bundle", "coffee")
    (tmp_path / "coffee_bundle" / "resources" / "own.yml").write_bytes(b"a: \xff\n")
    code, _, err = run("bundle", "coffee", "--check")
    assert code == 1
    assert "resources/own.yml:1: byte 3 (0xff, line 1) is not UTF-8" in err


def test_without_targets_it_says_how_to_begin(run, tmp_path):
    (tmp_path / "targets.yaml").unlink()
    code, _, err = run("bundle", "coffee")
    assert code != 0
    assert "demo-factory targets --example > targets.yaml" in err
    assert not (tmp_path / "coffee_bundle").exists()


def test_the_package_is_remembered(run, tmp_path):
    run("bundle", "coffee", "--package", "demo-factory==9.9")
    assert run("bundle", "coffee")[0] == 0
    assert "default: demo-factory==9.9" in (tmp_path / "coffee_bundle" / "databricks.yml").read_text()


def test_the_commands_of_its_own_workflow_work_in_it(run, tmp_path, monkeypatch):
    """Lint and unit tests, as test.yml runs them."""
    run("bundle", "coffee")
    folder = tmp_path / "coffee_bundle"
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DEMO_FACTORY_TARGETS", "config/targets.yaml")
    assert run("validate", "demos/coffee.yaml")[0] == 0
    assert run("bundle", "demos/coffee.yaml", "--out", ".", "--check")[0] == 0
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(tests, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    (folder / "demos" / "coffee.yaml").write_text(COFFEE.replace("rows: 500", "rows: 600"))
    assert run("bundle", "demos/coffee.yaml", "--out", ".")[0] == 0, "its own blueprint is there to be changed"


def test_global_options_name_targets_and_environment(run, tmp_path):
    (tmp_path / "targets.yaml").rename(tmp_path / "t.yaml")
    code, out, _ = run("plan", "coffee", "--targets", "t.yaml", "--env", "pr7")
    assert code == 0
    assert "pr7_coffee.sales" in out


def test_a_failed_command_fails_the_task_of_a_job(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["demo-factory-job", "validate", "no_such_demo"])
    with pytest.raises(SystemExit, match="exit code 2"):
        job()
    monkeypatch.setattr(sys, "argv", ["demo-factory-job", "targets", "--example"])
    assert job() is None


def rendered_commands() -> list[list[str]]:
    """What the jobs' tasks and the workflows' steps call of us, with a value for each reference."""
    files = render(coffee())
    found = []
    for job_ in read_document(files["resources/jobs.yml"], "jobs").data["resources"]["jobs"].values():
        found += [task["python_wheel_task"]["parameters"] for task in job_["tasks"] if "sql_task" not in task]
    for path, text in files.items():
        if path.startswith(".github/"):
            found += [shlex.split(line)[1:] for line in re.findall(r"run: (demo-factory .*)", text)]
    return [[re.sub(r"\$\{[^}]*\}", "1", word) for word in words] for words in found]


@pytest.mark.parametrize("words", rendered_commands(), ids=" ".join)
def test_what_jobs_and_workflows_call_is_there_with_these_options(words):
    group = typer.main.get_command(app)
    context = group.make_context("demo-factory", _globals_first(list(words)))
    name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
    with command.make_context(name, rest, parent=context) as found:
        assert found.params

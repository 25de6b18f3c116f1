"""Shape and references: a wrong bundle is told with file, line and the right word."""

from __future__ import annotations

import pytest

from demo_factory.bundle.references import check_bundle
from demo_factory.bundle.render import render
from demo_factory_tests.bundle.sources import coffee

FILES = render(coffee())
ROOT, JOBS = "databricks.yml", "resources/jobs.yml"
DEV, STAGING, PROD = "targets/dev.yml", "targets/staging.yml", "targets/prod.yml"


def complaints(path: str, old: str, new: str) -> list[str]:
    assert old in FILES[path], f"{old!r} is not in {path}"
    return check_bundle({**FILES, path: FILES[path].replace(old, new, 1)})


@pytest.mark.parametrize(
    ("path", "old", "new", "says"),
    [
        # shape
        (ROOT, "  engine: direct", "  engin: direct", "unknown field 'engin'; did you mean 'engine'?"),
        (ROOT, "engine: direct", "engine: dirct", "did you mean 'direct'?"),
        (JOBS, "timeout_seconds: 14400", "timeout_secs: 14400", "did you mean 'timeout_seconds'?"),
        (JOBS, "level: CAN_VIEW", "level: CAN_RUN", "'CAN_RUN' is not one of"),
        (JOBS, "max_concurrent_runs: 1", "max_concurrent_runs: one", "must be a whole number"),
        (JOBS, "quartz_cron_expression: 0 0 5 * * ?", "quartz_cron_expression: daily", "quartz_cron_expression"),
        (JOBS, "entry_point:", "entrypoint:", "did you mean 'entry_point'?"),
        (ROOT, "type: whl", "type: wheel", "did you mean 'whl'?"),
        (DEV, "dependencies: [../dist/*.whl]", "dependency: []", "did you mean 'dependencies'?"),
        (DEV, "mode: development", "mode: develop", "did you mean 'development'?"),
        (DEV, "trigger_pause_status: PAUSED", "trigger_pause_status: paused", "did you mean 'PAUSED'?"),
        (DEV, "https://dev.example.com", "https://dev.example.com/?o=1", "workspace.host"),
        (DEV, "environment_version: '4'", "environment_version: 4", "write '4' in quotes"),
        (STAGING, "data_security_mode: SINGLE_USER", "data_security_mode: SINGLE", "did you mean 'SINGLE_USER'?"),
        (STAGING, "min_workers: 1", "min_worker: 1", "did you mean 'min_workers'?"),
        # references
        (JOBS, "${var.env}", "${var.evn}", "${var.evn} is not there; did you mean 'env'?"),
        (JOBS, "${var.scale}", "${resources.jobs.qualty.id}", "did you mean 'resources.jobs"),
        (JOBS, "${bundle.target}", "${bundle.taget}", "${bundle.taget} is not there"),
        (JOBS, "${workspace.file_path}", "${workspace.filepath}", "${workspace.filepath} is not there"),
        (DEV, "      analysts:", "      analyst:", "no variable 'analyst' is declared; did you mean 'analysts'?"),
        (DEV, "- environment_key: demo_factory\n", "- environment_key: other\n", "there is no 'demo_factory'"),
        (STAGING, "- job_cluster_key: demo_factory", "- job_cluster_key: other", "there is no 'demo_factory'"),
        (JOBS, "- task_key: advance\n          python", "- task_key: move\n          python", "waits for 'advance'"),
        (DEV, "        optimize:", "        optimise:", "did you mean 'optimize'?"),
        (DEV, "- task_key: apply", "- task_key: aply", "did you mean 'apply'?"),
        (DEV, "        test_dashboard:", "        test_dashbord:", "did you mean 'test_dashboard'?"),
        (JOBS, "sql_task:\n", "environment_key: x\n          sql_task:\n", "runs on a warehouse"),
        (PROD, "              existing_cluster_id: 1234-567890-abcdef\n", "", "exactly one place"),
        # rules of modes and run_as
        (DEV, "${workspace.current_user.short_name}_", "", "names must say whose they are"),
        (PROD, "/Workspace/Users/${workspace.current_user.userName}", "/Workspace/Shared", "everybody can write there"),
        (PROD, "    workspace:", "    presets: {name_prefix: x_}\n    workspace:", "production has no prefix"),
        (STAGING, "    workspace:", "    default: true\n    workspace:", "several targets are the default"),
        (JOBS, "service_principal_name: ${var.runner}", "{user_name: a, service_principal_name: b}", "exactly one of"),
        # what is no YAML of ours
        (JOBS, "name: coffee materialize", "name: *x", "aliases are not supported"),
        (JOBS, "  jobs:", "\tjobs:", "tab"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(path, old, new, says):
    found = complaints(path, old, new)
    assert found, "nothing was said"
    assert any(says in one for one in found), found
    assert all(one.split(":")[0] in FILES for one in found)
    assert any(one.split(":")[1].isdigit() for one in found), found


def test_a_problem_is_told_on_its_own_line():
    line = FILES[ROOT].splitlines().index("    type: whl") + 1
    assert complaints(ROOT, "type: whl", "type: some")[0].startswith(f"{ROOT}:{line}: ")


def test_a_target_without_a_job_leaves_it_without_compute():
    start = FILES[DEV].index("        optimize:")
    end = FILES[DEV].index("        # Removes what the jobs made")
    found = check_bundle({**FILES, DEV: FILES[DEV][:start] + FILES[DEV][end:]})
    assert any("the job 'optimize' has no compute here" in one for one in found)


def test_files_outside_the_bundle_are_not_read():
    assert check_bundle({**FILES, "config/other.yml": "what: ever", "resources/deep/x.yml": "what: ever"}) == []

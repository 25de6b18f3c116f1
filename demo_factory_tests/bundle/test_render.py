"""What is rendered: the golden files, the same bytes each time, right as a whole, and nothing secret in it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from demo_factory.blueprint.document import read_document
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.load import loads
from demo_factory.blueprint.new import new_blueprint
from demo_factory.bundle.references import check_bundle
from demo_factory.bundle.render import render
from demo_factory.operations.settings import SHIPPED
from demo_factory.plan.compile import compile_demo
from demo_factory.targets.load import parse_targets
from demo_factory_tests.bundle.sources import COFFEE, TARGETS, coffee

pytestmark = pytest.mark.e2e
GOLDEN = Path(__file__).parent / "golden"
ONE = "targets:\n  work: {{host: 'https://a.example.com', compute: {{{compute}}}, warehouse: w{more}}}\n"


def one_target(compute: str, more: str = "") -> str:
    return ONE.format(compute=compute, more=more)


def data_of(text: str) -> dict:
    document = read_document(text, "file")
    assert document.problems == []
    return document.data


def test_the_golden_files():
    """After a change that is meant: python -m demo_factory_tests.bundle.write_golden"""
    expected = {file.relative_to(GOLDEN).as_posix(): file.read_text() for file in GOLDEN.rglob("*") if file.is_file()}
    files = render(coffee())
    assert sorted(files) == sorted(expected)
    for path, text in files.items():
        assert text == expected[path], path


def test_the_same_input_gives_the_same_bytes_whatever_the_day_and_the_environment():
    first = coffee()
    plan = compile_demo(loads(COFFEE), as_of=dt.date(2027, 5, 5), env="other")
    assert render(replace(first, plan=plan)) == render(first)


@pytest.mark.parametrize(
    "blueprint",
    [COFFEE, new_blueprint("small", ""), (SHIPPED / "retail.yaml").read_text()],
    ids=["coffee", "new", "retail"],
)
@pytest.mark.parametrize(
    "targets",
    [
        TARGETS,
        one_target("serverless: {}"),
        one_target("cluster: {existing: a}", ", production: true"),
        one_target("cluster: {spark_version: v, node_type: n, workers: 2, policy_id: p, single_user: me}"),
    ],
    ids=["three", "serverless", "production", "cluster"],
)
def test_every_bundle_is_right_as_a_whole(blueprint, targets):
    assert check_bundle(render(coffee(blueprint, targets))) == []


def test_no_secret_and_no_way_to_log_in_is_rendered():
    targets = TARGETS.replace("STAGING_SECRET", "CANARY_NAME").replace("profile: dev", "profile: canary_profile")
    files = render(coffee(targets=targets))
    for path, text in files.items():
        if path != "demos/coffee.yaml":  # the user's own file
            for canary in ("CANARY_NAME", "canary_profile", "client_secret", "DATABRICKS_TOKEN", "${{ secrets."):
                assert canary not in text, path


def test_targets_for_the_jobs_log_in_as_whoever_runs_there_and_allow_the_same():
    source = coffee()
    found = parse_targets(render(source)["config/targets.yaml"])
    found.pop("local")
    assert list(found) == list(source.targets)
    for name, target in found.items():
        assert target.auth.kind == "environment"
        assert target.model_copy(update={"auth": source.targets[name].auth}) == source.targets[name]


def test_a_bundle_rendered_from_its_own_targets_is_the_same():
    first = render(coffee())
    assert render(coffee(targets=first["config/targets.yaml"])) == first


def test_without_governance_nothing_is_granted_and_jobs_run_as_who_deploys():
    source = coffee(new_blueprint("small", ""))
    files = render(source)
    jobs = data_of(files["resources/jobs.yml"])["resources"]["jobs"]
    assert all("run_as" not in job and "permissions" not in job for job in jobs.values())
    assert "secrets put" not in files["README.md"]


def test_every_job_has_what_a_reviewer_looks_for():
    files = render(coffee())
    jobs = data_of(files["resources/jobs.yml"])["resources"]["jobs"]
    assert list(jobs) == ["materialize", "advance_daily", "test_data_quality", "test_dashboard", "optimize"]
    for job in jobs.values():
        assert job["run_as"] == {"service_principal_name": "${var.runner}"}
        assert job["tags"]["budget"] == "${var.budget_tag}"
        assert {"group_name": "${var.engineers}", "level": "CAN_MANAGE_RUN"} in job["permissions"]
        assert {"group_name": "${var.analysts}", "level": "CAN_VIEW"} in job["permissions"]
        for task in job["tasks"]:
            if "sql_task" not in task:
                assert task["python_wheel_task"]["entry_point"] == "demo-factory-job"
    assert "schedule" not in jobs["materialize"]
    assert "schedule" in jobs["advance_daily"]
    judging = jobs_on(files, "dev")["test_data_quality"]
    assert judging["email_notifications"] == {"on_failure": ["team@example.com"]}


def test_a_demo_without_upkeep_has_no_job_for_it():
    text = COFFEE.replace("optimize:\n  orders: {zorder: [customer_id], vacuum: 168 hours}\n", "")
    assert "optimize" not in data_of(render(coffee(text))["resources/jobs.yml"])["resources"]["jobs"]


def test_targets_differ_in_mode_compute_and_names():
    files = render(coffee())
    dev, staging, prod = (data_of(files[f"targets/{name}.yml"])["targets"][name] for name in ("dev", "staging", "prod"))
    assert (dev["mode"], dev["default"], prod["mode"]) == ("development", True, "production")
    assert "mode" not in staging
    assert "${workspace.current_user.short_name}" in dev["presets"]["name_prefix"]
    assert dev["variables"]["analysts"] == "coffee-analysts-dev"
    assert dev["variables"]["runner"] == {"lookup": {"service_principal": "runner"}}
    assert prod["variables"]["runner"] == "11111111-2222-3333-4444-555555555555"
    assert "environments" in dev["resources"]["jobs"]["test_data_quality"]
    cluster = staging["resources"]["jobs"]["test_data_quality"]["job_clusters"][0]["new_cluster"]
    assert cluster["autoscale"] == {"min_workers": 1, "max_workers": 4}
    assert cluster["custom_tags"] == {"budget": "${var.budget_tag}"}
    assert staging["variables"]["budget_tag"] == "staging-demos"
    assert prod["resources"]["jobs"]["test_data_quality"]["tasks"][0]["existing_cluster_id"] == "1234-567890-abcdef"


def test_each_object_has_one_owner():
    """A bundle holds jobs alone: what `apply` makes would be refused there, or make a deployment fail."""
    for path, text in render(coffee()).items():
        if path.startswith(("resources/", "targets/")):
            data = data_of(text)
            for one in (data, *data.get("targets", {}).values()):
                assert set(one.get("resources", {})) <= {"jobs"}, path


@pytest.mark.parametrize("package", ["demo-factory==0.1.0", "git+https://example.com/factory.git", "../factory.whl"])
def test_the_jobs_install_the_wheel_that_the_bundle_makes(package):
    files = render(coffee(package=package))
    [artifact] = data_of(files["databricks.yml"])["artifacts"].values()
    assert artifact["type"] == "whl"
    assert artifact["build"].endswith('pip wheel --no-deps --wheel-dir dist "${var.package}"')
    assert "- whl: ../dist/*.whl" in files["targets/staging.yml"]
    assert "dependencies: [../dist/*.whl]" in files["targets/dev.yml"]
    assert "dist/" in files[".gitignore"]


def test_a_wheel_that_is_on_the_workspace_is_installed_from_there():
    files = render(coffee(package="/Volumes/main/default/libs/demo_factory-0.1.0-py3-none-any.whl"))
    assert "artifacts" not in data_of(files["databricks.yml"])
    assert "- whl: ${var.package}" in files["targets/staging.yml"]
    assert "dependencies: ['${var.package}']" in files["targets/dev.yml"]


def test_what_dashboards_show_is_asked_on_the_targets_own_warehouse():
    files = render(coffee(targets=TARGETS.replace("warehouse: demos", "warehouse: 0123456789abcdef", 1)))
    [task] = data_of(files["resources/jobs.yml"])["resources"]["jobs"]["test_dashboard"]["tasks"]
    assert task["sql_task"] == {
        "warehouse_id": "${var.warehouse_id}",
        "file": {"path": "${workspace.file_path}/sql/test_dashboard.sql"},
    }
    [there] = jobs_on(files, "dev")["test_dashboard"]["tasks"]
    assert there["sql_task"] == {"parameters": {"catalog": "${var.env}_coffee", "schema": "sales"}}
    own = TARGETS.replace(
        "    compute: {serverless: {}}\n", "    compute: {serverless: {}}\n    catalog: '{env}_main'\n"
    )
    [there] = jobs_on(render(coffee(targets=own)), "dev")["test_dashboard"]["tasks"]
    assert there["sql_task"]["parameters"]["catalog"] == "${var.env}_main"
    each = own.replace("    catalog: '{env}_main'\n", "    schema: '{user}'\n")
    assert "test_dashboard" not in jobs_on(render(coffee(targets=each)), "dev")
    values = [data_of(files[f"targets/{name}.yml"])["targets"][name]["variables"] for name in ("dev", "prod")]
    assert [one["warehouse_id"] for one in values] == ["0123456789abcdef", {"lookup": {"warehouse": "demos"}}]
    statements = [one.strip() for one in files["sql/test_dashboard.sql"].split(";")]
    assert statements[1:] == ["USE IDENTIFIER({{schema}})", "SELECT * FROM `spending` LIMIT 1000", ""]
    bare = render(coffee("demo: bare\ntables: {days: {rows: 9, columns: {day_id: {key: integer}}}}\n"))
    assert "sql/test_dashboard.sql" not in bare
    assert "test_dashboard" not in bare[".github/workflows/deploy.yml"]


def test_data_is_taken_away_by_a_job_where_pull_requests_have_an_environment_and_nowhere_else():
    files = render(coffee())
    dev = data_of(files["targets/dev.yml"])["targets"]["dev"]["resources"]["jobs"]["destroy"]
    assert dev["run_as"] == {"service_principal_name": "${var.runner}"}, "it owns what it made"
    assert "permissions" not in dev
    assert not any("destroy" in jobs_on(files, name) for name in ("staging", "prod"))
    files = render(coffee(targets=TARGETS.replace("notify: [team@example.com]", "allow: {destroy: false}")))
    assert "destroy" not in jobs_on(files, "dev")
    assert ".github/workflows/destroy-pr.yml" not in files


def test_a_demo_that_expires_has_a_job_that_asks_each_day_wherever_it_may_be_destroyed():
    """Development rests all schedules but those that say otherwise (Databricks on deployment modes)."""
    files = render(coffee(COFFEE.replace("history: 100 days", "history: 100 days\nexpires: 14 days")))
    assert "expire" in jobs_on(files, "staging")
    assert "expire" not in jobs_on(files, "prod"), "production is not to be destroyed"
    job = jobs_on(files, "dev")["expire"]
    assert job["schedule"] == {
        "quartz_cron_expression": "0 0 6 * * ?", "timezone_id": "UTC", "pause_status": "UNPAUSED",
    }  # fmt: skip
    words = job["tasks"][0]["python_wheel_task"]["parameters"]
    assert words[:2] == ["destroy", "${workspace.file_path}/demos/coffee.yaml"]
    assert {"--expired", "--yes"} <= set(words)
    assert words[words.index("--ledger-of") + 1] == "${workspace.current_user.userName}"
    assert not any("expire" in jobs_on(render(coffee()), name) for name in ("dev", "staging", "prod"))


def jobs_on(files: dict[str, str], target: str) -> dict:
    return data_of(files[f"targets/{target}.yml"])["targets"][target]["resources"]["jobs"]


def test_whoever_the_jobs_run_as_may_read_their_files():
    files = render(coffee())
    for name in ("dev", "staging", "prod"):
        found = data_of(files[f"targets/{name}.yml"])["targets"][name]["permissions"]
        assert found == [{"level": "CAN_VIEW", "service_principal_name": "${var.runner}"}]


SHARED = '"{env}_coffee"', "coffee"


@pytest.mark.parametrize(
    ("blueprint", "dev", "place"),
    [
        (COFFEE.replace(*SHARED), "", "coffee.sales on dev"),
        (COFFEE, "catalog: training, schema: '{demo}_{user}', ", "training.coffee_{user} on dev"),
    ],
)
def test_a_place_that_all_environments_would_share_is_refused(blueprint, dev, place):
    targets = (
        f"targets: {{dev: {{{dev}host: 'https://a.example.com', compute: {{serverless: {{}}}}, warehouse: demos}}}}"
    )
    with pytest.raises(DemoError) as refused:
        coffee(blueprint, targets)
    assert refused.value.message.startswith(f"{place} is the same in every environment")


def test_two_targets_of_one_workspace_do_not_stand_in_one_place():
    own = "host: 'https://a.example.com', compute: {serverless: {}}, warehouse: demos"
    two = f"targets: {{a: {{env: dev, {own}}}, b: {{env: b, folder: /Workspace/b, catalog: training, {own}}}"
    assert coffee(targets=f"{two}}}")
    with pytest.raises(DemoError, match=r"training.sales on b is the same"):
        coffee(targets=f"{two}, c: {{env: c, folder: /Workspace/c, catalog: training, {own}}}}}")


def test_where_each_person_has_a_schema_the_jobs_say_whose_it_is():
    files = render(coffee(COFFEE.replace("schema: sales", 'schema: "{env}_{user}"')))
    jobs = {**data_of(files["resources/jobs.yml"])["resources"]["jobs"], "destroy": jobs_on(files, "dev")["destroy"]}
    for job in jobs.values():
        for task in job["tasks"]:
            words = task["python_wheel_task"]["parameters"]
            assert words[words.index("--user") + 1] == "${workspace.current_user.short_name}"
    assert all("--user" not in text for text in render(coffee()).values())


def test_a_package_with_spark_is_refused():
    with pytest.raises(DemoError, match=r"demo-factory\[local\]==0.1.0 has an extra") as told:
        coffee(package="demo-factory[local]==0.1.0")
    assert told.value.remedy == "Name the package alone: demo-factory==0.1.0"


def test_without_a_workspace_there_is_nothing_to_render():
    with pytest.raises(DemoError, match="no workspace to deploy to"):
        replace(coffee(), targets={})


def test_only_production_has_no_environment_for_pull_requests():
    files = render(coffee(targets=one_target("serverless: {}", ", production: true")))
    assert ".github/workflows/destroy-pr.yml" not in files
    assert "id-token" not in files[".github/workflows/test.yml"]

"""The file of targets: what stands in it, what follows, and that nothing wrong or secret gets through."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import demo_factory
from demo_factory.blueprint.document import read_document
from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.schema import as_text
from demo_factory.targets.example import EXAMPLE
from demo_factory.targets.load import load_targets, parse_targets, workspaces
from demo_factory.targets.model import Target
from demo_factory.targets.schema import targets_schema

DEV = """\
targets:
  dev:
    host: https://adb-1.2.azuredatabricks.net
    compute: {serverless: {}}
    warehouse: demos
"""
CANARY = "canary8f3b61d7"


def problems(text: str) -> list[str]:
    with pytest.raises(BlueprintError) as caught:
        parse_targets(text, "targets.yaml")
    return str(caught.value).splitlines()


def test_without_a_file_there_is_this_machine():
    found = load_targets(None)
    assert list(found) == ["local"]
    assert workspaces(found) == {}
    assert (found["local"].env, found["local"].host, found["local"].as_json()) == ("dev", "", None)
    assert found["local"].in_env("pr7") is found["local"], "one ledger for all"


def test_defaults_follow_from_the_name():
    dev = parse_targets(DEV)["dev"]
    assert (dev.env, dev.production, dev.allow.destroy, dev.auth.kind, dev.currency) == (
        "dev",
        False,
        True,
        "environment",
        "USD",
    )
    assert dev.folder == "/Workspace/Users/{me}/.demo_factory"
    assert dev.compute.serverless is not None
    assert dev.compute.serverless.environment_version == "4"
    assert Target.model_validate_json(dev.as_json()).named("dev") == dev


@pytest.mark.parametrize(
    ("name", "more", "production", "destroy"),
    [
        ("prod", "", True, False),
        ("prod", "    allow: {create_groups: false}\n", True, False),
        ("prod", "    allow: {destroy: true}\n", True, True),
        ("prod", "    production: false\n", False, True),
        ("live", "    production: true\n", True, False),
        ("live", "    allow: {destroy: false}\n", False, False),
    ],
)
def test_production_is_not_destroyed_unless_allowed(name, more, production, destroy):
    target = parse_targets(DEV.replace("dev:", f"{name}:") + more)[name]
    assert (target.production, target.allow.destroy) == (production, destroy)
    assert target.allow.create_groups is ("create_groups" not in more)


def test_the_example_loads_and_shows_every_kind(tmp_path):
    file = tmp_path / "targets.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    found = load_targets(file)
    assert list(found) == ["local", "dev", "staging", "prod"]
    assert {target.auth.kind for target in found.values()} == {"profile", "service principal", "environment"}
    assert {target.compute.kind for target in workspaces(found).values()} == {"serverless", "cluster"}
    assert not found["prod"].allow.destroy
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("warehouse: demos", "warehous: demos", 5, "did you mean 'warehouse'?"),
        ("    warehouse: demos\n", "", 2, "'warehouse' is missing"),
        ("warehouse: demos", "warehouse: 17", 5, "write '17' in quotes"),
        ("    compute: {serverless: {}}\n", "", 2, "'compute' is missing"),
        ("serverless: {}", "serverles: {}", 4, "did you mean 'serverless'?"),
        ("{serverless: {}}", "{}", 4, "exactly one of cluster and serverless"),
        ("serverless: {}", "serverless: {}, cluster: {existing: a}", 4, "exactly one of cluster and serverless"),
        ("serverless: {}", "serverless: {environment_version: four}", 4, "environment_version"),
        ("serverless: {}", "serverless: {volume: staging}", 4, "write catalog.schema.volume"),
        ("serverless: {}", "cluster: {existing: a, workers: 2}", 4, "existing stands alone; remove workers"),
        ("serverless: {}", "cluster: {spark_version: 17.3.x-scala2.13, workers: 2}", 4, "'node_type' is missing"),
        ("serverless: {}", "cluster: {spark_version: a, node_type: b}", 4, "exactly one of workers and autoscale"),
        (
            "serverless: {}",
            "cluster: {spark_version: a, node_type: b, autoscale: {min: 4, max: 2}}",
            4,
            "min 4 must not be above max 2",
        ),
        (
            "serverless: {}",
            "cluster: {spark_version: a, node_type: b, workers: 1, data_security_mode: SINGLE_USR}",
            4,
            "did you mean 'SINGLE_USER'?",
        ),
        ("https://adb-1.2.azuredatabricks.net", "adb-1.2.azuredatabricks.net", 3, "a host is https://"),
        ("databricks.net", "databricks.net/?o=1", 3, "with no path"),
        ("https://adb", "http://adb", 3, "a host is https://"),
        ("  dev:", "  local:", 2, "local is this machine"),
        ("  dev:", "  Dev Box:", 2, "for example dev_box"),
        ("warehouse: demos", "warehouse: demos\n    warehouse: more", 6, "stands twice, first in line 5"),
        (
            "warehouse: demos",
            "warehouse: demos\n    auth: {profile: a, environment: true}",
            6,
            "exactly one of profile",
        ),
        ("warehouse: demos", "warehouse: demos\n    auth: {environment: false}", 6, "exactly one of profile"),
        (
            "warehouse: demos",
            "warehouse: demos\n    auth: {service_principal: {client_id: a}}",
            6,
            "'secret_env' is missing",
        ),
        (
            "warehouse: demos",
            "warehouse: demos\n    auth: {service_principal: {client_id: a, secret_env: my-secret}}",
            6,
            "must be the name of an environment variable",
        ),
        ("warehouse: demos", "warehouse: demos\n    notify: [team]", 6, "is not an e-mail address"),
        ("warehouse: demos", "warehouse: demos\n    prices: {SKU: -1}", 6, "must be at least 0, not -1"),
        ("warehouse: demos", "warehouse: demos\n    prices: {SKU: cheap}", 6, "must be a number"),
        ("warehouse: demos", "warehouse: demos\n    currency: euro", 6, "currency"),
        ("warehouse: demos", "warehouse: demos\n    folder: /Shared/x", 6, "is not a workspace folder"),
        ("warehouse: demos", "warehouse: demos\n    folder: /Workspace/Shared/x", 6, "every user"),
        ("warehouse: demos", "warehouse: demos\n    storage_root: /mnt/x", 6, "is not a storage path"),
        ("warehouse: demos", "warehouse: demos\n    allow: {destroy: no}", 6, "write false"),
        ("warehouse: demos", "warehouse: demos\n    allow: {destory: true}", 6, "did you mean 'destroy'?"),
        ("targets:", "target:", 1, "did you mean 'targets'?"),
    ],
)
def test_one_mistake_is_one_line_with_its_place(old, new, line, says):
    assert old in DEV
    found = problems(DEV.replace(old, new))
    assert len(found) == 1, found
    assert found[0].startswith(f"targets.yaml:{line}: ")
    assert says in found[0]


def test_all_problems_come_at_once():
    text = DEV.replace("warehouse:", "warehous:").replace("https:", "http:").replace("serverless", "servrless")
    assert [one.split(": ")[0] for one in problems(text)] == ["targets.yaml:3", "targets.yaml:4", "targets.yaml:5"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "targets.yaml: the file is empty; start with `demo-factory targets --example`"),
        ("- dev", "a targets file is a mapping"),
        ("targets: {}", "at least 1"),
        ("targets:\n  dev: [", "targets.yaml:3: a value is missing"),
        (DEV + "---\n" + DEV, "keep all targets in one document"),
    ],
)
def test_what_is_no_file_of_targets(text, says):
    assert says in "\n".join(problems(text))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(BlueprintError, match=r"none\.yaml: cannot be read: No such file"):
        load_targets(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "line",
    [
        f"token: {CANARY}",
        f"password: {CANARY}",
        f"client_secret: {CANARY}",
        f"databricks-token: {CANARY}",
        f"token: [{CANARY}]",
        f"token: {{{CANARY}: 1}}",
        f"token: *{CANARY}",
        f"token: !x {CANARY}",
        f"token: {CANARY}\n    token: {CANARY}",
        f"auth: {{token: {CANARY}}}",
        f"auth: {{service_principal: {{client_id: a, client_secret: {CANARY}}}}}",
        f"auth: {{service_principal: {{client_id: a, secret: {CANARY}}}}}",
        f"auth: {{service_principal: {{client_id: a, secret_env: {CANARY}}}}}",
        f"auth: {{service_principal: {{client_id: a, secret_env: [{CANARY}]}}}}",
        "auth: {profile: dapi8f3b61d70123456789abcdef01234567}",
        "notify: [dapi8f3b61d70123456789abcdef01234567]",
        "principals: {dapi8f3b61d70123456789abcdef01234567: a}",
        "dapi8f3b61d70123456789abcdef01234567: a",
        "dapi8f3b61d70123456789abcdef01234567",
        "warehouse2: {dapi8f3b61d70123456789abcdef01234567}",
        "budget_tag: dose8f3b61d70123456789abcdef01234567",
        "budget_tag: eyJhbGciOi8f3b61d7.eyJzdWIiOi8f3b61d7.c2lnbmF0dXJl",
        "storage_root: s3://user:8f3b61d7@bucket/x",
        "password: 08f3b61d7",
        "password: 08361000",
        f"token {CANARY}",
        f"'token': '{CANARY}",
    ],
)
def test_a_secret_is_refused_and_never_repeated(line):
    text = f"{DEV}    {line}\n"
    found = "\n".join(problems(text))
    assert "targets.yaml:6: " in found or "targets.yaml:7: a line that is neither" in found
    for part in ("8f3b61d7", "08361000"):
        assert part not in found


@pytest.mark.parametrize(
    "host", ["https://user:8f3b61d7@adb-1.net", "https://adb-1.net?token=8f3b61d7", "https://adb-1.net#dapi8f3b61d7"]
)
def test_a_host_with_a_secret_in_it_is_not_repeated(host):
    found = problems(DEV.replace("https://adb-1.2.azuredatabricks.net", f"'{host}'"))
    assert found[0].startswith("targets.yaml:3: ")
    assert "8f3b61d7" not in found[0]


def test_a_workspace_double_on_this_machine_may_do_without_tls():
    assert parse_targets(DEV.replace("https://adb-1.2.azuredatabricks.net", "http://127.0.0.1:8080"))["dev"].host


def test_names_of_ones_own_may_be_any_word():
    more = "    principals: {token: tokens-dev, secret: readers}\n"
    assert parse_targets(DEV + more)["dev"].principals == {"token": "tokens-dev", "secret": "readers"}


def test_the_json_schema_is_in_step_and_says_the_same():
    jsonschema = pytest.importorskip("jsonschema")
    written = Path(demo_factory.__file__).parent.parent / "docs" / "targets.schema.json"
    assert written.read_text(encoding="utf-8") == as_text(targets_schema()), (
        "demo-factory schema targets --to docs/targets.schema.json"
    )
    judge = jsonschema.Draft202012Validator(targets_schema())
    judge.check_schema(judge.schema)
    assert list(judge.iter_errors(read_document(EXAMPLE, "t").data)) == []
    for bad in ("serverles: {}", "serverless: {}, cluster: {existing: a}", "cluster: {existing: a, workers: 2}"):
        assert list(judge.iter_errors(read_document(DEV.replace("serverless: {}", bad), "t").data)), bad
    for bad in ("host: http//x", "local: {}", "dev: {token: x}"):
        assert list(judge.iter_errors(read_document(f"targets: {{{bad}}}", "t").data)), bad


def two_environments(more: str) -> str:
    return (
        DEV
        + f"""\
  live:
    host: https://adb-1.2.azuredatabricks.net
    compute: {{serverless: {{}}}}
    warehouse: demos
    {more}
"""
    )


def test_two_environments_of_one_workspace_have_a_ledger_each():
    """Else the second would drop what the first has made, as no longer in the blueprint."""
    said = problems(two_environments("currency: EUR"))
    assert len(said) == 1
    assert "targets.yaml:6: targets.live: its ledger would lie where that of dev lies" in said[0]
    assert "add `folder: /Workspace/Users/{me}/.demo_factory_live`" in said[0]
    assert parse_targets(two_environments("folder: '/Workspace/Users/{me}/.demo_factory_live'"))["live"].env == "live"
    assert parse_targets(two_environments("env: dev"))["live"].folder == "/Workspace/Users/{me}/.demo_factory"


def test_a_text_of_the_wrong_form_is_told_in_our_words():
    said = problems(DEV + "    currency: dollars\n")
    assert said == ["targets.yaml:6: targets.dev.currency: 'dollars' does not look like ^[A-Z]{3}$"]

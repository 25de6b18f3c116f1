"""The door to targets: what is known of one before it is opened, and how it says what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError, WrongUsage
from demo_factory.targets import HERE
from demo_factory.targets.load import parse_targets
from demo_factory.targets.model import LOCAL
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace
from demo_factory.workspace.open import open_target, traits_of
from demo_factory.workspace.ports import Place

TARGETS = """
targets:
  dev: {host: https://dev.example.com, compute: {serverless: {}}, warehouse: w}
  prod:
    host: https://prod.example.com
    auth: {profile: boss}
    compute: {cluster: {spark_version: 17.3.x-scala2.13, node_type: i3.xlarge, autoscale: {min: 1, max: 2}}}
    warehouse: w
"""
HOME = Path("some/where")
PLACE = Place("shop", "dev_shop", "sales", {})


def there(home: Path, name: str = "dev", client: object = None) -> DatabricksWorkspace:
    return DatabricksWorkspace(name, parse_targets(TARGETS)[name], client, home=home)


def test_a_target_is_spoken_of_as_people_do():
    found = {name: traits_of(name, target, HOME) for name, target in parse_targets(TARGETS).items()}
    words = {name: (one.kind, one.about, one.login, one.compute) for name, one in found.items()}
    assert words == {
        "local": ("local", "this machine", "", "Spark here"),
        "dev": ("databricks", "workspace", "environment", "serverless"),
        "prod": ("databricks", "production", "profile boss", "cluster 1-2 x i3.xlarge"),
    }
    places = {name: (one.place, one.on, one.option, one.verb) for name, one in found.items()}
    assert places == {
        "local": (HOME, "", "", "build"),
        "dev": ("https://dev.example.com", " on dev", " --target dev", "apply"),
        "prod": ("https://prod.example.com", " on prod", " --target prod", "apply"),
    }


@pytest.mark.parametrize(("runtime", "guest"), [("", False), ("17.3", True)])
def test_a_process_on_databricks_is_a_guest_of_the_workspace_and_never_of_this_machine(monkeypatch, runtime, guest):
    monkeypatch.setenv("DATABRICKS_RUNTIME_VERSION", runtime)
    found = {name: traits_of(name, target, HOME) for name, target in parse_targets(TARGETS).items()}
    assert {name: (one.spark_here, one.is_guest) for name, one in found.items()} == {
        "local": (True, False), "dev": (False, guest), "prod": (False, guest),
    }  # fmt: skip


def test_what_this_machine_lacks_it_says_in_one_sentence(tmp_path):
    here = open_target(HERE, LOCAL, tmp_path / "state", "spark")
    with pytest.raises(DemoError, match="no clusters and no serverless jobs"):
        _ = here.compute
    with pytest.raises(DemoError, match=r"no audit of dev_shop\.sales: nobody keeps an audit on this machine"):
        here.audit("dev_shop.sales", 7)
    assert not (tmp_path / "state").exists()


def test_on_a_workspace_nobody_asks_as_somebody_else(tmp_path):
    with pytest.raises(WrongUsage, match="--as works on this machine; on dev Unity Catalog") as told:
        there(tmp_path).answers(PLACE, "ann", print)
    assert "log in as ann" in told.value.remedy


def test_each_workspace_has_a_folder_of_its_own_on_this_machine(tmp_path):
    assert open_target(HERE, LOCAL, tmp_path, "spark").home.root == tmp_path
    assert there(tmp_path).home.root == tmp_path / "targets" / "dev"


@pytest.mark.parametrize(
    ("others", "also", "left"),
    [
        (True, (), {"targets/dev/dagster"}),  # of another demo
        (False, (), set()),
        (False, ("targets/prod/dagster",), {"targets/prod/dagster"}),
    ],
)
def test_the_history_of_a_workspace_goes_with_its_last_demo(tmp_path, others, also, left):
    home = tmp_path / "state"
    for name in ("targets/dev/dagster", *also):
        (home / name).mkdir(parents=True)
    asked = []
    assert there(home).leave(lambda: asked.append("dev") or others) is None
    assert asked == ["dev"]
    assert {path.relative_to(home).as_posix() for path in home.glob("targets/*/*")} == left
    assert home.exists() == bool(left)


def test_without_a_history_nobody_asks_for_it(tmp_path):
    def never() -> bool:
        raise AssertionError("Dagster would be imported for nothing")

    assert there(tmp_path).leave(never) is None

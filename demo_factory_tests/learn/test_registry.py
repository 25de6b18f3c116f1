"""The registry: made once, quietly, by however many come at the same time."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.mlflow import remove_experiment
from demo_factory.learn.registry import Registry
from demo_factory_tests.learn.planted import QUIET

pytestmark = [pytest.mark.e2e, *QUIET]
_PREPARE = """
import sys, pathlib
from demo_factory.learn.registry import Registry
print(Registry.in_folder(pathlib.Path(sys.argv[1]), "shop").prepare())
"""


@pytest.mark.e2e
def test_two_processes_and_threads_make_one_store_and_say_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PREPARE, str(tmp_path)]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [start.communicate(timeout=300) for start in starts]
    assert [errors for _, errors in answers] == ["", ""]
    ids = {printed.strip() for printed, _ in answers}
    assert len(ids) == 1

    registry = Registry.in_folder(tmp_path, "shop")
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: registry.prepare(), range(4))) == ids
    reader = sqlite3.connect(registry.tracking_uri.removeprefix("sqlite:///"))
    reader.execute("SELECT * FROM experiments").fetchone()  # somebody has it open
    other = Registry.in_folder(tmp_path, "another shop")
    assert other.prepare() not in ids
    reader.close()


def test_a_file_that_is_no_store_is_refused_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, only a text that lies in its place")
    with pytest.raises(DemoError, match="model registry"):
        Registry.in_folder(tmp_path, "shop").prepare()


def test_a_store_that_was_deleted_is_made_again_in_the_same_process(tmp_path: Path) -> None:
    registry = Registry.in_folder(tmp_path / "mlflow", "shop")
    for _ in range(2):
        with registry.active() as client:
            assert client.search_registered_models() == []
            client.create_registered_model("segments")
        assert client.get_experiment_by_name("shop").experiment_id == registry.prepare()
        shutil.rmtree(tmp_path / "mlflow")


def test_an_experiment_that_was_taken_away_is_made_again_in_the_same_process(tmp_path: Path) -> None:
    registry = Registry.in_folder(tmp_path, "shop")
    registry.prepare()
    assert remove_experiment(registry.tracking_uri, "shop")
    made = registry.prepare()
    with registry.active() as client:
        assert client.get_experiment(made).name == "shop"
        client.delete_experiment(made)  # into the waste-basket only: it comes back
    assert registry.prepare() == made
    assert client.get_experiment(made).lifecycle_stage == "active"


def test_names_are_three_part_in_both_places() -> None:
    from demo_factory.sql.names import FullName

    name = FullName("dev_retail_demo", "analytics", "segments")
    for registry in (Registry.in_folder(Path("x"), "shop"), Registry.unity_catalog("/Shared/shop")):
        assert registry.name_of(name) == "dev_retail_demo.analytics.segments"


@pytest.mark.e2e
def test_importing_the_room_brings_no_heavy_library() -> None:
    code = "import demo_factory.learn.registry, demo_factory.learn.warm, sys; print('mlflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

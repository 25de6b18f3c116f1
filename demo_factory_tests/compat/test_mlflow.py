"""What MLflow is told before it is imported, and its waste-basket."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.tracking._tracking_service.utils import _get_store

from demo_factory.compat.mlflow import QUIET, quiet
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("mlflow>=3.8,<4")


def test_mlflow_reads_every_variable_that_is_set():
    """In MLflow's own source: a name that it gave up would stand nowhere."""
    import mlflow

    text = "".join(
        (Path(mlflow.__file__).parent / name).read_text(encoding="utf-8")
        for name in ("environment_variables.py", "telemetry/utils.py")
    )
    assert [name for name in QUIET if name not in text] == []


def test_a_user_s_own_setting_wins():
    environ = {"MLFLOW_LOGGING_LEVEL": "DEBUG"}
    quiet(environ)
    assert environ == {**QUIET, "MLFLOW_LOGGING_LEVEL": "DEBUG"}


def test_nothing_is_sent_to_anybody():
    """Asked of MLflow itself, in a process of its own, as a start of ours leaves it."""
    code = """if True:
        import json
        from demo_factory.compat.start import prepare
        prepare()
        from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY
        from mlflow.telemetry import get_telemetry_client
        print(json.dumps([MLFLOW_DISABLE_TELEMETRY.get(), get_telemetry_client() is None]))"""
    environ = {name: value for name, value in os.environ.items() if name not in QUIET}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, True]


def test_the_waste_basket_is_emptied_by_the_store():
    takes(_get_store, "store_uri")
    takes(SqlAlchemyStore._hard_delete_experiment, "self", "experiment_id")

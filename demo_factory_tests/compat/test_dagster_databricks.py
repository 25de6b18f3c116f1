"""Dagster's Pipes client and step launcher, two methods of each of which are replaced."""

import inspect

import pytest
from dagster_databricks.databricks import DatabricksClient
from dagster_databricks.databricks_pyspark_step_launcher import DatabricksPySparkStepLauncher
from dagster_databricks.pipes import BasePipesDatabricksClient, PipesDatabricksServerlessClient

from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("dagster-databricks>=0.29.27,<0.30")


def test_the_client_waits_by_the_method_that_is_replaced():
    takes(BasePipesDatabricksClient._poll_til_success, "self", "context", "run_id")
    assert "self._poll_til_success(" in inspect.getsource(PipesDatabricksServerlessClient.run)


def test_the_launcher_reads_events_and_logs_by_the_methods_that_are_replaced():
    takes(DatabricksPySparkStepLauncher.get_step_events, "self", "run_id", "step_key", "retry_number")
    takes(DatabricksPySparkStepLauncher.log_compute_logs, "self", "log", "run_id", "step_key")
    for method in (DatabricksPySparkStepLauncher._dbfs_path, DatabricksPySparkStepLauncher._internal_dbfs_path):
        takes(method, "self", "run_id", "step_key", "filename")
    takes(DatabricksClient.read_file, "self", "dbfs_path", "block_size")
    takes(DatabricksClient.put_file, "self", "file_obj", "dbfs_path", "overwrite", "block_size")
    text = inspect.getsource(DatabricksPySparkStepLauncher)
    for call in ("put_file(", "read_file(", "self._dbfs_path(", "self._internal_dbfs_path("):
        assert call in text
    assert "dbfs." not in text  # nor any other way to DBFS
    assert "self.get_step_events(" in text
    assert "self.log_compute_logs(" in text

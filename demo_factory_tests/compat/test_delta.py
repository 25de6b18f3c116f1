"""Delta inside Java, in the version whose jars are fetched."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pyspark.sql import SparkSession

from demo_factory.compat import delta
from demo_factory.workspace.local.jars import DELTA_VERSION
from demo_factory_tests.compat.pins import pinned
from demo_factory_tests.conftest import CATALOG

pytestmark = pytest.mark.spark


def test_the_version():
    pinned("pyspark>=4.2.0,<4.2.1")
    assert DELTA_VERSION == "4.4.0"  # built against 4.2.0


def test_a_table_has_the_id_that_its_log_says(spark: SparkSession):
    spark.sql(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.compat")
    spark.sql(f"CREATE TABLE {CATALOG}.compat.t USING delta AS SELECT 1 AS x")
    folder = Path(urlsplit(spark.sql(f"DESCRIBE DETAIL {CATALOG}.compat.t").first().location).path)
    first = (folder / "_delta_log" / f"{0:020d}.json").read_text(encoding="utf-8").splitlines()
    said = next(action["metaData"]["id"] for action in map(json.loads, first) if "metaData" in action)
    assert delta.identity(spark, folder) == said
    delta.forget_log(spark, folder)
    assert delta.identity(spark, folder) == said

"""PySpark's one context, and Spark's catalog and plans inside Java."""

import re
from pathlib import Path

import pyspark
import pytest
from pyspark import SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from demo_factory.compat import pyspark as ours
from demo_factory.compat import spark_catalog, spark_java, spark_plans
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.spark


def test_the_version():
    pinned("pyspark>=4.2.0,<4.2.1")


def test_the_context_and_the_sessions_have_the_names_that_are_used():
    takes(SparkContext._ensure_initialized, "gateway")
    takes(SparkContext, "conf", "gateway")
    takes(SparkSession, "sparkContext", "jsparkSession")
    assert {"_active_spark_context", "_gateway"} <= set(vars(SparkContext))
    assert {"_instantiatedSession", "_activeSession"} <= set(vars(SparkSession))


def test_pyspark_finds_a_java_by_the_variables_that_are_set():
    takes(launch_gateway, "conf")
    text = Path(launch_gateway.__code__.co_filename).read_text(encoding="utf-8")
    for name in ("PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET", spark_java.ADDRESS):
        assert name in text, name


def test_a_context_is_stopped_or_nothing_is(monkeypatch):
    if SparkContext._active_spark_context is None:
        ours.stop_context()
    stopped = []
    monkeypatch.setattr(
        SparkContext, "_active_spark_context", type("C", (), {"stop": lambda self: stopped.append(1)})()
    )
    ours.stop_context()
    assert stopped == [1]


def test_spark_connect_is_what_ends_a_process_without_a_file():
    """Where PySpark mends it, `keep_from_ending_us` can go."""
    text = (Path(pyspark.__file__).parent / "sql/connect/utils.py").read_text(encoding="utf-8")
    assert re.search(r"sys\.exit\(0\)|os\._exit\(0\)", text)


def fields(spark: SparkSession, java: str) -> list[int]:
    found = spark._jvm.java.lang.Class.forName(java).getConstructors()
    return [one.getParameterCount() for one in found]


def test_the_entries_of_the_catalog_have_the_fields_that_are_filled(spark: SparkSession):
    package = "org.apache.spark.sql.catalyst.catalog."
    assert spark_catalog._LAST_DEFAULT in fields(spark, package + "CatalogTable")
    assert 7 in fields(spark, package + "CatalogStorageFormat")
    assert 4 in fields(spark, package + "CatalogDatabase")


@pytest.mark.parametrize(("text", "expected"), [("a", ["a"]), ("a.`b c`.d", ["a", "b c", "d"]), ("`a.b`", ["a.b"])])
def test_a_name_is_read_as_spark_reads_it(spark: SparkSession, text, expected):
    assert spark_plans.parse_name(spark, text) == expected


def test_a_plan_is_walked_whole(spark: SparkSession):
    parsed = spark_plans.parse_plan(spark, "SELECT upper(x) FROM a.b WHERE x IN (SELECT y FROM c)")
    nodes = spark_plans.nodes_of(spark, parsed)
    assert {node.names for node in nodes if node.name == "UnresolvedRelation"} == {("a", "b"), ("c",)}
    assert {node.names for node in nodes if node.name == "UnresolvedFunction"} == {("upper",)}

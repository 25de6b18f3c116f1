"""A Delta log read without Spark says what Spark says of it: which files there are, and which properties."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from demo_factory.workspace.local import delta_log
from demo_factory.workspace.local.catalog import ensure_schema
from demo_factory_tests.conftest import CATALOG

pytestmark = pytest.mark.spark


def test_the_log_that_spark_writes_is_read_as_spark_reads_it(spark, state):
    """Whole after every kind of commit, with a checkpoint too, and each file that Spark counts is missed."""
    ensure_schema(spark, state, CATALOG, "logs")
    name = f"{CATALOG}.logs.t"
    about = "USING delta PARTITIONED BY (p) TBLPROPERTIES ('a.b' = '1')"
    spark.sql(f"CREATE TABLE {name} (id BIGINT, p STRING) {about}")
    folder = state.table(CATALOG, "logs", "t")
    assert delta_log.trouble(folder) == ""
    for number in range(11):
        spark.range(number, number + 3).selectExpr("id", "concat('a b/', id % 2) AS p").writeTo(name).append()
    spark.sql(f"DELETE FROM {name} WHERE id = 3")
    spark.sql(f"OPTIMIZE {name}")
    spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('a.b' = '2')")
    assert delta_log.trouble(folder) == ""
    assert delta_log.properties(folder)["a.b"] == "2"
    assert list((folder / "_delta_log").glob("*.checkpoint*.parquet"))
    files = [line.input for line in spark.table(name).selectExpr("input_file_name() AS input").distinct().collect()]
    assert spark.sql(f"DESCRIBE DETAIL {name}").collect()[0].numFiles == len(files)
    for number, file in enumerate(files, 1):
        Path(unquote(urlsplit(file).path)).unlink()
        assert f"of its {len(files)} files" in delta_log.trouble(folder), number
    spark.sql(f"DROP TABLE {name}")

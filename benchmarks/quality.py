"""What judging 15 rules costs: this project's contract and Pandera's PySpark backend as it comes, side by side.

    python -m benchmarks.quality [--rows 1000000 10000000] [--folder /tmp/quality-benchmark]

Both judge the same Parquet file of 8 columns with the same promises. Seconds are of the wall clock, processor seconds
of the whole JVM (they stay comparable on a busy machine). `native` answers yes or no a check, `contract` counts the
failing rows too.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandera.pyspark as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DecimalType

from demo_factory.formulas.columns import ColumnPlan
from demo_factory.quality.check import judge
from demo_factory.resources.graph import Rule, TablePlan
from demo_factory.sql.names import FullName

DAY = dt.date(2024, 12, 31)
TYPES = {
    "transaction_id": "string", "customer_id": "string", "amount": "decimal(12,2)", "quantity": "int",
    "status": "string", "discount": "double", "ordered_at": "timestamp", "email": "string",
}  # fmt: skip
RULES = (
    Rule("transaction_id_required", "required", ("transaction_id",)),
    Rule("transaction_id_unique", "unique", ("transaction_id",)),
    Rule("transaction_id_pattern", "pattern", ("transaction_id",), "TXN-[0-9]{9}$"),
    Rule("customer_id_required", "required", ("customer_id",)),
    Rule("amount_required", "required", ("amount",)),
    Rule("amount_min", "min", ("amount",), 0),
    Rule("amount_max", "max", ("amount",), 100_000),
    Rule("quantity_min", "min", ("quantity",), 1),
    Rule("quantity_max", "max", ("quantity",), 20),
    Rule("status_allowed", "allowed", ("status",), ("paid", "refunded", "pending")),
    Rule("discount_min", "min", ("discount",), 0),
    Rule("discount_max", "max", ("discount",), 1),
    Rule("ordered_at_required", "required", ("ordered_at",)),
    Rule("rows", "rows", (), (1, None)),
    Rule("freshness", "freshness", ("ordered_at",), 48),
)


def write(spark: SparkSession, rows: int, folder: Path) -> str:
    """A file of clean transactions, written once."""
    path = folder / f"transactions-{rows}"
    if not path.exists():
        spark.range(0, rows, 1, 4).selectExpr(
            "concat('TXN-', substring(cast(id + 1000000000 as string), 2)) as transaction_id",
            f"concat('CUST-', cast(pmod(xxhash64(id), {rows // 20}) as string)) as customer_id",
            "cast(pmod(xxhash64(id, 1), 100000) / 100.0 as decimal(12,2)) as amount",
            "cast(pmod(xxhash64(id, 2), 20) + 1 as int) as quantity",
            "element_at(array('paid', 'refunded', 'pending'), cast(pmod(xxhash64(id, 3), 3) + 1 as int)) as status",
            "pmod(xxhash64(id, 4), 1000000) / 1000000D as discount",
            f"timestamp'2024-01-01 00:00:00' + make_dt_interval(0, 0, 0, id * 31536000 div {rows}) as ordered_at",
            "concat(lower(hex(xxhash64(id, 5))), '@example.com') as email",
        ).write.parquet(str(path))
    return str(path)


def contract(frame: DataFrame) -> int:
    """This project's way; the number of broken rules."""
    types = tuple(Rule(f"{name}_type", "type", (name,), type_) for name, type_ in TYPES.items())
    columns = tuple(ColumnPlan(name, "id") for name in TYPES)
    table = TablePlan("t", FullName("a", "b", "t"), columns, tuple(TYPES), 0, (*types, *RULES), key="transaction_id")
    return sum(not result.passed for result in judge(frame, table, DAY))


def native(frame: DataFrame) -> int:
    """The same promises by Pandera's own PySpark backend; the number of its errors."""
    check = pa.Check
    columns: dict[str, Any] = {
        "transaction_id": pa.Column("string", check.str_matches("TXN-[0-9]{9}$")),
        "customer_id": pa.Column("string"),
        "amount": pa.Column(DecimalType(12, 2), [check.ge(0), check.le(100_000)]),
        "quantity": pa.Column("int", [check.ge(1), check.le(20)], nullable=True),
        "status": pa.Column("string", check.isin(["paid", "refunded", "pending"]), nullable=True),
        "discount": pa.Column("double", [check.ge(0), check.le(1)], nullable=True),
        "ordered_at": pa.Column("timestamp"),
        "email": pa.Column("string", nullable=True),
    }
    table = [check.rows_between(1, None), check.newest_within("ordered_at", 48, DAY)]
    schema = pa.DataFrameSchema(columns, checks=table, unique=["transaction_id"])
    return sum(len(reasons) for reasons in schema.validate(frame).pandera.errors.values())


def processor_seconds(spark: SparkSession) -> float:
    """Of the JVM so far."""
    jvm: Any = spark._jvm
    bean = jvm.java.lang.management.ManagementFactory.getOperatingSystemMXBean()
    kind = jvm.java.lang.Class.forName("com.sun.management.OperatingSystemMXBean")
    none = spark.sparkContext._gateway.new_array(jvm.java.lang.Class, 0)
    method = kind.getMethod("getProcessCpuTime", none)
    arguments = spark.sparkContext._gateway.new_array(jvm.java.lang.Object, 0)
    return float(method.invoke(bean, arguments)) / 1e9


def measure(spark: SparkSession, path: str, name: str, way: Callable[[DataFrame], int], repeats: int) -> None:
    """Print one line: the best of several runs."""
    best: tuple[float, float, int, int] | None = None
    for number in range(repeats):
        group = f"{name}-{path}-{number}"
        frame = spark.read.parquet(path)
        spark.sparkContext.setJobGroup(group, group)
        used, started = processor_seconds(spark), time.perf_counter()
        broken = way(frame)
        seconds, used = time.perf_counter() - started, processor_seconds(spark) - used
        jobs = len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
        best = min(best or (seconds, used, jobs, broken), (seconds, used, jobs, broken))
    if best:
        print(f"{path.rsplit('-', 1)[1]:>9} rows  {name:8}  {best[0]:6.1f} s  {best[1]:6.1f} cpu-s  "
              f"{best[2]:3} jobs  {best[3]} broken", flush=True)  # fmt: skip


def main() -> None:
    """Run both ways on every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--folder", type=Path, default=Path("/tmp/quality-benchmark"))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="keep the files for the next run")
    wanted = parser.parse_args()
    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "3g")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for rows in wanted.rows:
        path = write(spark, rows, wanted.folder)
        for name, way in (("contract", contract), ("native", native)):
            measure(spark, path, name, way, wanted.repeats)
    spark.stop()
    if not wanted.keep:
        shutil.rmtree(wanted.folder)


if __name__ == "__main__":
    main()

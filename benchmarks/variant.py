"""One way of making one table, in a process of its own: `python -m benchmarks.variant NAME ROWS FOLDER [KEYS]`."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from demo_factory.generate.carriers import Carrier
    from demo_factory.resources.graph import DemoPlan

AS_OF = dt.date(2026, 6, 30)
CUSTOMERS = 100_000  # whom the wide table refers to
STATUS = {"paid": 0.8, "pending": 0.12, "refunded": 0.08}
ONLINE = 0.62
FIRST_DAY, LAST_DAY = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
MEDIAN, SIGMA, MEAN, STD, MOST = 40.0, 0.6, 50.0, 15.0, 20

BLUEPRINT = f"""
demo: bench
catalog: bench
schema: bench
tables:
  customers:
    rows: {{keys}}
    columns:
      customer_id: {{{{key: CUST-0000000}}}}
      segment: {{{{choice: {{{{Budget: 0.4, Regular: 0.4, Premium: 0.2}}}}}}}}
  narrow:
    rows: {{rows}}
    columns:
      transaction_id: {{{{key: integer}}}}
      customer_id: {{{{ref: customers}}}}
      amount: {{{{uniform: {{{{min: 1, max: 500}}}}, type: 'decimal(10,2)'}}}}
  wide:
    rows: {{rows}}
    columns:
      transaction_id: {{{{key: TXN-000000000}}}}
      customer_id: {{{{ref: customers}}}}
      amount: {{{{lognormal: {{{{median: {MEDIAN}, sigma: {SIGMA}}}}}, type: 'decimal(10,2)'}}}}
      status: {{{{choice: {{{{{", ".join(f"{name}: {weight}" for name, weight in STATUS.items())}}}}}}}}}
      sold_on: {{{{date: {{{{min: {FIRST_DAY}, max: {LAST_DAY}}}}}}}}}
      online: {{{{boolean: {ONLINE}}}}}
      quantity: {{{{uniform: {{{{min: 1, max: {MOST}}}}}, type: int}}}}
      score: {{{{normal: {{{{mean: {MEAN}, std: {STD}}}}}}}}}
"""


def plan(rows: int, keys: int) -> DemoPlan:
    """The blueprint of both tables, compiled."""
    from demo_factory.blueprint.load import loads
    from demo_factory.plan.compile import compile_demo

    return compile_demo(loads(BLUEPRINT.format(rows=rows, keys=keys)), as_of=AS_OF)


def our_session(rows: int, folder: Path) -> Future[SparkSession]:
    """The project's own session, for every way that needs Spark: only the way of generating differs.

    It opens in the background, as in a build: what a way imports or compiles takes place meanwhile.
    """
    from demo_factory.workspace.local.layout import StateFolder
    from demo_factory.workspace.local.session import session_in_background

    return session_in_background(StateFolder(folder / "state"), "bench", rows=rows)


def tasks(spark: SparkSession, rows: int) -> int:
    """The project's own number of Spark tasks, for every way that needs Spark."""
    from demo_factory.generate.tables import partitions_for

    return partitions_for(rows, spark.sparkContext.defaultParallelism)


def write(frame: DataFrame, folder: Path, table: str) -> None:
    """Spark's default Parquet: snappy, one file a task."""
    frame.write.parquet(str(folder / table))


# -- this project -----------------------------------------------------------------------------------------------------


def factory(names: list[str], rows: int, keys: int, folder: Path, carrier: Carrier) -> None:
    """Tables of the blueprint."""
    session = our_session(rows, folder)
    from demo_factory.generate.carriers import bring_in, frame_of

    bring_in(carrier)  # while Java boots
    steps = plan(rows, keys).steps
    spark = session.result()
    for name in names:
        table: Any = steps[name].plan
        write(frame_of(spark, table, 0, table.rows, tasks(spark, table.rows), carrier), folder, name)


def keys_factory(rows: int, folder: Path, keys: int, carrier: Carrier) -> None:
    factory(["customers", "narrow"], rows, keys, folder, carrier)


def wide_factory(rows: int, folder: Path, keys: int, carrier: Carrier) -> None:
    factory(["wide"], rows, CUSTOMERS, folder, carrier)


# -- dbldatagen -------------------------------------------------------------------------------------------------------


def keys_seed(rows: int, folder: Path, keys: int) -> None:
    """The seed's pattern: the parents' keys come to the driver and go back as a list of values."""
    session = our_session(rows, folder)
    import dbldatagen as dg

    spark = session.result()
    customers = (
        dg.DataGenerator(spark, name="customers", rows=keys, partitions=tasks(spark, keys))
        .withColumn("customer_id", "string", format="CUST-%07d", baseColumn="id")
        .withColumn("segment", "string", values=["Budget", "Regular", "Premium"], weights=[4, 4, 2], random=True)
        .build()
    )
    write(customers, folder, "customers")
    customer_ids = [row.customer_id for row in customers.select("customer_id").collect()]
    transactions = (
        dg.DataGenerator(spark, name="transactions", rows=rows, partitions=tasks(spark, rows))
        .withColumn("transaction_id", "long", expr="id + 1")
        .withColumn("customer_id", "string", values=customer_ids)
        .withColumn("amount", "decimal(10,2)", minValue=1.0, maxValue=500.0, step=0.01, random=True)
        .build()
    )
    write(transactions, folder, "narrow")


def wide_dbldatagen(spark: SparkSession, rows: int, folder: Path, partitions: int | None) -> None:
    """As dbldatagen's own documentation writes it; a lognormal is not among what it can do: normal stands for it."""
    import dbldatagen as dg

    frame = (
        dg.DataGenerator(spark, name="wide", rows=rows, partitions=partitions)
        .withColumn("transaction_id", "string", format="TXN-%09d", baseColumn="id")
        .withColumn("customer", "long", minValue=1, maxValue=CUSTOMERS, random=True, omit=True)
        .withColumn("customer_id", "string", format="CUST-%07d", baseColumn="customer")
        .withColumn(
            "amount", "decimal(10,2)", minValue=1.0, maxValue=500.0, step=0.01, distribution="normal", random=True
        )
        .withColumn(
            "status", "string", values=list(STATUS), weights=[round(w * 100) for w in STATUS.values()], random=True
        )
        .withColumn(
            "sold_on", "date", begin=f"{FIRST_DAY}", end=f"{LAST_DAY}", interval="1 day", random=True
        )
        .withColumn(
            "online", "boolean", values=[True, False], weights=[round(ONLINE * 100), round(100 - ONLINE * 100)],
            random=True,
        )
        .withColumn("quantity", "integer", minValue=1, maxValue=MOST, random=True)
        .withColumn("score", "double", minValue=0.0, maxValue=100.0, step=0.01, distribution="normal", random=True)
        .build()
    )  # fmt: skip
    write(frame, folder, "wide")


def wide_idiomatic(rows: int, folder: Path, keys: int) -> None:
    session = our_session(rows, folder)
    import dbldatagen  # noqa: F401 - while Java boots

    spark = session.result()
    wide_dbldatagen(spark, rows, folder, tasks(spark, rows))


def wide_defaults(rows: int, folder: Path, keys: int) -> None:
    """The same with Spark as it comes."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable  # what an activated environment does
    spark = SparkSession.builder.master("local[*]").getOrCreate()
    wide_dbldatagen(spark, rows, folder, None)


# -- no Spark ---------------------------------------------------------------------------------------------------------


def wide_polars(rows: int, folder: Path, keys: int, rows_a_part: int = 1_000_000) -> None:
    """The limit: numpy draws, polars formats and writes, every core busy."""
    (folder / "wide").mkdir(parents=True)
    starts = range(0, rows, rows_a_part)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda first: _polars_part(first, min(rows_a_part, rows - first), folder / "wide"), starts))


def _polars_part(first: int, count: int, folder: Path) -> None:
    import numpy as np
    import polars as pl

    random = np.random.default_rng((7, first))
    days = (LAST_DAY - FIRST_DAY).days + 1
    names, edges = list(STATUS), np.cumsum(list(STATUS.values()))
    cents = np.floor(100 * MEDIAN * np.exp(SIGMA * random.standard_normal(count)) + 0.5).astype(np.int64)
    raw = pl.DataFrame(
        {
            "row": np.arange(first + 10**9 + 1, first + 10**9 + 1 + count),
            "customer": random.integers(10**7 + 1, 10**7 + 1 + CUSTOMERS, count),
            "amount": cents,
            "status": np.searchsorted(edges[:-1], random.random(count), side="right").astype(np.uint32),
            "sold_on": (random.integers(0, days, count) + (FIRST_DAY - dt.date(1970, 1, 1)).days).astype(np.int32),
            "online": random.random(count) < ONLINE,
            "quantity": random.integers(1, MOST + 1, count, dtype=np.int32),
            "score": MEAN + STD * random.standard_normal(count),
        }
    )
    frame = raw.select(
        ("TXN-" + pl.col("row").cast(pl.String).str.slice(1)).alias("transaction_id"),
        ("CUST-" + pl.col("customer").cast(pl.String).str.slice(1)).alias("customer_id"),
        (pl.col("amount").cast(pl.Decimal(12, 2)) * pl.lit("0.01").cast(pl.Decimal(12, 2))).cast(pl.Decimal(10, 2)),
        pl.lit(pl.Series(names)).gather(pl.col("status")).alias("status"),
        pl.col("sold_on").cast(pl.Date),
        "online",
        "quantity",
        "score",
    )
    frame.write_parquet(folder / f"part-{first:012}.parquet", compression="snappy")


WAYS: dict[str, Callable[[int, Path, int], None]] = {
    "keys-seed": keys_seed,
    "keys-dbldatagen": lambda rows, folder, keys: keys_factory(rows, folder, keys, "dbldatagen"),
    "keys-spark": lambda rows, folder, keys: keys_factory(rows, folder, keys, "spark"),
    "wide-idiomatic": wide_idiomatic,
    "wide-defaults": wide_defaults,
    "wide-dbldatagen": lambda rows, folder, keys: wide_factory(rows, folder, keys, "dbldatagen"),
    "wide-spark": lambda rows, folder, keys: wide_factory(rows, folder, keys, "spark"),
    "wide-polars": wide_polars,
}

if __name__ == "__main__":
    way, wanted, target, *parents = sys.argv[1:]
    WAYS[way](int(wanted), Path(target), int(parents[0]) if parents else 0)

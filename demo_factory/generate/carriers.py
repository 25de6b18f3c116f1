"""Two carriers of the same formulas: dbldatagen, and plain Spark for those whom its licence does not allow it.

dbldatagen's licence covers use with Databricks services only; both carriers give the same cells, a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

from demo_factory.compat.dbldatagen import as_they_come
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.resources.graph import TablePlan
from demo_factory.sql.names import ROW, quote

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import DataType

Carrier = Literal["dbldatagen", "spark"]


def bring_in(carrier: Carrier) -> None:
    """Import what the carrier needs, while there is time."""
    if carrier == "dbldatagen":
        import dbldatagen  # noqa: F401


def levels(columns: Sequence[ColumnPlan]) -> list[list[ColumnPlan]]:
    """Columns in waves: each wave uses only columns of the waves before it."""
    depth: dict[str, int] = {}
    waves: list[list[ColumnPlan]] = []
    waiting = list(columns)
    while waiting:
        ready = [column for column in waiting if all(name in depth for name in column.uses)]
        for column in ready:
            level = 1 + max((depth[name] for name in column.uses), default=-1)
            depth[column.name] = level
            while len(waves) <= level:
                waves.append([])
            waves[level].append(column)
        waiting = [column for column in waiting if column.name not in depth]
    return waves


def by_spark(spark: SparkSession, table: TablePlan, first: int, last: int, partitions: int) -> DataFrame:
    """The visible columns of rows first to last - 1 (one row a row number) by plain Spark selects."""
    frame = spark.range(first, last, 1, partitions).toDF(ROW)
    for wave in levels(table.columns):
        frame = frame.selectExpr("*", *(f"{column.sql} AS {quote(column.name)}" for column in wave))
    return frame


@cache
def spark_type(kind: str) -> DataType:
    """A type by its name in SQL, as Spark itself reads it.

    dbldatagen would read the name by a grammar that it builds at the first use: two threads that do so at a time leave
    it broken, and every later type "invalid" for as long as the process lives.
    """
    from pyspark.sql.types import DataType

    return DataType.fromDDL(kind)


def by_dbldatagen(spark: SparkSession, table: TablePlan, first: int, last: int, partitions: int) -> DataFrame:
    """The same by one dbldatagen DataGenerator: every column an `expr`, hidden ones omitted from the output."""
    import dbldatagen

    generator = dbldatagen.DataGenerator(
        spark,
        name=table.name,
        rows=last - first,
        startingId=first,
        partitions=partitions,
        seedColumnName=ROW,
    )
    # in waves, since dbldatagen adds a select wherever a column uses one of those just before it
    for column in (column for wave in levels(table.columns) for column in wave):
        kind, formula = spark_type(column.type) if column.type else dbldatagen.INFER_DATATYPE, column.sql
        if column.type == "date":  # which it would cast to a timestamp and back: dearer than the formula itself
            kind, formula = dbldatagen.INFER_DATATYPE, f"CAST({formula} AS DATE)"
        generator = generator.withColumn(
            column.name, kind, expr=formula, baseColumn=list(column.uses) or ROW, omit=column.hidden
        )
    return as_they_come(generator).build()


_CARRIERS: dict[Carrier, Callable[..., DataFrame]] = {"dbldatagen": by_dbldatagen, "spark": by_spark}


def frame_of(
    spark: SparkSession, table: TablePlan, first: int, last: int, partitions: int = 1, carrier: Carrier = "dbldatagen"
) -> DataFrame:
    """Rows first to last - 1 of a table: its visible columns in order, with their types and comments.

    Args:
        partitions: Spark tasks; the cells do not depend on it.
    """
    from pyspark.sql import functions as F  # noqa: N812

    frame = _CARRIERS[carrier](spark, table, first, last, partitions)
    return frame.select(
        *(
            F.col(quote(column.name)).alias(column.name, metadata={"comment": column.comment} if column.comment else {})
            for column in table.visible
        )
    )

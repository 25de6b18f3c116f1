"""A cell that Spark cannot calculate, in one sentence: which column, and what Spark says of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from demo_factory.resources.graph import TablePlan
    from demo_factory.workspace.ports import Carrier

# conditions of Spark that are about values, not about queries or machines (its error-conditions documentation)
_OF_VALUES = re.compile(
    r"\[((?:BINARY_)?ARITHMETIC_OVERFLOW|CAST_\w+|NUMERIC_\w+|DIVIDE_BY_ZERO|REMAINDER_BY_ZERO|DECIMAL_\w+|INVALID_\w+"
    r"|ELEMENT_AT_BY_INDEX_ZERO|DATETIME_OVERFLOW|CANNOT_PARSE_\w+|INTERVAL_\w+)(?:\.\w+)?\]\s*(.*?)"
    r"(?:\s*(?:SQLSTATE|If necessary|Use [`']try|To return NULL)|\n|$)"
)
_LAST_LINK = 8  # a chain of causes longer than this is a loop


def explain_cell(
    error: Exception, spark: SparkSession, table: TablePlan, first: int, carrier: Carrier
) -> DemoError | None:
    """What is wrong with a table's values; None when the trouble is of another kind.

    Args:
        first: the first of the rows that were being made.
    """
    found = _found(error)
    if found is None:
        return None
    column, said = _column(spark, table, first, carrier) or ("", found)
    where = f"tables.{table.name}.columns.{column}" if column else f"tables.{table.name}"
    sentence = said[2].strip().rstrip(".") or said[1]
    remedy = "Correct the formula, bound what it is made from, or widen the column's type; nothing was written."
    return DemoError(f"{where}: Spark cannot make a value: {sentence} ({said[1]}).", remedy)


def _found(error: BaseException | None) -> re.Match[str] | None:
    """What an error, or what it came from, says of a value; PySpark keeps Java's causes in a place of its own."""
    for _ in range(_LAST_LINK):
        found = _OF_VALUES.search(str(error)) if error is not None else None
        if error is None or found is not None:
            return found
        error = getattr(error, "_cause", None) or error.__cause__
    return None


def _column(spark: SparkSession, table: TablePlan, first: int, carrier: Carrier) -> tuple[str, re.Match[str]] | None:
    """The first column that cannot be made by itself; they stand in an order in which each follows what it uses."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions as F  # noqa: N812

    from demo_factory.generate.carriers import frame_of
    from demo_factory.sql.names import quote

    frame = frame_of(spark, table, first, table.rows, 1, carrier)
    for column in table.columns:
        if column.name not in table.order:
            continue
        try:
            frame.agg(F.count(F.col(quote(column.name)))).collect()
        except PySparkException as error:
            found = _found(error)
            if found is not None:
                return column.name, found
    return None

"""Whether keys repeat, exactly, at little more than the cost of reading them.

Each key becomes a number by any function at all. If the numbers never repeat, the keys cannot. Numbers are counted by
setting bit `n % 64` in the word of group `n / 64`: the running keys of a demo (TXN-0000123) fill 64 bits a group, so 10
million of them shuffle as 160,000 groups. Where numbers do repeat, because keys do or because the function joined two
keys by chance, an exact grouping of the keys themselves decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import IntegralType, StringType

from demo_factory.sql.names import quote


@dataclass(frozen=True)
class Prefix:
    """What stands before the running digits of one of the keys: its length, and the number it hashes to."""

    length: int
    hashed: int


def prefix_of(frame: DataFrame, columns: tuple[str, ...]) -> tuple[Column, Column] | None:
    """Two aggregates, the `Prefix` of any one key; None where the key is not a single text column.

    They are numbers because one text among the aggregates would make Spark evaluate all of them without codegen, and
    they come from keys that end in 77 because Spark would trim every row to find one. Without such a key there is none.
    """
    if len(columns) > 1 or not isinstance(frame.schema[columns[0]].dataType, StringType):
        return None
    key = F.col(quote(columns[0]))
    before = F.expr(f"trim(TRAILING '0123456789' FROM {quote(columns[0])})")  # as SQL: Spark 3.5 knows it too
    parts = F.length(before), F.xxhash64(before)
    length, hashed = (F.any_value(F.when(key.endswith("77"), part), F.lit(True)) for part in parts)
    return length, hashed


def numbers_repeat(frame: DataFrame, columns: tuple[str, ...], prefix: Prefix | None) -> DataFrame:
    """One row with one boolean: false proves that no combination of the columns repeats."""
    # Rows without a key become the group NULL and are left out at the end: a filter on the table's own columns would
    # make Delta parse the statistics of its files, which costs a small table more than the reading.
    number = F.when(_whole(columns), _number(frame, columns, prefix))
    words = (
        frame.select(number.alias("number"))
        .groupBy(F.shiftright("number", 6).alias("word"))
        .agg(F.count("number").alias("rows"), F.expr("bit_or(shiftleft(1L, cast(number & 63 as int)))").alias("bits"))
    )
    return words.agg(F.coalesce(F.sum("rows") > F.sum(F.bit_count("bits")), F.lit(False)))


def repeated(frame: DataFrame, columns: tuple[str, ...]) -> DataFrame:
    """One row: how many rows carry a repeated combination, and the lowest and the highest of those as text."""
    names = [quote(name) for name in columns]
    groups = frame.filter(_whole(columns)).groupBy(*names).agg(F.count(F.lit(1)).alias("group size"))
    key = F.struct(*names)
    found = groups.filter("`group size` > 1").agg(
        F.coalesce(F.sum("group size"), F.lit(0)).alias("rows"), F.min(key).alias("low"), F.max(key).alias("high")
    )
    return found.select("rows", *[_text(F.col(end), columns) for end in ("low", "high")])


def _whole(columns: tuple[str, ...]) -> Column:
    return reduce(lambda left, right: left & right, [F.col(quote(name)).isNotNull() for name in columns])


def _number(frame: DataFrame, columns: tuple[str, ...], prefix: Prefix | None) -> Column:
    keys = [F.col(quote(name)) for name in columns]
    if len(columns) == 1 and isinstance(frame.schema[columns[0]].dataType, IntegralType):
        return keys[0].cast("bigint")
    hashed = F.xxhash64(*keys)
    if prefix is None:
        return hashed
    rest = F.expr(f"try_cast(substring({quote(columns[0])}, {prefix.length + 1}) AS bigint)")
    same = F.xxhash64(F.substring(keys[0], 1, prefix.length)) == F.lit(prefix.hashed)
    return F.when(same, F.coalesce(rest, hashed)).otherwise(hashed)


def _text(key: Column, columns: tuple[str, ...]) -> Column:
    # concat_ws passes over a NULL: with no repeated key the text is empty and nobody reads it.
    return F.concat_ws(", ", *[key[name].cast("string") for name in columns])

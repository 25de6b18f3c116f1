"""What is measured: the ways of each case side by side, and the goals they are judged by."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.results import Goal, Summary, at_least, at_most, flat

SESSION_NOTE = (
    "All ways that need Spark use the project's own session (`open_session`) and its number of tasks, so that only the "
    "way of generating differs; Spark's start is part of every time. "
)
GROWTH_HEAP = "1g"


@dataclass(frozen=True)
class Variant:
    """One way at one size; `tables` are the rows that it must leave behind, `{folder}` is its own empty folder."""

    way: str
    label: str
    size: int
    command: tuple[str, ...]
    tables: Mapping[str, int] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    rounds: int | None = None  # fewer or more than the case's
    orphans: tuple[str, str, str] | None = None  # child table, parent table, column


@dataclass(frozen=True)
class Case:
    """Variants that belong side by side, and what is asked of them."""

    name: str
    title: str
    what: str
    size_name: str
    variants: tuple[Variant, ...]
    goals: Callable[[Mapping[tuple[str, int], Summary]], list[Goal]]
    rounds: int = 3


def count(number: int) -> str:
    """10_000 as 10k, 1_000_000 as 1M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size and number % size == 0:
            return f"{number // size}{letter}"
    return str(number)


def _python(way: str, rows: int, keys: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.variant", way, str(rows), "{folder}", str(keys))


# -- keys -------------------------------------------------------------------------------------------------------------

_KEYS_WHAT = (
    "Customers and {rows} rows of transactions (key, foreign key, amount), both written to Parquet. The seed collects "
    "the customers' keys to the driver and hands them to dbldatagen as `values=list`; this project computes the "
    "parent's row and its key. " + SESSION_NOTE + "After each run every foreign key is looked up in the customers "
    "that were written: an orphan fails the run. The seed's way runs once a size."
)


def keys(quick: bool) -> Case:
    sizes, rows = ((1_000, 5_000), 20_000) if quick else ((10_000, 100_000, 1_000_000), 1_000_000)
    ways = (
        ("keys-seed", "(a) seed: collect, values=list"),
        ("keys-dbldatagen", "(c) demo_factory, dbldatagen carrier"),
        ("keys-spark", "(c) demo_factory, Spark carrier"),
    )
    variants = tuple(
        Variant(
            way, label, size, _python(way, rows, size), {"customers": size, "narrow": rows},
            rounds=1 if way == "keys-seed" else None, orphans=("narrow", "customers", "customer_id"),
        )
        for size in sizes
        for way, label in ways
    )  # fmt: skip
    last = sizes[-1]

    def goals(found: Mapping[tuple[str, int], Summary]) -> list[Goal]:
        seed = found["keys-seed", last]
        return [
            at_least(f"(c) {carrier} carrier at least 50x (a) at {count(last)} keys", 50, seed, found[way, last])
            for way, carrier in (("keys-dbldatagen", "dbldatagen"), ("keys-spark", "Spark"))
        ]

    return Case("keys", "Foreign keys", _KEYS_WHAT.format(rows=count(rows)), "keys", variants, goals)


# -- rows -------------------------------------------------------------------------------------------------------------

_ROWS_WHAT = (
    "One table of 8 columns (text key, foreign key to 100k customers, lognormal decimal, weighted choice, date, "
    "boolean, int, normal double) to snappy Parquet. " + SESSION_NOTE + "(b) runs once more with Spark as it comes. "
    "What differs in content: dbldatagen has no working lognormal, (b) uses its `normal`; no column here is one that "
    "dbldatagen would naturally make by `template`. (d) draws with numpy and lets polars format and write, a part a "
    "core; it starts no Java and its draws are not reproducible cell by cell."
)


def rows(quick: bool) -> Case:
    sizes = (5_000, 20_000) if quick else (1_000_000, 10_000_000)
    ways = (
        ("wide-idiomatic", "(b) dbldatagen, idiomatic"),
        ("wide-defaults", "(b) the same, Spark's defaults"),
        ("wide-dbldatagen", "(c) demo_factory, dbldatagen carrier"),
        ("wide-spark", "(c) demo_factory, Spark carrier"),
        ("wide-polars", "(d) numpy and polars direct"),
    )
    variants = tuple(
        Variant(way, label, size, _python(way, size), {"wide": size}, rounds=1 if way == "wide-defaults" else None)
        for size in sizes
        for way, label in ways
    )
    last = sizes[-1]

    def goals(found: Mapping[tuple[str, int], Summary]) -> list[Goal]:
        b, d = found["wide-idiomatic", last], found["wide-polars", last]
        ours = (("wide-dbldatagen", "dbldatagen"), ("wide-spark", "Spark"))
        faster = [
            at_least(f"(c) {carrier} carrier at least 3x (b) at {count(last)}", 3, b, found[way, last])
            for way, carrier in ours
        ]
        limit = [
            at_most(f"(c) {carrier} carrier at most 6x the time of (d) at {count(last)}", 6, found[way, last], d)
            for way, carrier in ours
        ]
        return [*faster, *limit]

    return Case("rows", "Rows of eight columns", _ROWS_WHAT, "rows", variants, goals)


# -- growth -----------------------------------------------------------------------------------------------------------

_GROWTH_WHAT = (
    f"The same 8 columns by this project (dbldatagen carrier) at growing sizes, all with a Java heap of at most "
    f"{GROWTH_HEAP} (`DEMO_FACTORY_JAVA_MEMORY`), since Java otherwise fills whatever the machine has before it "
    "cleans up. Memory is called flat when the largest peak is at most 1.25 times the smallest; Java uses its quick "
    "settings (C1, serial collector) up to 5M rows and its large ones above, so its memory is also compared among the "
    "sizes that run with the same settings."
)


def growth(quick: bool) -> Case:
    sizes = (2_000, 20_000) if quick else (1_000_000, 10_000_000, 100_000_000)
    env = {"DEMO_FACTORY_JAVA_MEMORY": GROWTH_HEAP}
    variants = tuple(
        Variant("wide-dbldatagen", "(c) demo_factory, dbldatagen carrier", size, _python("wide-dbldatagen", size),
                {"wide": size}, env, rounds=1 if size >= 100_000_000 else None)
        for size in sizes
    )  # fmt: skip

    def goals(found: Mapping[tuple[str, int], Summary]) -> list[Goal]:
        steps: Sequence[Summary] = [found["wide-dbldatagen", size] for size in sizes]
        grown = [
            at_most(f"{count(a)} to {count(b)} rows costs at most x11", 11, after, before)
            for (a, before), (b, after) in pairwise(zip(sizes, steps, strict=True))
        ]
        large = [step.java for step in steps[1:]]
        same = [flat(f"Java's memory flat from {count(sizes[1])} rows", large)] if len(large) > 1 else []
        return [
            *grown,
            flat("Python driver's memory flat over all sizes", [s.driver for s in steps]),
            flat("Java's memory flat over all sizes", [s.java for s in steps]),
            *same,
        ]

    return Case("growth", "Growth", _GROWTH_WHAT, "rows", variants, goals)


# -- build ------------------------------------------------------------------------------------------------------------

_BUILD_WHAT = (
    "`demo-factory build retail` from nothing in a fresh state folder (jars and class archive warm: one build before "
    "is not counted), and what answers without Spark, each command a process of its own as a user types it."
)
_COMMANDS = (
    ("help", ("--help",)),
    ("validate", ("validate", "retail")),
    ("plan", ("plan", "retail")),
    ("explain", ("explain", "transactions.amount")),
)


def build(quick: bool) -> Case:
    program = str(Path(sys.executable).with_name("demo-factory"))
    env = {"DEMO_FACTORY_HOME": "{folder}"}
    whole = (program, "build", "retail", *(("--scale", "0.1") if quick else ()))
    variants = (
        Variant("build", f"`demo-factory {' '.join(whole[1:])}`", 0, whole, env=env, rounds=1 if quick else 3),
        *(
            Variant(name, f"`demo-factory {' '.join(words)}`", 0, (program, *words), env=env, rounds=2 if quick else 5)
            for name, words in _COMMANDS
        ),
    )

    def goals(found: Mapping[tuple[str, int], Summary]) -> list[Goal]:
        return [
            at_most("build retail under 45 s", 45, found["build", 0]),
            *(at_most(f"{name} under 1 s", 1, found[name, 0]) for name, _ in _COMMANDS),
        ]

    return Case("build", "The whole demo, and the quick commands", _BUILD_WHAT, "", variants, goals, rounds=5)


CASES: dict[str, Callable[[bool], Case]] = {"keys": keys, "rows": rows, "growth": growth, "build": build}

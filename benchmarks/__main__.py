"""Measure this project beside its peers: `python -m benchmarks [keys] [rows] [growth] [build] [--quick]`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.cases import CASES, Case, Variant, count
from benchmarks.measure import ROOT, Cost, adopt_orphans, run
from benchmarks.report import HEAD, section, update, yardstick
from benchmarks.results import Summary

DOCS = ROOT / "docs" / "benchmarks.md"


def measured(variant: Variant, timeout: float, keep_log: bool = True) -> Cost:
    """One run in a folder of its own, which is removed; what it left behind is counted first."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)

        def filled(text: str) -> str:
            return text.replace("{folder}", str(folder / "out"))

        (folder / "out").mkdir()
        log = folder / "log"
        command = [filled(word) for word in variant.command]
        cost = run(command, log, timeout, {key: filled(value) for key, value in variant.env.items()})
        if cost.outcome == "ok":
            wrong = _wrong(variant, folder / "out")
            return replace(cost, outcome="failed", note=wrong) if wrong else cost
        if keep_log:
            kept = Path(tempfile.gettempdir()) / f"benchmark-{variant.way}-{variant.size}.log"
            shutil.copy(log, kept)
            print(f"    {cost.outcome}: {cost.note} (see {kept})", file=sys.stderr)
        return cost


def _wrong(variant: Variant, folder: Path) -> str:
    """What is wrong with the tables that a run left behind; empty when nothing is."""
    import polars as pl

    for table, rows in variant.tables.items():
        there = pl.scan_parquet(folder / table / "*.parquet").select(pl.len()).collect().item()
        if there != rows:
            return f"{table} has {there} rows instead of {rows}"
    if variant.orphans:
        child, parent, column = variant.orphans
        own = pl.scan_parquet(folder / child / "*.parquet").select(column)
        keys = pl.scan_parquet(folder / parent / "*.parquet").select(column)
        lost = own.join(keys, on=column, how="anti").select(pl.len()).collect().item()
        return f"{lost} orphans in {child}.{column}" if lost else ""
    return ""


def side_by_side(case: Case, rounds: int | None, timeout: float) -> dict[tuple[str, int], Summary]:
    """All variants in turn, round by round, every other round backwards; one that went wrong is not tried again."""
    costs: dict[tuple[str, int], list[Cost]] = {(v.way, v.size): [] for v in case.variants}
    wanted = {(v.way, v.size): min(rounds or 99, v.rounds or case.rounds) for v in case.variants}
    for number in range(max(wanted.values())):
        for variant in case.variants if number % 2 == 0 else reversed(case.variants):
            key = (variant.way, variant.size)
            if number >= wanted[key] or any(cost.outcome != "ok" for cost in costs[key]):
                continue
            cost = measured(variant, timeout)
            costs[key].append(cost)
            size = f" {count(variant.size)}" if variant.size else ""
            print(f"  {case.name} {number + 1}: {variant.label}{size}: {cost.outcome}, {cost.wall:.1f} s, "
                  f"{cost.cpu:.1f} cpu-s, {cost.tree / 2**20:,.0f} MB", file=sys.stderr, flush=True)  # fmt: skip
    return {key: Summary.of(found) for key, found in costs.items()}


def warm_up(names: list[str], quick: bool, timeout: float) -> None:
    """Jars and class archive as any user has them after the first build; not counted."""
    from demo_factory.workspace.local.layout import cache_folder

    if "build" not in names and any((cache_folder() / "classes").glob("*.jsa")):
        return
    print("  warming up: one build, not counted", file=sys.stderr, flush=True)
    cost = measured(CASES["build"](quick).variants[0], timeout)
    if cost.outcome != "ok":
        print("  The warm-up went wrong; the times that follow may be cold ones.", file=sys.stderr)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: checks that it all runs; printed only")
    parser.add_argument("--rounds", type=int, help="at most so many runs a variant")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds a run may take (default 1200)")
    parser.add_argument("--out", type=Path, help=f"the Markdown file (default {DOCS.relative_to(ROOT)})")
    given = parser.parse_args()
    unknown = [name for name in given.cases if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}: there are {', '.join(CASES)}")
    if given.rounds is not None and given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def _own_settings_out_of(environ: Mapping[str, str]) -> None:
    for name in [name for name in environ if name.startswith(("DEMO_FACTORY_", "PYSPARK_", "SPARK_"))]:
        del os.environ[name]


def main() -> None:
    """Measure the wanted cases one after the other and report each as soon as it is done."""
    given = arguments()
    _own_settings_out_of(os.environ)
    adopt_orphans()
    load = os.getloadavg()[0]
    names = given.cases or list(CASES)
    warm_up(names, given.quick, given.timeout)
    out = given.out or (None if given.quick else DOCS)
    print(HEAD)
    for name in names:
        case = CASES[name](given.quick)
        before = yardstick()
        found = side_by_side(case, given.rounds, given.timeout)
        text = section(case, found, load, (before, yardstick()), given.quick)
        print(f"{text}\n", flush=True)
        if out is not None:
            update(out, name, text)


if __name__ == "__main__":
    main()

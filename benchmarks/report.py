"""Results as Markdown: a section a case, each with its own day and machine, kept in one file."""

from __future__ import annotations

import datetime as dt
import math
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import Case, count
from benchmarks.measure import ROOT
from benchmarks.results import Goal, Summary

HEAD = """## How it is measured

Every way is a whole process, the ways of a case side by side in one run. Clock time ends when the command ends (median
of the runs, and the quickest to the slowest); processor time is user + system of the process and all its descendants,
Java included, to the end of the last one; memory is the highest resident size of the Python driver, of Java, and of all
processes together (pages they share count for each). A goal is judged by the median of the clock. Measure again:
`python -m benchmarks [keys] [rows] [growth] [build]`."""
_MARKED = re.compile(r"\n*<!-- begin (\w+) -->\n(.*?)\n<!-- end \1 -->\n*", re.DOTALL)
ORDER = ("how", "keys", "rows", "growth", "build")


def machine() -> str:
    """Where and with what it was measured."""
    from demo_factory.workspace.local.jars import DELTA_VERSION
    from demo_factory.workspace.local.java import find_java

    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ("demo-factory", "pyspark", "dbldatagen", "polars", "numpy", "dagster")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    cpu = f" ({model.group(1)})" if model else ""
    return (
        f"{os.cpu_count()} cores{cpu}, {memory:.0f} GB; Python {platform.python_version()}, "
        f"Java {find_java().version}, Delta {DELTA_VERSION}, {versions}; commit {_commit()}"
    )


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = " with changes not committed" if git("status", "--porcelain", "--", "demo_factory", "benchmarks") else ""
    return (git("rev-parse", "--short", "HEAD") or "unknown") + changed


def yardstick() -> float:
    """Processor seconds of the same small loop, best of 3: tells a slow or throttled machine from slow code."""
    best = math.inf
    for _ in range(3):
        start, total = time.process_time(), 0
        for number in range(2_000_000):
            total += number
        best = min(best, time.process_time() - start)
    return best


def section(
    case: Case, found: Mapping[tuple[str, int], Summary], load: float, yards: tuple[float, float], quick: bool
) -> str:
    """One case: what, on what, the table, the goals."""
    small = " **Quick check with tiny sizes: its goals say nothing.**" if quick else ""
    others = f" The machine was not idle: load {load:.1f} before the start." if load > 0.5 else ""
    yard = f" Yardstick (2M additions in Python): {yards[0]:.2f} s before, {yards[1]:.2f} s after."
    when = f"{dt.datetime.now():%Y-%m-%d %H:%M}, {machine()}.{yard}{others}{small}"
    return "\n\n".join([f"## {case.title}", case.what, f"Measured {when}", _table(case, found), _goals(case, found)])


def _table(case: Case, found: Mapping[tuple[str, int], Summary]) -> str:
    size = f"| {case.size_name} " if case.size_name else ""
    head = f"{size}| way | clock s | range | processor s | Python MB | Java MB | all MB | runs |"
    lines = [head, ("| ---: " if size else "") + "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for variant in case.variants:
        summary = found[variant.way, variant.size]
        cells = [count(variant.size)] if size else []
        lines.append("| " + " | ".join([*cells, variant.label, *_numbers(summary)]) + " |")
    return "\n".join(lines)


def _numbers(summary: Summary) -> list[str]:
    wall = f"{summary.wall:.2f}" if summary.wall < 10 else f"{summary.wall:.1f}"
    if summary.outcome != "ok":
        wall = f"**{summary.outcome}** {summary.note}".strip()
    spread = f"{summary.fastest:.1f} - {summary.slowest:.1f}" if summary.runs > 1 else ""
    memory = [f"{size / 2**20:,.0f}" if size else "" for size in (summary.driver, summary.java, summary.tree)]
    return [wall, spread, f"{summary.cpu:.1f}", *memory, str(summary.runs)]


def _goals(case: Case, found: Mapping[tuple[str, int], Summary]) -> str:
    lines = ["| goal | found | |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {goal.asked} | {goal.found} | {_verdict(goal)} |" for goal in case.goals(found))])


def _verdict(goal: Goal) -> str:
    return {True: "met", False: "**missed**", None: "**not judged**"}[goal.met]


def update(file: Path, name: str, text: str) -> None:
    """Put a case's section between its marks; what stands outside the marks is somebody's own and stays."""
    page = file.read_text(encoding="utf-8") if file.is_file() else "# Benchmarks\n"
    found = dict(_MARKED.findall(page)) | {"how": HEAD, name: text}
    own = _MARKED.sub("", page).strip()
    parts = [f"<!-- begin {key} -->\n{found[key]}\n<!-- end {key} -->" for key in ORDER if key in found]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n\n".join([own, *parts]) + "\n", encoding="utf-8")

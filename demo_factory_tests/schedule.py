"""Which files start first: two workers take a file at a time, so the longest ones must not come last."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

LONGEST = Path(__file__).with_name("longest.txt")  # written by a run with --record-longest


def longest_first(items: list[pytest.Item]) -> None:
    """Order the files by how long they take; the tests of a file keep their order, and so do files that are short."""
    order = {file: place for place, file in enumerate(LONGEST.read_text(encoding="utf-8").split())}
    items.sort(key=lambda item: order.get(_file_of(item.nodeid), len(order)))


class Record:
    """Adds up the seconds of each file, over all workers, and writes the names of those that matter; others stay."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[_file_of(report.nodeid)] += report.duration  # type: ignore[assignment]

    def pytest_sessionfinish(self) -> None:
        found = [file for file, seconds in self.seconds.most_common() if seconds >= 5]
        found += [file for file in LONGEST.read_text(encoding="utf-8").split() if file not in self.seconds]
        LONGEST.write_text("".join(f"{file}\n" for file in found), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for file, seconds in self.seconds.most_common(30):
            terminalreporter.write_line(f"{seconds:7.1f} s {file}")


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("demo_factory_tests/")

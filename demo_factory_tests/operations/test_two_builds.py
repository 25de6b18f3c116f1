"""Two builds of one process: each has its own listener, target, day and end, one after the other and side by side."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo_factory.operations.build import BuildReport, build
from demo_factory.operations.progress import Listener, Progress
from demo_factory.operations.settings import Settings
from demo_factory.orchestration.runner import DagsterRunner

pytestmark = pytest.mark.e2e

DAY = dt.date(2026, 11, 24)
ROWS = {"alpha": 7, "beta": 11}
TINY = """
demo: {demo}
schema: sales
history: 30 days
tables:
  notes: {{rows: {rows}, columns: {{note_id: {{key: integer}}}}}}
  {demo}_only: {{rows: {rows}, columns: {{id: {{key: integer}}, note: {{ref: notes}}}}}}
"""


def built(folder: Path, demo: str, listener: Listener, day: dt.date = DAY) -> BuildReport:
    """Each demo has a state folder of its own, so that neither waits for the other."""
    file = folder / f"{demo}.yaml"
    file.write_text(TINY.format(demo=demo, rows=ROWS[demo]))
    settings = Settings(folder / demo, (folder,), "local", "dev", None, None)
    return build(file, settings, DagsterRunner(), as_of=day, rebuild=True, on_progress=listener)


def ended(told: list[Progress]) -> dict[str, int | None]:
    """The objects that a listener heard of, with their rows."""
    return {one.name: one.outcome.rows for one in told if one.outcome is not None and one.outcome.kind == "table"}


def expected(demo: str) -> dict[str, int | None]:
    return {"notes": ROWS[demo], f"{demo}_only": ROWS[demo]}


@pytest.fixture(scope="module", autouse=True)
def _spark(spark: object) -> None:
    """The one Spark of this process."""


def test_one_after_the_other(tmp_path):
    for demo, day in (("alpha", DAY), ("beta", DAY + dt.timedelta(days=1))):
        told: list[Progress] = []
        report = built(tmp_path, demo, told.append, day)
        assert report.ok, report.failures
        assert ended(told) == expected(demo)
        assert report.plan.as_of == day


def test_side_by_side(tmp_path):
    told: dict[str, list[Progress]] = {"alpha": [], "beta": []}
    with ThreadPoolExecutor(2) as pool:
        builds = {demo: pool.submit(built, tmp_path, demo, told[demo].append) for demo in told}
        reports = {demo: one.result() for demo, one in builds.items()}
    for demo, report in reports.items():
        assert report.ok, report.failures
        assert ended(told[demo]) == expected(demo)
        assert {one.name for one in report.outcomes} == set(expected(demo)) | {f"{demo}_only_across"}


def test_a_listener_that_raises_ends_its_own_build_alone(tmp_path):
    told: list[Progress] = []

    def hear(progress: Progress) -> None:
        if progress.event == "started":
            raise OSError("nobody reads this any more")

    with ThreadPoolExecutor(2) as pool:
        broken, whole = pool.submit(built, tmp_path, "alpha", hear), pool.submit(built, tmp_path, "beta", told.append)
        assert not broken.result().ok
        assert whole.result().ok, whole.result().failures
    assert ended(told) == expected("beta")

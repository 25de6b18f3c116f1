"""The queries of our own door on a laptop, noted in the state folder: one file a demo and day, a line a query."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from demo_factory.plan.monitoring import SLOW_DAYS, TEXT_LENGTH, Query
from demo_factory.workspace.local.layout import StateFolder


@dataclass
class Running:
    """A query while it runs; `rows` is for whoever counts them."""

    rows: int | None = None


@contextmanager
def noting(
    state: StateFolder, demo: str, who: str | None, text: str, on_trouble: Callable[[str], None]
) -> Iterator[Running]:
    """Note a query when it has ended, however it ends; what goes wrong with the note harms no query.

    Args:
        who: as whom it was asked; None for whoever is logged in to this machine.
        on_trouble: told one sentence when it cannot be noted.
    """
    began, started = dt.datetime.now(dt.UTC), time.monotonic()
    running, status = Running(), "FAILED"
    try:
        yield running
        status = "FINISHED"
    except BrokenPipeError:  # whoever read the rows has seen enough
        status = "FINISHED"
        raise
    except KeyboardInterrupt:
        status = "CANCELED"
        raise
    finally:
        milliseconds = round((time.monotonic() - started) * 1000)
        stamp = began.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        one = Query(stamp, who or _user(), milliseconds, running.rows, status, text[:TEXT_LENGTH])
        try:
            _append(_folder(state, demo), began.date(), one)
        except OSError as error:
            on_trouble(f"This query was not noted in {_folder(state, demo)}: {error.strerror or error}.")


def queries(state: StateFolder, demo: str, today: dt.date) -> list[Query]:
    """The queries of the last days, oldest first; a line that a crash has cut off is left out."""
    found = []
    for file in _files(_folder(state, demo)):
        if _day(file) >= today - dt.timedelta(days=SLOW_DAYS):
            for line in file.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError, TypeError):
                    found.append(Query(**json.loads(line)))
    return found


def forget(state: StateFolder, demo: str) -> None:
    """Remove what was noted of a demo."""
    shutil.rmtree(_folder(state, demo), ignore_errors=True)


def _folder(state: StateFolder, demo: str) -> Path:
    return state.logs / "queries" / demo


def _append(folder: Path, day: dt.date, one: Query) -> None:
    """One write, so that lines of several processes do not mix; days that nobody asks for any more go."""
    file = folder / f"{day}.jsonl"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for old in _files(folder):
            if _day(old) < day - dt.timedelta(days=SLOW_DAYS):
                old.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)  # a query may hold what others need not see
    try:
        kept = {key: value for key, value in asdict(one).items() if value is not None}
        os.write(handle, f"{json.dumps({**kept, 'rows': one.rows}, ensure_ascii=False)}\n".encode())
    finally:
        os.close(handle)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("????-??-??.jsonl"))


def _day(file: Path) -> dt.date:
    return dt.date.fromisoformat(file.stem)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know no name
        return f"user {os.getuid()}"

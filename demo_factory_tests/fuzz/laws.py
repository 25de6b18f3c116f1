"""What must hold of every mutation: it is refused with the line of each problem or it passes, and soon."""

from __future__ import annotations

import datetime as dt
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.operations.demos import plan_demo
from demo_factory.operations.settings import Settings
from demo_factory.resources.graph import DemoPlan

DAY = dt.date(2026, 11, 24)
LONGEST = 2.0  # seconds of this process: whoever else uses the machine says nothing about us


class TooLong(BaseException):
    """Validation went on far beyond what is allowed."""


@dataclass(frozen=True)
class Verdict:
    """What validation said of a file: a plan, problems, or the fault that it shows."""

    plan: DemoPlan | None = None
    refused: BlueprintError | None = None
    fault: str = ""
    seconds: float = 0


def settings_of(home: Path) -> Settings:
    """Settings into which nothing of the real environment enters."""
    return Settings(home, (), "local", "dev", DAY, None)


def validated(text: str, folder: Path, scale: float = 1.0) -> Verdict:
    """Validate a blueprint's text by the way of `demo-factory validate`."""
    file = folder / "mutation.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 20)
    started = time.process_time()
    plan, refused, fault = None, None, ""
    try:
        plan = plan_demo(file, settings_of(folder), scale=scale)
    except BlueprintError as error:
        refused = error
        fault = unplaced(error, str(file), text)
    except Exception as error:  # noqa: BLE001 - told as a fault
        fault = f"{type(error).__name__}: {str(error)[:300]}\n{''.join(traceback.format_tb(error.__traceback__)[-4:])}"
    except TooLong:
        fault = "more than 20 s"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    seconds = time.process_time() - started
    if not fault and seconds > LONGEST:
        fault = f"took {seconds:.1f} s"
    return Verdict(plan, refused, fault, seconds)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooLong


def unplaced(error: BlueprintError, file: str, text: str) -> str:
    """A fault when a problem names no file, no line or nothing at all, or says more than a sentence's worth."""
    if error.file != file or not error.problems:
        return f"names {error.file!r} and {len(error.problems)} problems"
    for problem in error.problems:
        said = problem.render(file)
        if problem.line is None and _has_content(text):
            return f"no line: {said}"
        if not problem.message.strip() or "\n" in said:
            return f"no single sentence: {said!r:.500}"
        if len(said) > 1000:
            return f"{len(said)} letters: {said:.300}"
        for strange in ("Traceback", "object at 0x", "NoneType", "java.", "pydantic", "sqlglot"):
            if strange in problem.message:
                return f"speaks of {strange}: {said}"
    return ""


def _has_content(text: str) -> bool:
    """Whether a text has a line that something could be said of: not one of comments alone."""
    lines = (line.strip() for line in text.lstrip("\ufeff").splitlines())
    return any(line and not line.startswith("#") for line in lines)

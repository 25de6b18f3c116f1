"""What the machine itself can do to us (disk full, port taken, Java dead) in plain words."""

from __future__ import annotations

import errno
import re

from demo_factory.blueprint.errors import DemoError, MachineTrouble

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|database or disk is full", re.IGNORECASE)
_DISK_FAILS = re.compile(r"disk I/O error", re.IGNORECASE)  # what SQLite says of a full disk, mostly
_PORT_TAKEN = re.compile(r"address already in use|BindException|port \d+ is already in use", re.IGNORECASE)
_OUT_OF_MEMORY = re.compile(
    r"OutOfMemoryError|Java heap space|GC overhead limit exceeded|not enough memory for the Java|Cannot allocate memory"
)
_TOO_SMALL = re.compile(r"(System|Executor) memory \d+ must be at least \d+")
_JAVA_DIED = re.compile(
    r"Answer from Java side is empty|Error while obtaining a new communication channel|JAVA_GATEWAY_EXITED"
    r"|SparkContext was shut down|Cannot call methods on a stopped SparkContext"
    r"|An error occurred while trying to connect to the Java server"
    # What Py4J makes of a connection that is reset while it waits: no answer, so no name and no words of Java's.
    r"|\APy4JError: (?:\S+ does not exist in the JVM|An error occurred while calling \S+)\Z",
    re.IGNORECASE,
)
_FREE_SPACE = (
    "Free space (demo-factory destroy removes a demo), lower the blueprint's scale, or point DEMO_FACTORY_HOME "
    "at a larger disk; then run demo-factory build again: it goes on where it stopped."
)
_LAST_LINK = 8  # a chain of causes longer than this is a loop


def translate(exc: BaseException) -> DemoError | None:
    """The plain words for trouble of the machine; None when it is trouble of another kind.

    Use it as `raise translate(error) or error`. A DemoError comes back as it is.
    """
    for link in _chain(exc):
        if isinstance(link, DemoError):
            return link
        found = _translate_one(link)
        if found is not None:
            return found
    return None


def _translate_one(exc: BaseException) -> DemoError | None:
    number = exc.errno if isinstance(exc, OSError) else None
    text = f"{type(exc).__name__}: {exc}"
    if number in (errno.ENOSPC, errno.EDQUOT) or _DISK_FULL.search(text):
        return MachineTrouble(
            "The disk is full, so the step stopped; what was finished before it is intact.",
            _FREE_SPACE,
        )
    if _DISK_FAILS.search(text):
        return MachineTrouble(
            "The disk is full, or it fails (disk I/O error), so the step stopped; what was finished is intact.",
            _FREE_SPACE,
        )
    if number == errno.EADDRINUSE or _PORT_TAKEN.search(text):
        return MachineTrouble(
            f"A network port that is needed is taken ({_first_line(exc)}).",
            "Stop the other program, or choose another port.",
        )
    if _TOO_SMALL.search(text):
        return MachineTrouble(
            "Java has less memory than Spark needs, which is 450 MB.",
            "Give it more with DEMO_FACTORY_JAVA_MEMORY, for example 2g.",
        )
    if number == errno.ENOMEM or isinstance(exc, MemoryError) or _OUT_OF_MEMORY.search(text):
        return MachineTrouble(
            "Java ran out of memory.",
            "Close other programs, lower the blueprint's scale, or give Java more with DEMO_FACTORY_JAVA_MEMORY, for "
            "example 8g; then run demo-factory build again: it goes on where it stopped.",
        )
    if isinstance(exc, ConnectionRefusedError | ConnectionResetError | BrokenPipeError) and _from_py4j(exc):
        return _java_died()
    return _java_died() if _JAVA_DIED.search(text) else None


def _java_died() -> DemoError:
    return MachineTrouble(
        "Java stopped in the middle of the work (killed, crashed, or out of memory).",
        "Run demo-factory build again: it goes on where it stopped. If it happens again, lower the blueprint's scale.",
    )


def _from_py4j(exc: BaseException) -> bool:
    """A broken connection is Java's death only when it was the connection to Java."""
    trace = exc.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("py4j"):
            return True
        trace = trace.tb_next
    return False


def _chain(exc: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = exc
    while link is not None and len(links) < _LAST_LINK:
        links.append(link)
        link = link.__cause__ or link.__context__
    return links


def _first_line(exc: BaseException) -> str:
    lines = str(exc).strip().splitlines()
    return lines[0] if lines else type(exc).__name__

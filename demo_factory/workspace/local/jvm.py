"""Starts the Java side of Spark early and fast, and hands PySpark the open gateway.

PySpark would start it through two shell scripts and a helper JVM, and only once PySpark itself is imported. Started
directly, Java boots while Python imports, the class archive (AppCDS) cuts its boot by half, and what it prints goes
to a log file instead of the terminal.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.compat import spark_java
from demo_factory.moments import reached
from demo_factory.workspace.home import is_alive
from demo_factory.workspace.local.jars import delta_jars, spark_jars
from demo_factory.workspace.local.java import Java, find_java
from demo_factory.workspace.local.layout import StateFolder, cache_folder

# Up to here compiling with C2 costs more than it wins (7.5 million rows: 121 CPU seconds with C1, 113 with C2; one
# million: 55 and 91).
SMALL_ROWS = 5_000_000
_START_SECONDS = 180
_LOG_BYTES = 5_000_000
_KILLED = (-9, -15, 137, 143)  # ended from outside, which says nothing of the class archive
_ARCHIVES_KEPT = 3  # 150 to 200 MB each; one a combination of Java, Spark and Delta

_LOGGING = """status = off
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex
"""


@dataclass(frozen=True)
class Boot:
    """A Java that is starting: the process, where it will write its address, its log and its class archive."""

    process: subprocess.Popen[bytes]
    address: Path
    log: Path
    log_start: int
    archive: Archive


@dataclass(frozen=True)
class Archive:
    """What this Java does with the class archive: use it, record it, or neither."""

    use: Literal["used", "recording", "off"]
    file: Path
    options: list[str]


_lock = threading.Lock()
_boot: Boot | None = None  # a process has one Java, whoever builds


def launch_jvm_early(state: StateFolder, rows: int) -> Boot:
    """Start Java if this process has none yet, and return at once: it boots while the caller imports.

    Raises:
        MachineTrouble: no usable Java, or the Delta jars cannot be fetched (first use only).
    """
    global _boot
    with _lock:
        if _boot is None or _boot.process.poll() is not None:
            _boot = _launch(state, rows)
            atexit.register(_let_go, _boot.process)
        return _boot


def gateway_of(state: StateFolder, rows: int) -> Any:
    """Start Java unless it is starting already, wait for it to listen, and connect PySpark to it.

    Raises:
        MachineTrouble: Java died or did not listen in time; quotes its first line.
    """
    boot = launch_jvm_early(state, rows)
    try:
        _wait(boot)
    except DemoError:
        if boot.archive.use != "used" or boot.process.poll() in (None, *_KILLED):
            raise
        # Java checks an archive's head, not its length: a truncated one kills it. Without the file it starts.
        boot.archive.file.unlink(missing_ok=True)
        boot = launch_jvm_early(state, rows)
        _wait(boot)
    reached("java answers")
    try:
        return spark_java.connect(boot.address)
    finally:
        boot.address.unlink()
        boot.address.parent.rmdir()


def _wait(boot: Boot) -> None:
    end = time.monotonic() + _START_SECONDS
    while not boot.address.is_file():
        code = boot.process.poll()
        if code is not None or time.monotonic() > end:
            what = f"ended with code {code}" if code is not None else f"did not answer in {_START_SECONDS} s"
            raise MachineTrouble(f"Java {what} while starting: {_last_words(boot)}.", f"Read {boot.log}.")
        time.sleep(0.01)


def _last_words(boot: Boot) -> str:
    with boot.log.open("rb") as log:
        log.seek(boot.log_start)
        lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[0].rstrip(".") if lines else "it said nothing"


def _launch(state: StateFolder, rows: int) -> Boot:
    java = find_java()
    classpath = _classpath(delta_jars(java))
    archive = _archive(java, classpath, rows)
    log = _open_log(state)
    address = Path(tempfile.mkdtemp(prefix="demo_factory-")) / "gateway"
    command = [str(java.path), *spark_java.MODULES, *archive.options, *_memory_options(rows)]
    command += [f"-Dlog4j2.configurationFile={_logging_file(state)}", "-Duser.timezone=UTC", "-cp", classpath]
    command[1:1] = [f"-XX:ErrorFile={state.logs}/java-crash-%p.log", "-XX:-CreateCoredumpOnCrash"]  # not into the cwd
    command += [spark_java.SERVER]
    if archive.use == "recording":
        command = _published_after_exit(command, archive.file)
    environment = {
        **os.environ,
        spark_java.ADDRESS: str(address),
        "SPARK_HOME": str(spark_jars().parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }
    with log.open("ab") as out:
        start = out.tell()
        # A group of its own: Ctrl-C reaches Python, which decides. Java ends when the pipe on its stdin closes,
        # so it cannot outlive us, not even after kill -9.
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=out, env=environment, process_group=0
        )
    reached("java started")
    return Boot(process, address, log, start, archive)


def _classpath(delta: list[Path]) -> str:
    return ":".join(str(jar) for jar in [*delta, *sorted(spark_jars().glob("*.jar"))])


def _memory_options(rows: int) -> list[str]:
    """Heap, collector and compiler by the size of the demo."""
    wanted = os.environ.get("DEMO_FACTORY_JAVA_MEMORY")
    # Spark makes one method of a wide table, and Java leaves methods over 8,000 bytes uncompiled unless told otherwise.
    compiler = "-XX:-DontCompileHugeMethods"
    # Rows die young, so a nursery of this size is enough for any number of them; left alone Java lets it grow to
    # gigabytes, and asking the system for those pages took a third of the time of 10 million rows.
    roomy = ["-Xms1g", "-Xmn384m"] if not wanted and _memory_bytes() > 6 * 2**30 else []
    if rows <= SMALL_ROWS:
        options = [compiler, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MetaspaceSize=256m"]
        # With the quick compiler alone Java keeps room for 48 MB of compiled code: a build fills it, and then Java
        # throws code away and compiles it again (a build of retail: 128 CPU seconds, and 109 with room).
        options.append("-XX:ReservedCodeCacheSize=240m")
        heap = [f"-Xmx{wanted}"] if wanted else ["-XX:MaxRAMPercentage=25"]
        return options + heap + roomy
    heap = [f"-Xmx{wanted}"] if wanted else ["-XX:MaxRAMPercentage=50"]
    return [compiler, "-XX:+UseParallelGC", "-XX:MetaspaceSize=256m", *heap, *roomy]


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _archive(java: Java, classpath: str, rows: int) -> Archive:
    """Use the class archive, or record one during this process for the next.

    Its name holds everything it depends on, so a new Java, Spark or Delta gets a new one. A stale file makes Java
    fall back to the jars; the log options keep that silent. A process that only reads (rows = 0) loads few classes:
    its archive serves until the first build has recorded a full one.
    """
    folder, key = cache_folder() / "classes", _archive_key(java, classpath)
    full, light = folder / f"{key}.jsa", folder / f"{key}-light.jsa"
    quiet = ["-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    candidates = [full] if rows > 0 else [full, light]
    for file in candidates:
        if file.is_file():
            return Archive("used", file, [f"-XX:SharedArchiveFile={file}", *quiet])
    new = candidates[-1]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.jsa"), key=lambda file: file.stat().st_mtime)[:-_ARCHIVES_KEPT]:
            old.unlink()
        if not _claim(new):
            return Archive("off", new, quiet)
    except OSError:
        return Archive("off", new, quiet)  # a cache that cannot be written only costs time
    return Archive("recording", new, [f"-XX:ArchiveClassesAtExit={_unfinished(new)}", *quiet])


def _archive_key(java: Java, classpath: str) -> str:
    stats = [(jar, Path(jar).stat()) for jar in classpath.split(":")]
    parts = [java.version, str(java.path), *(f"{jar} {s.st_size} {s.st_mtime_ns}" for jar, s in stats)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _unfinished(archive: Path) -> Path:
    return archive.with_suffix(f".{os.getpid()}.tmp")


def _claim(archive: Path) -> bool:
    """One process records at a time: the file is 200 MB and costs some seconds of both cores."""
    claim = archive.with_suffix(".claim")
    try:
        recorder = int(claim.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        recorder = 0
    if recorder not in (0, os.getpid()) and is_alive(recorder):
        return False
    claim.write_text(str(os.getpid()), encoding="ascii")
    return True


def _published_after_exit(command: list[str], archive: Path) -> list[str]:
    """Java writes the archive while it exits, after Python is gone; a shell renames it when it is whole.

    An archive that somebody else finished first stays: it may be in use.
    """
    script = (
        'new=$1 final=$2; shift 2; "$@"; code=$?; '
        'if [ $code = 0 ] && [ ! -e "$final" ]; then mv -f "$new" "$final"; fi; '
        'rm -f "$new" "${final%.jsa}.claim"; exit $code'
    )
    return ["/bin/sh", "-c", script, "demo_factory", str(_unfinished(archive)), str(archive), *command]


def _open_log(state: StateFolder) -> Path:
    state.logs.mkdir(parents=True, exist_ok=True)
    log = state.logs / "spark.log"
    if log.is_file() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def _logging_file(state: StateFolder) -> Path:
    file = state.logs / "log4j2.properties"
    if not file.is_file() or file.read_text(encoding="utf-8") != _LOGGING:
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(_LOGGING, encoding="utf-8")
        unfinished.replace(file)
    return file


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which ends Java, without waiting for it: recording an archive takes it some seconds."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.returncode = 0  # or Popen would warn that the child still runs

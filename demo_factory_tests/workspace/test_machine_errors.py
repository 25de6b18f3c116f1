from __future__ import annotations

import errno
import socket
import sqlite3
import struct
import threading

import pytest
from py4j.protocol import Py4JError

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat import spark_java
from demo_factory.workspace.machine_errors import translate


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (RuntimeError("Job aborted: java.io.IOException: No space left on device"), "The disk is full"),
        (sqlite3.OperationalError("disk I/O error"), "The disk is full, or it fails"),
        (RuntimeError("[Errno 98] Address already in use"), "port that is needed is taken"),
        (RuntimeError("java.lang.OutOfMemoryError: Java heap space"), "ran out of memory"),
        (MemoryError(), "ran out of memory"),
        (RuntimeError("Answer from Java side is empty"), "Java stopped in the middle"),
        (RuntimeError("Job 3 cancelled because SparkContext was shut down"), "Java stopped in the middle"),
    ],
)
def test_plain_words(trouble: Exception, words: str) -> None:
    found = translate(trouble)
    assert found is not None
    assert words in found.message
    assert found.remedy
    assert ("goes on where it stopped" in found.remedy) == ("demo-factory build" in found.remedy)


def test_the_cause_counts() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "x")
        except OSError as error:
            raise ValueError("step failed") from error
    except ValueError as error:
        found = translate(error)
    assert found is not None
    assert "disk" in found.message


@pytest.mark.e2e
@pytest.mark.parametrize("asked", [lambda gateway: gateway.jvm.org, lambda gateway: gateway.entry_point.anything()])
def test_a_connection_to_java_that_is_reset_is_java_that_stopped(asked, tmp_path, capfd):
    """Who is killed with words unread resets his connections, by the rules of TCP: Py4J then says other things."""
    with socket.create_server(("127.0.0.1", 0)) as java:

        def answer() -> None:
            """The secret and imports are welcome; the first real question is the last."""
            theirs, _ = java.accept()
            with theirs, theirs.makefile("rb") as said:
                asked = [said.readline(), said.readline()]
                while asked[0] in (b"A\n", b"j\n"):
                    theirs.sendall(b"!yv\n")
                    asked = [said.readline()]
                    while asked[-1] != b"e\n":
                        asked.append(said.readline())
                theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = tmp_path / "gateway"
        address.write_bytes(struct.pack(">ii", java.getsockname()[1], 6) + b"secret")
        gateway = spark_java.connect(address)
        with pytest.raises(Py4JError) as error:
            asked(gateway)
        thread.join()
    found = translate(error.value)
    assert found is not None
    assert "Java stopped in the middle" in found.message
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.e2e
def test_a_real_taken_port() -> None:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        one.listen()
        with pytest.raises(OSError, match="in use") as taken:
            two.bind(one.getsockname())
    found = translate(taken.value)
    assert found is not None
    assert "port" in found.message


def test_other_trouble_is_left_alone() -> None:
    assert translate(ValueError("a bug")) is None
    assert translate(ConnectionRefusedError(errno.ECONNREFUSED, "Postgres is not there")) is None


def test_a_demo_error_stays_itself() -> None:
    error = DemoError("m", "r")
    assert translate(error) is error

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.lock import build_lock, holder
from demo_factory_tests.workspace.local.processes import start

pytestmark = pytest.mark.e2e
HOLD = """
    import sys
    from pathlib import Path
    from demo_factory.workspace.local.lock import build_lock
    from demo_factory.workspace.local.layout import StateFolder
    with build_lock(StateFolder(Path(sys.argv[1])), "build retail"):
        print("held", flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def own_state(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state")


@pytest.fixture
def other(own_state: StateFolder) -> Iterator[subprocess.Popen[str]]:
    with start(HOLD, own_state.root) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n", process.communicate()
        yield process
        process.kill()


def test_a_second_builder_is_refused_by_name(own_state: StateFolder, other: subprocess.Popen[str]) -> None:
    expected = rf"written by process {other.pid} \(build retail, since \d{{4}}-.* UTC\)\. Wait .* kill {other.pid}"
    with pytest.raises(DemoError, match=expected), build_lock(own_state, "build finance"):
        pass
    who = holder(own_state)
    assert who is not None
    assert (who.pid, who.purpose) == (other.pid, "build retail")


def test_kill_frees_it(own_state: StateFolder, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert "build retail" in own_state.lock.read_text()  # nobody cleaned up
    assert holder(own_state) is None
    with build_lock(own_state, "build finance"):
        assert "build finance" in own_state.lock.read_text()


def test_waiting_says_so_once_and_goes_on(own_state: StateFolder, other: subprocess.Popen[str]) -> None:
    said: list[str] = []

    def told(message: str) -> None:
        said.append(message)
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()

    with build_lock(own_state, "build finance", wait_seconds=30, on_wait=told):
        pass
    assert len(said) == 1
    assert f"Waiting for process {other.pid} (build retail" in said[0]


def test_nobody_holds_a_folder_that_is_not_there(own_state: StateFolder) -> None:
    assert holder(own_state) is None
    assert not own_state.root.exists()


def test_an_error_inside_frees_it(own_state: StateFolder) -> None:
    with pytest.raises(ZeroDivisionError), build_lock(own_state, "build"):
        raise ZeroDivisionError
    assert holder(own_state) is None


def test_who_waits_while_the_folder_is_destroyed_holds_the_next_one_alone(
    own_state: StateFolder, other: subprocess.Popen[str]
) -> None:
    def destroy(message: str) -> None:
        own_state.lock.unlink()
        other.communicate("\n")

    with build_lock(own_state, "build finance", wait_seconds=30, on_wait=destroy):
        who = holder(own_state)
        assert who is not None
        assert who.purpose == "build finance"
        with pytest.raises(DemoError, match="build finance"), build_lock(own_state, "build retail"):
            pass

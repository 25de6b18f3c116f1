"""One writer a workspace: who holds it is named, the dead are buried, once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.databricks import lock
from demo_factory.workspace.databricks.json_store import Documents
from demo_factory.workspace.databricks.lock import Life, holder, write_lock

from .double import connect

pytestmark = pytest.mark.double
FOLDER = "/Workspace/Users/admin@example.com/.demo_factory"
NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


def life(pid=1, host="here", now=NOON, sleep=lambda seconds: None, alive=(1, 2)):
    return Life(host, pid, lambda: now, sleep, lambda pid: pid in alive)


def documents(double):
    return Documents(connect(double), FOLDER)


def held(double, purpose="build a", who="ann@example.com", wait=0.0, say=None, **more):
    return write_lock(documents(double), lambda: who, purpose, wait, say, life(**more))


def test_a_lock_names_its_holder_and_leaves_nothing(double):
    with held(double):
        found = holder(documents(double))
        assert (found.who, found.host, found.pid, found.purpose) == ("ann@example.com", "here", 1, "build a")
        message = r"ann@example.com on here, process 1 \(build a, since 2026-11-25T12:00:00\+00:00\)"
        with pytest.raises(DemoError, match=message), held(double, pid=2):
            pass
    assert holder(documents(double)) is None
    assert double.objects() == {}


def test_the_second_waits_until_the_first_is_done(double):
    said = []
    first = held(double)
    first.__enter__()
    with held(double, pid=2, wait=60, say=said.append, sleep=lambda seconds: first.__exit__(None, None, None)):
        assert holder(documents(double)).pid == 2
    assert said == [
        "Waiting for ann@example.com on here, process 1 (build a, since 2026-11-25T12:00:00+00:00) to finish."
    ]


def test_waiting_has_an_end(double):
    slept = []
    second = held(double, pid=2, wait=10, sleep=slept.append)
    with held(double), pytest.raises(DemoError, match="is being written by"), second:
        pass
    assert sum(slept) == 10


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"alive": (2,)}, "its process is gone"),
        ({"now": NOON + dt.timedelta(minutes=11), "host": "there"}, "no sign of life for 11 minutes"),
    ],
)
def test_the_lock_of_a_dead_run_is_taken_over_with_a_word(double, more, why):
    dead = held(double)
    dead.__enter__()
    said = []
    with held(double, pid=2, say=said.append, **more):
        assert holder(documents(double)).pid == 2
        assert said[0].endswith(f": {why}.")
        dead.__exit__(None, None, None)  # it was not dead after all, and leaves the lock of the other alone
        assert holder(documents(double)).pid == 2
    assert double.objects() == {}


def test_a_run_elsewhere_that_shows_life_is_not_buried(double):
    second = held(double, pid=2, now=NOON + dt.timedelta(minutes=9))
    with held(double, host="there", pid=9), pytest.raises(DemoError, match="there, process 9"), second:
        pass


def test_of_many_who_see_it_dead_one_takes_over_at_a_time(double):
    held(double, pid=9).__enter__()
    inside, most = [], []

    def build(pid):
        with held(double, pid=pid, wait=1000, alive=(1, 2, 3, 4)):
            inside.append(pid)
            most.append(len(inside))
            inside.remove(pid)

    threads = [threading.Thread(target=build, args=(pid,)) for pid in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
    assert double.objects() == {}


def test_a_holder_shows_that_it_lives(double, monkeypatch):
    monkeypatch.setattr(lock, "BEAT_SECONDS", 0.01)
    now = [NOON]
    seen = threading.Event()
    double.on_call = lambda number, method, path: seen.set() if path.endswith("/import") and number > 6 else None
    clock = Life("here", 1, lambda: now[0], lambda seconds: None, lambda pid: True)
    with write_lock(documents(double), lambda: "ann@example.com", "build a", life=clock):
        now[0] = NOON + dt.timedelta(minutes=30)
        assert seen.wait(10)
        for _ in range(500):
            if holder(documents(double)).beat.startswith("2026-11-25T12:30"):
                break
        else:
            raise AssertionError("no beat came")
    assert double.objects() == {}


def test_a_lock_whose_answer_was_lost_is_ones_own(double):
    double.faults.at(("POST", "/workspace/import$", 2), "drop-after")  # the first finds no folder
    with held(double):
        assert [kind for *_, kind in double.faults.met] == ["drop-after"]
    assert double.objects() == {}

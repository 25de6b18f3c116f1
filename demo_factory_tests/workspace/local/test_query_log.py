"""Queries are noted however they end, for a week, and never at the cost of the query."""

from __future__ import annotations

import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from demo_factory.workspace.local import query_log
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.query_log import noting
from demo_factory.workspace.local.workspace import LocalWorkspace

TODAY = dt.datetime.now(dt.UTC).date()
LINE = '{{"began": "{0}", "who": "x", "milliseconds": {0}, "rows": null, "status": "FINISHED", "text": "t"}}\n'


@pytest.fixture
def state(tmp_path):
    return StateFolder(tmp_path)


@pytest.fixture
def told():
    return []


def files(state):
    return sorted(state.root.rglob("*.jsonl"))


def test_who_asked_what_and_how_it_ended(state, told):
    with noting(state, "shop", "analysts", "SELECT 1", told.append) as running:
        running.rows = 3
    for error in (ValueError, KeyboardInterrupt, BrokenPipeError):
        with pytest.raises(error), noting(state, "shop", None, "SELECT \n 'ü'", told.append):
            raise error
    first, *others = query_log.queries(state, "shop", TODAY)
    assert (first.who, first.text, first.rows, first.status) == ("analysts", "SELECT 1", 3, "FINISHED")
    assert [one.status for one in others] == ["FAILED", "CANCELED", "FINISHED"]
    assert {one.text for one in others} == {"SELECT \n 'ü'"}
    assert all(one.who and one.who != "analysts" for one in others)
    assert told == []
    [file] = files(state)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_note_that_cannot_be_written_is_told_and_harms_nobody(state, told):
    state.logs.mkdir()
    (state.logs / "queries").write_text("in the way")
    with noting(state, "shop", None, "SELECT 1", told.append):
        answered = True
    assert answered
    [said] = told
    assert said.startswith(f"This query was not noted in {state.logs}")


def test_a_week_is_kept(state, told):
    folder = state.logs / "queries" / "shop"
    folder.mkdir(parents=True)
    for days in (8, 7):
        (folder / f"{TODAY - dt.timedelta(days)}.jsonl").write_text(LINE.format(days))
    assert [one.began for one in query_log.queries(state, "shop", TODAY)] == ["7"]
    with noting(state, "shop", None, "SELECT 1", told.append):
        pass
    assert [file.stem for file in files(state)] == [str(TODAY - dt.timedelta(7)), str(TODAY)]


def test_a_torn_line_is_left_out_and_lines_of_many_do_not_mix(state, told):
    def ask(number):
        with noting(state, "shop", None, f"SELECT {number} -- {'x' * 400}", told.append):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(40)))
    [file] = files(state)
    file.write_text(file.read_text() + '{"began": "torn')
    assert len(query_log.queries(state, "shop", TODAY)) == 40


def test_the_slowest_come_first_and_a_demo_is_forgotten_alone(state, told):
    workspace = LocalWorkspace(state)
    for demo in ("shop", "other"):
        for text in ("a", "b"):
            with noting(state, demo, None, text, told.append):
                pass
    found = workspace.slow_queries("shop", "dev_shop")
    assert [one.milliseconds for one in found] == sorted((one.milliseconds for one in found), reverse=True)
    query_log.forget(state, "shop")
    assert workspace.slow_queries("shop", "dev_shop") == ()
    assert len(workspace.slow_queries("other", "dev_other")) == 2

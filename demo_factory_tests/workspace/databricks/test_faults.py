"""Whatever breaks at whatever call of an apply or a destroy: asked again, both come to the same end."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from demo_factory.blueprint.errors import DemoError

from .double import Double, Killed
from .small import CANARY, Small, containers, on_tables

pytestmark = pytest.mark.double
RETRIED = ("429", "503", "drop", "drop-after")
ENDED = ("401", "kill", "kill-after")
# Each point of each kind takes about a second: all of them with DEMO_FACTORY_FAULTS=all, else each 41st.
STRIDE = 1 if os.environ.get("DEMO_FACTORY_FAULTS") == "all" else 41
_FILES = "files of volumes"
_KEPT = ("principals", "groups", "securables", "grants", "kept", "tokens")
State = dict[str, Any]


@contextmanager
def workspace(state: State | None = None) -> Iterator[Double]:
    """A workspace with things of others in it, or one as another was when it was kept."""
    with Double() as double:
        if state is not None:
            for name, value in copy.deepcopy(state).items():
                if name != _FILES:
                    setattr(double.state, name, value)
            for path, text in state[_FILES].items():
                (double.state.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (double.state.folder / path).write_bytes(text)
            double.token = next(iter(double.state.tokens))
            double.warehouse_id = next(iter(double.state.kept["warehouses"]))
        else:
            double.add_user("ann@example.com")
            double.add_group("theirs", ["ann@example.com"])
            double.add_catalog("their_catalog", "ann@example.com")
            double.add_schema("their_catalog.own", "ann@example.com")
            double.state.grants[("catalog", "their_catalog")] = {"theirs": {"USE_CATALOG"}}
        yield double
        assert not double.violations, "\n".join(double.violations)


def keep(double: Double) -> State:
    return {name: copy.deepcopy(getattr(double.state, name)) for name in _KEPT} | {_FILES: on_volumes(double)}


def on_volumes(double: Double) -> dict[str, bytes]:
    """The files of volumes, by their path."""
    folder = double.state.folder
    files = (path for path in (folder / "Volumes").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def picture(double: Double) -> object:
    """All that exists, without the ids, which differ from run to run."""
    state = double.state
    names = {one.id: one.display_name for one in state.principals.values()}
    names |= {one.name: one.display_name for one in state.principals.values()}
    names |= {group.id: group.name for group in state.groups.values()}
    columns = [
        (place.name, column["name"], column.get("mask"))
        for place in state.securables.values()
        for column in place.info.get("columns", ())
    ]
    securables = sorted(
        (s.kind, s.name, names.get(s.owner, s.owner), s.info.get("comment"), str(s.info.get("row_filter")), str(s.tags),
         str({column: tags for column, tags in s.column_tags.items() if tags}))
        for s in state.securables.values()
    )  # fmt: skip
    grants = sorted(
        (place, names.get(who, who), tuple(sorted(held)))
        for place, by in state.grants.items()
        for who, held in by.items()
    )
    groups = sorted((group.name, tuple(sorted(names[one] for one in group.members))) for group in state.groups.values())
    scopes = {
        name: (sorted(scope.secrets), sorted((names.get(who, who), level) for who, level in scope.acls.items()))
        for name, scope in state.kept["scopes"].items()
    }
    people = sorted(one.display_name for one in state.principals.values())
    # a dead lock is taken over
    files = sorted(path for path in state.kept["workspace"] if not path.endswith("lock.json"))
    return securables, sorted(map(str, columns)), grants, groups, scopes, people, files, on_volumes(double)


class Unbroken:
    """What an apply and a destroy do when nothing breaks."""

    def __init__(self) -> None:
        with workspace() as double:
            self.before = picture(double)
            Small(double).build()
            self.built, self.state, self.apply_calls = picture(double), keep(double), len(double.calls)
            assert Small(double).destroy() == ()
            assert picture(double) == self.before
            self.destroy_calls = len(double.calls) - self.apply_calls


@pytest.fixture(scope="module")
def unbroken() -> Unbroken:
    return Unbroken()


def ends(work: Callable[[], object]) -> bool:
    """Whether work was broken off, as a user sees it: by a plain error, or by the death of its process."""
    try:
        work()
    except (DemoError, Killed) as error:
        said = str(error)
    else:
        return False
    assert CANARY not in said
    return True


def break_apply(unbroken: Unbroken, kind: str, number: int) -> None:
    with workspace() as double:
        double.faults.at(number, kind)
        # a refusal still gets through to a client that kill-after kills
        assert ends(Small(double, pid=2).build) or double.calls[number - 1].status == 404
        double.faults.clear()
        Small(double).build()
        assert picture(double) == unbroken.built
        assert {action.kind for action in Small(double).plan(containers() + on_tables())} == {"keep"}
        assert Small(double).destroy() == ()
        assert picture(double) == unbroken.before


def break_destroy(unbroken: Unbroken, kind: str, number: int) -> None:
    with workspace(unbroken.state) as double:
        double.faults.at(number, kind)
        ends(Small(double, pid=2).destroy)  # the last calls tidy up: after them nothing is left to break
        assert double.faults.met
        double.faults.clear()
        assert Small(double).destroy() == ()
        assert picture(double) == unbroken.before


@pytest.mark.parametrize("kind", ENDED)
def test_an_apply_that_ends_at_any_call_goes_on_when_asked_again(unbroken, kind):
    for number in range(1 + ENDED.index(kind), unbroken.apply_calls + 1, STRIDE):
        try:
            break_apply(unbroken, kind, number)
        except BaseException as error:
            raise AssertionError(f"{kind} at call {number} of {unbroken.apply_calls} of the apply") from error


@pytest.mark.parametrize("kind", ENDED)
def test_a_destroy_that_ends_at_any_call_goes_on_when_asked_again(unbroken, kind):
    for number in range(1 + ENDED.index(kind), unbroken.destroy_calls + 1, STRIDE):
        try:
            break_destroy(unbroken, kind, number)
        except BaseException as error:
            raise AssertionError(f"{kind} at call {number} of {unbroken.destroy_calls} of the destroy") from error


@pytest.mark.parametrize("kind", RETRIED)
def test_every_call_may_fail_once_without_anybody_noticing(unbroken, kind):
    with workspace() as double:
        for number in range(1, 1000, 2):  # each call fails, and its repetition does not
            double.faults.at(number, kind)
        Small(double).build()
        assert picture(double) == unbroken.built
        assert len([one for one in double.faults.met if one[3] == kind]) >= unbroken.apply_calls
        assert Small(double).destroy() == ()
        assert picture(double) == unbroken.before


def test_when_nothing_comes_back_the_error_says_so_and_nothing_is_made():
    with workspace() as double:
        for number in range(1, 30):
            double.faults.at(number, "503")
        message = r"Could not ask who is logged in: the workspace is too busy .*temporarily unavailable.* Run it again"
        with pytest.raises(DemoError, match=message):
            Small(double).build()
        assert not double.faults.killed
        assert "workspace_files" not in double.objects()

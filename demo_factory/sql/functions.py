"""Which functions a blueprint and a guarded query may call: built-in ones by name, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from demo_factory.blueprint.suggestions import nearest
from demo_factory.sql import builtins
from demo_factory.sql.text import Call, ExpressionError

GROUP_TEST = "is_account_group_member"  # Unity Catalog's; the guard of a laptop answers it too
_OUTSIDE = {
    GROUP_TEST: "asks who looks, which only masks and filters may",
    "is_member": "asks who looks, which only masks and filters may",
    "read_files": "reads files",
    "identifier": "takes a name as text",
    "secret": "reads secrets",
    "try_secret": "reads secrets",
    "http_request": "asks the network",
    "remote_query": "asks the network",
    "ai_query": "asks the network",
    "table_changes": "goes round masks and filters",
    "python_worker_logs": "reads logs",
    "sql_keywords": "is no relation of this demo",
    "collations": "is no relation of this demo",
}
# Bare words that are functions without parentheses, and move.
BARE = frozenset("current_date current_timestamp current_time localtimestamp current_user session_user".split())
_DAYS_OF_FILTERS = frozenset("curdate current_date current_timestamp localtimestamp now".split())
# Which argument, from 0, says how large the result is.
GROWING = {"repeat": 1, "space": 0, "array_repeat": 1, "lpad": 1, "rpad": 1, "sequence": 1}
_OF_DAYS = tuple("date time day month year week hour minute second quarter trunc unix utc".split())


@dataclass(frozen=True)
class _Builtin:
    use: str
    least: int
    most: int | None


def _read(use: str, text: str) -> dict[str, _Builtin]:
    found = {}
    for one in text.split():
        name, _, numbers = one.partition(":")
        least, dash, most = numbers.partition("-")
        found[name] = _Builtin(use, int(least), int(most) if most else None if dash else int(least))
    return found


_BUILTINS: dict[str, _Builtin] = {
    **_read("relation", builtins.RELATIONS),
    **_read("scalar", builtins.SCALAR),
    **_read("aggregate", builtins.AGGREGATE),
    **_read("window", builtins.WINDOW),
    **_read("generator", builtins.GENERATOR),
    **_read("other", builtins.OTHER),
    **_read("xml", builtins.XML),
    **_read("unsteady", builtins.UNSTEADY),
    **_read("session", builtins.SESSION),
    **_read("files", builtins.FILES),
    **_read("code", builtins.CODE),
}
_IN_QUERIES = frozenset(("scalar", "aggregate", "window", "generator", "relation", "other", "unsteady", "session"))
_WHY = {
    "unsteady": ("gives another value each time.", "Use a formula such as uniform, or the row's own dates."),
    "aggregate": ("looks at other rows: a cell is made from its own row.", "Use a view for that."),
    "window": ("looks at other rows: a cell is made from its own row.", "Use a view for that."),
    "generator": ("makes several rows of one: a cell is one value.", "Use a view for that."),
    "relation": ("makes several rows of one: a cell is one value.", "Use a view for that."),
    "session": ("depends on who runs it and where.", "A cell is made from its own row alone."),
    "files": ("looks at files.", "Only the demo's own tables are read."),
    "code": ("runs code of others.", "Use functions of SQL."),
    "xml": ("is not offered: XML can name files.", "Use JSON."),
    "other": ("is of no use in a cell.", "Use it in a view."),
}


def check_cell_call(sql: str, call: Call) -> None:
    """A cell may call what gives the same value for the same arguments, always and everywhere.

    Raises:
        ExpressionError: another function, or a wrong number of arguments.
    """
    known = _known(call, lambda one: one.use == "scalar")
    if known.use != "scalar" or (call.name == "unix_timestamp" and not call.arguments):
        says, remedy = _WHY[known.use if known.use != "scalar" else "unsteady"]
        subject = repr(sql) if known.use in ("aggregate", "window") else f"{call.name}()"
        raise ExpressionError(f"{subject} {says}", remedy)
    _check_arguments(call, known)


def check_query_call(call: Call) -> None:
    """A view, feature or label query may call every built-in function but those that run code or read files.

    Raises:
        ExpressionError: another function, or a wrong number of arguments.
    """
    known = _known(call, may_be_asked)
    if known.use not in _IN_QUERIES:
        says, remedy = _WHY[known.use]
        raise ExpressionError(f"{call.name}() {says}", remedy)
    _check_arguments(call, known)


def check_filter_call(call: Call) -> None:
    """A row filter may ask who looks and what day it is; else it looks at its row as a cell does.

    Raises:
        ExpressionError: another function, or a wrong number of arguments.
    """
    if call.name == GROUP_TEST:
        return  # the loader has looked at its group
    known = _known(call, lambda one: one.use == "scalar", (GROUP_TEST,))
    if known.use != "scalar" and call.name not in _DAYS_OF_FILTERS:
        raise ExpressionError(f"{call.name}() is not offered in a filter.", "Compare the row's own columns.")
    _check_arguments(call, known)


def may_query(name: str) -> bool:
    """Whether a query may call a function, whatever its arguments."""
    known = _BUILTINS.get(name.lower())
    return known is not None and known.use in _IN_QUERIES


def may_fill_a_cell(name: str) -> bool:
    """Whether a cell may call a function, whatever its arguments."""
    known = _BUILTINS.get(name.lower())
    return known is not None and known.use == "scalar"


def may_be_asked(one: _Builtin) -> bool:
    """Whether a kind of function is offered in queries."""
    return one.use in _IN_QUERIES


def is_of_days(name: str) -> bool:
    """Whether a function reads or gives dates, times or timestamps."""
    return any(part in name for part in _OF_DAYS)


def why_not(name: str) -> str:
    """Why a query may not call a function, in words that follow its name."""
    known = _BUILTINS.get(name.lower())
    return _WHY[known.use][0] if known is not None else f"{_OUTSIDE.get(name.lower(), 'is no built-in function')}."


def _known(call: Call, fits: Callable[[_Builtin], bool], others: tuple[str, ...] = ()) -> _Builtin:
    known = _BUILTINS.get(call.name)
    if known is not None:
        return known
    if call.name in _OUTSIDE:
        raise ExpressionError(f"{call.name}() {_OUTSIDE[call.name]}.", "Use built-in functions of SQL.")
    near = nearest(call.name, [*others, *(name for name, one in _BUILTINS.items() if fits(one))])
    remedy = f"Did you mean {near}()?" if near else "Use built-in functions of Spark SQL."
    raise ExpressionError(f"{call.name}() is no built-in function.", remedy)


def _check_arguments(call: Call, known: _Builtin) -> None:
    if known.least <= call.arguments and (known.most is None or call.arguments <= known.most):
        return
    wanted = f"{known.least}" if known.most == known.least else f"{known.least} to {known.most}"
    if known.most is None:
        wanted = f"{known.least} or more"
    noun = "argument" if wanted == "1" else "arguments"
    raise ExpressionError(f"{call.name}() takes {wanted} {noun}, and it is given {call.arguments}.")

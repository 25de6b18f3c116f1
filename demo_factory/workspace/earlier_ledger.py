"""What a ledger of an earlier version says, in which steps and governed things were written apart, as states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo_factory.resources.resource import State, Status

_FIRST = ("group", "service_principal", "catalog", "schema", "volume")  # were made before the tables
_DESIRED = ("fingerprint", "as_of", "epoch")


def as_states(steps: Iterable[dict[str, Any]], things: Iterable[dict[str, Any]]) -> list[State]:
    """Both in the order in which they were made.

    Args:
        steps: rows of `objects` or entries of steps.json; those of kind `access` only counted their things.
        things: rows of `items` or of items.json.
    """
    governed = [_thing(one) for one in things]
    return [
        *(one for one in governed if one.kind in _FIRST),
        *(_step(one) for one in steps if one["kind"] != "access" and one["state"] != "dropped"),
        *(one for one in governed if one.kind not in _FIRST),
    ]


def _step(one: dict[str, Any]) -> State:
    detail = dict(one["detail"])
    desired = {**{key: one[key] for key in _DESIRED}, "said": detail.pop("said", "")}
    return State(
        one["kind"], one["name"], desired, one["state"], True, detail, None, one["demo"], one["rows"], one["seconds"],
        one["created"], one["updated"],
    )  # fmt: skip


def _thing(one: dict[str, Any]) -> State:
    status: Status = "made" if one["made"] else "announced"
    when = one.get("updated", "")
    return State(
        one["kind"], one["key"], one["want"], status, bool(one["ours"]), one["detail"], None, one["demo"], None, None,
        when, when,
    )  # fmt: skip

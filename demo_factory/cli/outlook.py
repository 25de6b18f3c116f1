"""What a plan says of a workspace beside the changes: what is missing or off there, and what a build may cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from demo_factory.cli import say

if TYPE_CHECKING:
    from demo_factory.plan.price import Estimate, Range
    from demo_factory.workspace.abilities import Ability


def print_abilities(abilities: Sequence[Ability], target: str) -> None:
    """What is missing, with what to do about it, and what is off; nothing where all is there."""
    from demo_factory.workspace.abilities import missing

    lacking = missing(abilities)
    if lacking:
        say.line(f"Missing on {target}, so that a build would refuse to begin:")
        for one in lacking:
            say.line(_said(one))
            if one.remedy:
                say.line(f"    {one.remedy}")
        say.line()
    off = [one for one in abilities if not one.ok and one not in lacking]
    if off:
        say.line("Off, and not needed for this build:")
        for one in off:
            say.line(_said(one))
        say.line()


def _said(one: Ability) -> str:
    return f"  {one.reason}." if one.name in one.reason else f"  {one.name}: {one.reason}."


def print_estimate(estimate: Estimate, target: str) -> None:
    """Price, DBUs and minutes as ranges, each kind of compute, and how sure that is."""
    if not estimate.lines:
        return
    say.line(
        f"Expected: {_minutes(estimate.minutes)}, {_many(estimate.dbus)} DBU, "
        f"{_many(estimate.money)} {estimate.currency}"
    )
    table = say.table({"  compute": "left", "minutes": "right", "DBU": "right", "a DBU": "right", "price": "right"})
    for line in estimate.lines:
        price = f"{line.price:g} {estimate.currency}"
        table.add_row(f"  {line.sku}", _range(line.minutes), _many(line.dbus), price, _many(line.money))
    say.show(table)
    say.line(
        "  Never measured on a real workspace; without storage and the cloud's own price of nodes. What was assumed"
    )
    say.line(f"  stands in --json; your own prices go into `prices` of the target {target}.")
    for sku in estimate.unknown:
        say.line(f"  The target has a price for {sku}, which nothing is counted by; known are {', '.join(_known())}.")
    say.line()


def estimate_as_json(estimate: Estimate) -> dict[str, Any]:
    """The estimate for programs, with everything that was assumed."""
    found = asdict(estimate)
    for line, given in zip(found["lines"], estimate.lines, strict=True):
        line["money"] = asdict(given.money)
    return found


def _known() -> Sequence[str]:
    from demo_factory.plan.price import PRICES

    return tuple(PRICES)


def _minutes(value: Range) -> str:
    return f"{_range(value)} minutes"


def _range(value: Range) -> str:
    """Whole minutes where there are many."""
    form = ".0f" if value.low >= 10 else ".1f"
    return f"{value.low:{form}} to {value.high:{form}}"


def _many(value: Range) -> str:
    return str(value)

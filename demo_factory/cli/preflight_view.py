"""What a plan says of a workspace beside the changes: what is missing or off there, and what a build may cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from demo_factory.cli import output

if TYPE_CHECKING:
    from demo_factory.plan.price import Estimate, Range
    from demo_factory.workspace.preflight import Requirement

_HOW_SURE = (
    "Never measured on a real workspace; without storage and the cloud's own price of nodes. What was assumed stands "
    "in --json; your own prices go into `prices` of the target {target}."
)


def print_requirements(requirements: Sequence[Requirement], target: str) -> None:
    """What is missing, with what to do about it, and what is off; nothing where all is there."""
    from demo_factory.workspace.preflight import missing

    lacking = missing(requirements)
    if lacking:
        _prose(f"Missing on {target}, so that a build would refuse to begin:")
        for one in lacking:
            _prose(_said(one), 2)
            if one.remedy:
                _prose(one.remedy, 4)
        output.line()
    off = [one for one in requirements if not one.ok and one not in lacking]
    if off:
        _prose("Off, and not needed for this build:")
        for one in off:
            _prose(_said(one), 2)
        output.line()


def _said(one: Requirement) -> str:
    named = one.name in one.reason and not one.name.isalpha()  # an object's own name, which need not be said twice
    return f"{one.reason}." if named else f"{one.name}: {one.reason}."


def _prose(text: str, indent: int = 0) -> None:
    """Sentences as wide as the terminal."""
    from rich.padding import Padding

    output.show(Padding(text, (0, 0, 0, indent)))


def print_estimate(estimate: Estimate, target: str) -> None:
    """Price, DBUs and minutes as ranges, each kind of compute, and how sure that is."""
    if not estimate.lines:
        _print_what_keeps(estimate)
        return
    money = f"{estimate.money} {estimate.currency}"
    _prose(f"Expected: {_minutes(estimate.minutes)} minutes, {estimate.dbus} DBU, {money}")
    table = output.table({"  compute": "left", "minutes": "right", "DBU": "right", "a DBU": "right", "price": "right"})
    for line in estimate.lines:
        price = f"{line.price:g} {estimate.currency}"
        table.add_row(f"  {line.sku}", _minutes(line.minutes), str(line.dbus), price, str(line.money))
    output.show(table)
    _prose(_HOW_SURE.format(target=target), 2)
    for sku in estimate.unknown:
        known = ", ".join(_known())
        _prose(f"The target has a price for {sku}, which nothing is counted by; known are {known}.", 2)
    _print_what_keeps(estimate)
    output.line()


def _print_what_keeps(estimate: Estimate) -> None:
    _prose("What goes on costing after it:")
    for one in estimate.keeps:
        _prose(f"{one}.", 2)


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
    """Whole minutes where there are many."""
    form = ".0f" if value.low >= 10 else ".1f"
    return f"{value.low:{form}} to {value.high:{form}}"

"""Arguments that several commands share, each checked where it is read."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Annotated

import typer

from demo_factory.cli import complete

AHEAD_DAYS = 2 * 365  # a newest day further ahead than this is more often a slip than a wish


def parse_day(text: str) -> dt.date:
    """A date as 2026-01-31, of the years that data can have.

    Raises:
        typer.BadParameter: it is none.
    """
    from demo_factory.blueprint.values import FIRST_DAY, LAST_DAY

    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a date. Write it as 2026-01-31.") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise typer.BadParameter(f"{text} is no day between {FIRST_DAY} and {LAST_DAY}.")
    return day


def ask_if_far_ahead(day: dt.date | None, yes: bool) -> None:
    """Ask whether a newest day far in the future is meant; every table with days grows until then.

    Raises:
        WrongUsage: nobody says so.
    """
    from demo_factory.blueprint.errors import WrongUsage

    today = dt.date.today()
    if yes or day is None or day <= today + dt.timedelta(days=AHEAD_DAYS):
        return
    said = f"The newest day {day} is {(day - today).days // 365} years ahead of today ({today})"
    if sys.stdin.isatty() and typer.confirm(f"{said}. Is that meant?"):
        return
    raise WrongUsage(f"{said}; nothing was done.", "Ask for an earlier day, or say with --yes that it is meant.")


def parse_scale(text: str) -> float:
    """A factor on the row counts.

    Raises:
        typer.BadParameter: no number, or out of range.
    """
    from demo_factory.blueprint.errors import DemoError
    from demo_factory.blueprint.model import check_scale

    try:
        return check_scale(float(text.replace("_", "")))
    except ValueError:
        raise typer.BadParameter(f"{text} is not a number. Write for example 0.1 or 100.") from None
    except DemoError as error:
        raise typer.BadParameter(str(error)) from None


def split_names(text: str | None) -> list[str]:
    """`customers, products` as a list."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


DemoArgument = Annotated[
    str,
    typer.Argument(metavar="DEMO", help="A demo's name, or the path of its YAML file.", autocompletion=complete.demos),
]
BuiltDemo = Annotated[
    str | None,
    typer.Argument(
        metavar="DEMO", help="A demo's name or file. Default: all that were built.", autocompletion=complete.demos
    ),
]
AsOf = Annotated[
    dt.date | None,
    typer.Option("--as-of", metavar="DAY", parser=parse_day, help="Newest day of the data. Default: today."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask, also for a day far in the future.")]
Scale = Annotated[
    float | None,
    typer.Option(
        "--scale", metavar="FACTOR", parser=parse_scale, help="Factor on all row counts: 0.1, 1, 100. Default: 1."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="NAME",
        help="local, or one of targets.yaml. Default: $DEMO_FACTORY_TARGET or local.",
        autocompletion=complete.targets,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")]

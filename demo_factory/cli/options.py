"""Arguments that several commands share, each checked where it is read."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer


def parse_day(text: str) -> dt.date:
    """A date as 2026-01-31.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a date. Write it as 2026-01-31.") from None


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


DemoArgument = Annotated[str, typer.Argument(metavar="DEMO", help="A demo's name, or the path of its YAML file.")]
AsOf = Annotated[
    dt.date | None,
    typer.Option("--as-of", metavar="DAY", parser=parse_day, help="Newest day of the data. Default: today."),
]
Scale = Annotated[
    float | None,
    typer.Option(
        "--scale", metavar="FACTOR", parser=parse_scale, help="Factor on all row counts: 0.1, 1, 100. Default: 1."
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="NAME", help="local, or one of targets.yaml. Default: $DEMO_FACTORY_TARGET or local."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON, for programs.")]

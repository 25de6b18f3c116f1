"""When a demo has stood long enough: so many days after its first build, as its blueprint says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from demo_factory.resources.resource import State


@dataclass(frozen=True)
class Expiry:
    """The day from which a demo is to be destroyed, seen from today; `built` says whether anything of it is there."""

    day: dt.date
    today: dt.date
    built: bool

    @property
    def expired(self) -> bool:
        """Whether that day has come for something that is there."""
        return self.built and self.today >= self.day

    def __str__(self) -> str:
        days = abs((self.day - self.today).days)
        many = f"{days:,} day{'' if days == 1 else 's'}"
        if self.expired:
            return f"expired on {self.day}, {many} ago" if days else f"expired on {self.day}, which is today"
        return f"expires on {self.day}, in {many}"


def expiry(days: int | None, states: Iterable[State], today: dt.date) -> Expiry | None:
    """When a demo expires; None when its blueprint does not say that it does.

    Args:
        days: how long it stands.
        states: of the demo. What was there before us does not count; with nothing made, today does.
    """
    if days is None:
        return None
    made = [dt.datetime.fromisoformat(one.created).date() for one in states if one.created and one.owned]
    return Expiry(min(made, default=today) + dt.timedelta(days=days), today, bool(made))

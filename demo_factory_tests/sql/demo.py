"""The demo of the SQL corpora in two worlds: they differ in what a masked principal must not learn, in nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.graph import DemoPlan

if TYPE_CHECKING:
    from demo_factory.blueprint.model import Blueprint

HERE = Path(__file__).parent
AS_OF = dt.date(2026, 11, 24)
CATALOG, SCHEMA = "corpus_demo", "shop"
ALL_SEEING, MASKED, ONE_TABLE, NOTHING = "sol", "mia@example.com", "tom@example.com", "noa@example.com"


@dataclass(frozen=True)
class World:
    """What the secrets of a world are made from."""

    word: str
    number: str
    rows: int
    depth: int
    month: int
    zero: int

    def text(self, views: Mapping[str, str] = {}) -> str:
        """The blueprint, with more views in it."""
        import yaml

        text = (HERE / "demo.yaml").read_text(encoding="utf-8")
        for mark, value in (("WORD", self.word), ("NUMBER", self.number), ("ROWS", self.rows), ("DEPTH", self.depth),
                            ("MONTH", self.month), ("ZERO", self.zero)):  # fmt: skip
            text = text.replace(mark, str(value))
        if not views:
            return text
        more = yaml.safe_dump({name: {"sql": sql} for name, sql in views.items()}, allow_unicode=True, width=10_000)
        indented = "".join(f"  {line}\n" for line in more.splitlines())
        return text.replace("\ngovernance:\n", f"\n{indented}governance:\n")

    def blueprint(self, views: Mapping[str, str] = {}) -> Blueprint:
        """The checked blueprint."""
        return loads(self.text(views))

    def plan(self, views: Mapping[str, str] = {}) -> DemoPlan:
        """The plan of the demo."""
        return compile_demo(self.blueprint(views), as_of=AS_OF)


# Hidden rows are odd customers and all above 60: their number differs, as do all secrets, the zeros among them.
WORLDS = (World("KANARI", "913847000", 60, 5, 3, 0), World("TANUKI", "624195000", 67, 8, 9, 1))

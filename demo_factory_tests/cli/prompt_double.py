"""The prompt of `sql` on answers that need no Spark: run as a program in a terminal, with the history's file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo_factory.blueprint.errors import DemoError
from demo_factory.cli.prompt import converse
from demo_factory.workspace.ports import Described, Place, Show

COLUMNS = {
    "customers": [Described("customer_id", "string", "who"), Described("segment", "string", "")],
    "orders": [Described("order_id", "bigint", "which"), Described("paid", "decimal(10,2)", "in euros")],
}


class Answers:
    """Says back what it was asked; SLOW lasts until it is cancelled, WRONG fails."""

    place = Place("shop", "dev_shop", "main", dict.fromkeys(COLUMNS, "table"))

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def ask(self, statement: str, most: int, show: Show) -> None:
        if "SLOW" in statement:
            print("it runs", flush=True)
            self._cancelled.wait(30)
            raise KeyboardInterrupt
        if "WRONG" in statement:
            raise DemoError("It is wrong.", "Write it right.")
        print(f"answer to {statement!r}", flush=True)

    def objects(self) -> Sequence[Described]:
        return [Described(name, "table", f"all {name}") for name in COLUMNS]

    def columns(self, name: str | None = None) -> Mapping[str, Sequence[Described]]:
        return COLUMNS if name is None else {name: COLUMNS[name]}

    def cancel(self) -> None:
        self._cancelled.set()


if __name__ == "__main__":
    answers = Answers()
    converse(answers, lambda text: answers.ask(text, 0, lambda *rows: 0), "dev_shop.main on local", Path(sys.argv[1]))

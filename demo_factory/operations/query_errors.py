"""Spark's errors as mistakes of whoever typed the query: what is unknown, what is near."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.suggestions import no_such
from demo_factory.workspace.spark_errors import spark_says


def plain(error: Any, known: Iterable[str] = ()) -> WrongUsage:
    """A PySpark exception as one sentence.

    Args:
        known: names of tables and views, to suggest the nearest one that Spark does not.
    """
    said = spark_says(error)
    return no_table(said.table, known) if said.table else WrongUsage(said.message)


def no_table(name: str, known: Iterable[str]) -> WrongUsage:
    """That a demo has no table or view of this name, with the nearest one."""
    none = "The demo has no table yet: build it first."
    return no_such(f"There is no table or view {name}.", name.rsplit(".", 1)[-1], sorted(known), none)

"""Mistakes of whoever typed a query: what is unknown, what is near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.suggestions import did_you_mean, no_such
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


def known(principal: str, principals: Sequence[str]) -> str:
    """The principal itself when somebody knows it.

    Raises:
        WrongUsage: with the nearest name.
    """
    if principal in principals:
        return principal
    hint = did_you_mean(principal, principals, "group, service principal or user: name some in governance")
    raise WrongUsage(f"Nobody here is called {principal}.", f"{hint[:1].upper()}{hint[1:]}")

"""dbldatagen's order of columns, which it need not guess where it is told."""

from __future__ import annotations

from typing import Any


def as_they_come(generator: Any) -> Any:
    """A DataGenerator that builds its columns in the order they were given in.

    It would parse every formula to guess what it uses (3 s of a build); each column's `baseColumn` has told it.
    """
    generator._adjustBuildOrderForSqlDependencies = lambda order, specs: order
    return generator

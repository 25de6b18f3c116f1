"""The statement of a view: the same on every target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.sql.names import literal, quote

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def view_statement(
    session: SparkSession, name: str, quoted: str, sql: str, comment: str, column_comments: Mapping[str, str]
) -> str:
    """CREATE OR REPLACE VIEW with its comments.

    Args:
        name: as people read it.
        quoted: as SQL takes it.

    Raises:
        DemoError: a comment names a column that the view does not have.
    """
    columns = ""
    if column_comments:
        there = session.sql(sql).columns
        unknown = sorted(set(column_comments) - set(there))
        if unknown:
            raise DemoError(
                f"The view {name} has no column {', '.join(unknown)} to comment.",
                f"Its columns are {', '.join(there)}.",
            )
        lines = [quote(c) + (f" COMMENT {literal(column_comments[c])}" if c in column_comments else "") for c in there]
        columns = " (\n  " + ",\n  ".join(lines) + ")"
    about = f"\nCOMMENT {literal(comment)}" if comment else ""
    return f"CREATE OR REPLACE VIEW {quoted}{columns}{about}\nAS {sql.strip().rstrip(';')}"

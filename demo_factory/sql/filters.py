"""The functions that row filters call: the loader has read their columns and groups."""

from __future__ import annotations

from collections.abc import Iterator

from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.model import Blueprint
from demo_factory.sql.functions import check_filter_call
from demo_factory.sql.text import CELL, ExpressionError, calls_in, check_size, tokens_of


def filter_problems(blueprint: Blueprint) -> Iterator[Problem]:
    """A problem for each row filter that is too large, or calls what is no function, or none for a filter."""
    for table, row_filter in blueprint.governance.row_filters.items():
        try:
            check_size(row_filter.keep, CELL, "the filter")
            for call in calls_in(tokens_of(row_filter.keep)):
                check_filter_call(call)
        except ExpressionError as error:
            yield Problem(("governance", "row_filters", table, "keep"), error.message, error.remedy)

"""What must hold for row filters: conditions over the table's own columns, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.governance import RowFilter
from demo_factory.blueprint.lookup import Lookup
from demo_factory.blueprint.suggestions import did_you_mean, parser_says

GROUP_TEST = "is_account_group_member"
Path = tuple[str | int, ...]


def check_filters(lookup: Lookup) -> Iterator[Problem]:
    """Every problem of the row filters."""
    for table, row_filter in lookup.blueprint.governance.row_filters.items():
        path: Path = ("governance", "row_filters", table)
        yield from not_a_group(lookup, (*path, "except"), row_filter.exempt)
        if table in lookup.blueprint.tables:
            yield from _condition(lookup, (*path, "keep"), table, row_filter)
        elif table not in lookup.broken.names:
            remedy = did_you_mean(table, lookup.blueprint.tables, "table")
            if table in lookup.blueprint.views:
                remedy = "a view shows what its tables' filters keep: filter them"
            yield Problem(path, f"there is no table {table!r}", remedy)


def not_a_group(lookup: Lookup, path: Path, names: Iterable[str]) -> Iterator[Problem]:
    """A problem for each name of an `except` that is no group."""
    governance = lookup.blueprint.governance
    for index, name in enumerate(names):
        if name in governance.service_principals:
            message = f"{name!r} is a service principal, and only groups can be exempt"
            yield Problem((*path, index), message, "put it into a group, and name the group")
        elif name not in governance.groups:
            remedy = did_you_mean(name, governance.groups, "group")
            yield Problem((*path, index), f"there is no group {name!r}", remedy)


def _condition(lookup: Lookup, path: Path, table: str, row_filter: RowFilter) -> Iterator[Problem]:
    import sqlglot  # 0.1 s that only blueprints with filters pay
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(row_filter.keep, dialect="databricks")
    except (SqlglotError, RecursionError) as error:
        yield Problem(path, f"not SQL: {parser_says(error)}", "write a condition, as country = 'DE'")
        return
    tree = trees[0] if len(trees) == 1 else None
    if tree is None or isinstance(tree, exp.DDL | exp.DML | exp.Command | exp.Alias) or tree.find(exp.Query):
        yield Problem(path, "a filter is one condition without a query in it", "compare the table's own columns")
        return
    if tree.find(exp.AggFunc, exp.Window, exp.Star):
        yield Problem(path, "a filter sees one row at a time", "compare the row's own columns")
    yield from _columns(lookup, path, table, tree)
    yield from _groups(lookup, path, tree)


def _columns(lookup: Lookup, path: Path, table: str, tree: Any) -> Iterator[Problem]:
    from sqlglot import exp

    columns = list(tree.find_all(exp.Column))
    if not columns:
        yield Problem(path, "a filter names at least one column of its table", "remove it to keep all rows")
    for column in columns:
        if column.table not in ("", table) or column.db:
            message = f"{column.sql(dialect='databricks')} is no column of {table}"
            yield Problem(path, message, "a filter sees its own table only")
        elif missing := lookup.no_column(table, column.name.lower()):
            yield Problem(path, *missing)
        elif (spec := lookup.column(table, column.name.lower())) is not None and spec.hidden:
            yield Problem(path, f"{table}.{column.name} is hidden: it is not written", "name another column")


def _groups(lookup: Lookup, path: Path, tree: Any) -> Iterator[Problem]:
    """Who asks is known by group alone: other functions that look at the session would not work in every place."""
    from sqlglot import exp

    groups = lookup.blueprint.governance.groups
    for call in tree.find_all(exp.CurrentUser, exp.SessionUser):
        yield Problem(
            path, f"{call.sql(dialect='databricks')} is not supported in a filter", f"use {GROUP_TEST}('a_group')"
        )
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() != GROUP_TEST:
            continue
        group = call.expressions[0] if len(call.expressions) == 1 else None
        if not isinstance(group, exp.Literal) or not group.is_string:
            yield Problem(path, f"{GROUP_TEST} takes one group's name in quotes", f"{GROUP_TEST}('a_group')")
        elif group.name not in groups:
            yield Problem(path, f"there is no group {group.name!r}", did_you_mean(group.name, groups, "group"))

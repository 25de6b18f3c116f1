"""What can be read by SQL: constants and who asks, information_schema, rows of system tables put in by tests."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.executor import execute

from .kind import statements
from .kinds.monitoring import TABLES, rows_of
from .sql_reader import NotUnderstood, SqlError
from .state import Act, Rows


def read(act: Act, statement: str) -> Rows:
    """The rows of a SELECT that the double understands.

    Raises:
        NotUnderstood: it reads something else.
        SqlError: it fails.
    """
    try:
        tree = sqlglot.parse_one(statement, dialect="databricks")
    except SqlglotError as error:
        raise NotUnderstood(str(error).splitlines()[0]) from None
    if not isinstance(tree, exp.Query):
        raise NotUnderstood("not a query")
    tables = {_name(table) for table in tree.find_all(exp.Table)}
    if not tables:
        return _constants(act, tree)
    if tables <= set(TABLES) and len(tables) == 1:
        return rows_of(act.state, tables.pop(), [select.alias_or_name for select in tree.selects])
    views = statements("VIEW")
    if all(name.split(".")[1:2] == ["information_schema"] and (name.split(".")[2],) in views for name in tables):
        return _information(act, statement, tables)
    raise NotUnderstood(f"reads {', '.join(sorted(tables))}")


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).lower()


def _constants(act: Act, tree: exp.Query) -> Rows:
    """A query of no table: constants, and who the caller is."""
    groups = act.state.groups_of(act.caller)

    def answered(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.CurrentUser):
            return exp.Literal.string(act.caller.name)
        if isinstance(node, exp.Anonymous) and node.name.lower() == "is_account_group_member":
            return exp.true() if node.expressions[0].name in groups else exp.false()
        return node

    names = [select.alias or select.sql(dialect="databricks").lower() for select in tree.selects]
    try:
        found = execute(tree.transform(answered))
    except SqlglotError as error:
        raise NotUnderstood(str(error)) from None
    return names, [list(row) for row in found.rows]


def _information(act: Act, statement: str, tables: set[str]) -> Rows:
    data: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = {}
    shape: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    views = statements("VIEW")
    for name in tables:
        catalog, schema, view = name.split(".")
        if ("catalog", catalog) not in act.state.securables:
            raise SqlError(f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{catalog}' was not found.")
        columns, rows = views[view,](act, catalog)
        data.setdefault(catalog, {}).setdefault(schema, {})[view] = rows
        shape.setdefault(catalog, {}).setdefault(schema, {})[view] = dict.fromkeys(columns, "string")
    try:
        found = execute(statement, tables=data, schema=shape, dialect="databricks")
    except SqlglotError as error:
        raise SqlError(f"[DOUBLE] {error}") from None
    return list(found.columns), [list(row) for row in found.rows]

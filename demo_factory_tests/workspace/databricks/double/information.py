"""What can be read by SQL: tags in information_schema, rows of system tables put in by tests, and who asks."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.executor import execute

from .rights import sees
from .sql_reader import NotUnderstood, SqlError
from .state import Principal, Rows, State

_TAG = ["tag_name", "tag_value"]
_VIEWS = {
    "catalog_tags": ["catalog_name", *_TAG],
    "schema_tags": ["catalog_name", "schema_name", *_TAG],
    "table_tags": ["catalog_name", "schema_name", "table_name", *_TAG],
    "column_tags": ["catalog_name", "schema_name", "table_name", "column_name", *_TAG],
}
SYSTEM = ("system.access.audit", "system.query.history")


def read(state: State, caller: Principal, statement: str) -> Rows:
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
        return _constants(state, caller, tree)
    if tables <= set(SYSTEM) and len(tables) == 1:
        return _system(state, tree, tables.pop())
    if all(name.split(".")[1:2] == ["information_schema"] and name.split(".")[2] in _VIEWS for name in tables):
        return _tags(state, caller, statement, tables)
    raise NotUnderstood(f"reads {', '.join(sorted(tables))}")


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts).lower()


def _constants(state: State, caller: Principal, tree: exp.Query) -> Rows:
    """A query of no table: constants, and who the caller is."""
    groups = state.groups_of(caller)

    def answered(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.CurrentUser):
            return exp.Literal.string(caller.name)
        if isinstance(node, exp.Anonymous) and node.name.lower() == "is_account_group_member":
            return exp.true() if node.expressions[0].name in groups else exp.false()
        return node

    names = [select.alias or select.sql(dialect="databricks").lower() for select in tree.selects]
    try:
        found = execute(tree.transform(answered))
    except SqlglotError as error:
        raise NotUnderstood(str(error)) from None
    return names, [list(row) for row in found.rows]


def _system(state: State, tree: exp.Query, table: str) -> Rows:
    """The rows that the test put in, if the query selects just their columns; its WHERE is not evaluated."""
    columns, rows = state.system_rows.get(table, ([], []))
    if not rows and not columns:
        return [select.alias_or_name for select in tree.selects], []
    asked = [select.alias_or_name for select in tree.selects]
    if asked not in (columns, ["*"]):
        raise SqlError(f"[DOUBLE] the query selects {', '.join(asked)}; the test put in {', '.join(columns)}")
    return columns, rows


def _tags(state: State, caller: Principal, statement: str, tables: set[str]) -> Rows:
    data: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = {}
    shape: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name in tables:
        catalog, schema, view = name.split(".")
        if ("catalog", catalog) not in state.securables:
            raise SqlError(f"[NO_SUCH_CATALOG_EXCEPTION] Catalog '{catalog}' was not found.")
        data.setdefault(catalog, {}).setdefault(schema, {})[view] = _rows(state, caller, catalog, view)
        shape.setdefault(catalog, {}).setdefault(schema, {})[view] = dict.fromkeys(_VIEWS[view], "string")
    try:
        found = execute(statement, tables=data, schema=shape, dialect="databricks")
    except SqlglotError as error:
        raise SqlError(f"[DOUBLE] {error}") from None
    return list(found.columns), [list(row) for row in found.rows]


def _rows(state: State, caller: Principal, catalog: str, view: str) -> list[dict[str, str]]:
    kind = {"column_tags": "table"}.get(view, view.removesuffix("_tags"))
    found = []
    for securable in state.securables.values():
        place = securable.name.split(".")
        if securable.kind != kind or place[0] != catalog or not sees(state, caller, securable):
            continue
        by_column = securable.column_tags if view == "column_tags" else {"": securable.tags}
        for column, tags in by_column.items():
            for key, value in tags.items():
                values = [*place, *([column] if column else []), key, value]
                found.append(dict(zip(_VIEWS[view], values, strict=True)))
    return found

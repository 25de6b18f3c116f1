"""A query as one principal may ask it: every table behind its masks and filter, or a clear refusal.

What is not known to be safe is refused. The result is written from the tree that was looked at, never from the text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.wording import nearest
from demo_factory.plan.expressions import READ, WRITE
from demo_factory.plan.masking import GROUP_TEST
from demo_factory.plan.names import FullName
from demo_factory.plan.rights import Rights, is_member

_ALLOWED = frozenset(("this", "db", "catalog", "alias", "joins", "laterals", "pivots", "sample"))
_MOVED = ("joins", "laterals", "pivots", "sample")
_TRAVEL = frozenset(("version", "when", "system_time", "changes"))
_TABLE_FUNCTIONS = frozenset(
    (
        "range",
        "explode",
        "explode_outer",
        "posexplode",
        "posexplode_outer",
        "inline",
        "inline_outer",
        "stack",
        "json_tuple",
        "variant_explode",
        "variant_explode_outer",
    )
)
# These run code, look at files, or take SQL and names as text.
_FORBIDDEN = frozenset(
    ("reflect", "java_method", "try_reflect", "input_file_name", "input_file_block_start", "input_file_block_length",
     "from_protobuf", "to_protobuf", "read_files", "identifier", "table_changes", "secret", "try_secret", "ai_query",
     "http_request", "remote_query", "read_kafka", "sql_keywords")
)  # fmt: skip
_STATEMENTS = (
    exp.DDL, exp.DML, exp.Command, exp.QueryTransform, exp.Into, exp.Lock, exp.Stream, exp.Drop, exp.Use, exp.Set,
)  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """A table or view that can be asked; `columns` reads a table's when they are needed, `sql` is a view's query."""

    full_name: FullName
    kind: str
    columns: Callable[[], Sequence[str]] = tuple
    sql: str = ""


@dataclass(frozen=True)
class Door:
    """Where one principal asks.

    Args:
        things: tables and views by full name; there is nothing else.
        place: catalog and schema of short names.
    """

    rights: Rights
    principal: str
    things: Mapping[str, Thing]
    place: tuple[str, str]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False, compare=False)

    def rewrite(self, sql: str) -> str:
        """The query with every table and view behind what guards it.

        Raises:
            DemoError: a missing privilege, an unknown name, or a form that could go round the guards.
        """
        tree = _parse(sql)
        _refuse_doubled_quotes(sql)
        _refuse_forms(tree)
        self._strip_qualifiers(tree)
        holder = exp.Subquery(this=tree)
        self._visit(holder, {}, ())
        self._answer_who(holder)
        text = str(holder.this.sql(dialect=WRITE, comments=False))
        if "${" in text:  # looked for here, since an escape in a string may have been one
            message = "${...} is replaced before anybody can look at it, so it is refused here."
            raise DemoError(message, "Write the value itself.")
        return text

    def may_read(self, thing: Thing) -> bool:
        """Whether the principal may read a table or view at all."""
        return not self.rights.missing(self.principal, "SELECT", "table", str(thing.full_name))

    def find(self, table: exp.Table) -> Thing:
        """The table or view that a name means, when the principal may read it.

        Raises:
            DemoError: it is unknown, or a privilege is missing.
        """
        parts = [part.name.lower() for part in table.parts]
        full = ".".join([*self.place[: 3 - len(parts)], *parts])
        thing = self.things.get(full)
        if thing is None:
            shown = ".".join(part.name for part in table.parts)
            names = [name.rpartition(".")[2] for name, one in self.things.items() if self.may_read(one)]
            near = nearest(parts[-1], names)
            hint = f"Did you mean {near!r}?" if near else f"{self.principal} may read: {', '.join(names) or 'nothing'}."
            raise DemoError(f"There is no table or view {shown} at this door.", hint)
        self._check(thing, self.principal)
        return thing

    def guarded(self, thing: Thing, above: tuple[str, ...] = ()) -> exp.Query:
        """The query that gives what the principal sees of a table or view."""
        return self._table(thing) if thing.kind == "table" else self._view(thing, above)

    def _check(self, thing: Thing, who: str, through: str = "") -> None:
        lacking = self.rights.missing(who, "SELECT", "table", str(thing.full_name))
        if lacking:
            verb = "is missing" if len(lacking) == 1 else "are missing"
            message = f"{who} may not read {thing.full_name}{through}: {' and '.join(lacking)} {verb}."
            raise DemoError(message, "Grant it in the blueprint's governance, then build again.")

    def _visit(self, node: exp.Expr, ctes: Mapping[str, str], views: tuple[str, ...]) -> None:
        """Replace tables from here down.

        Args:
            ctes: what WITH names above mean here. Each gets a name that nothing else has: then no nesting, order or
                table of the same name can make it mean something else to Spark.
            views: the views whose text this is, each asked as its owner.
        """
        with_ = node.args.get("with_")
        for cte in with_.expressions if isinstance(with_, exp.With) else ():
            name, fresh = cte.alias.lower(), f"with_{next(self._numbers)}_{cte.alias.lower()}"
            after = {**ctes, name: fresh}
            self._visit(cte.this, after if cte.parent.args.get("recursive") else ctes, views)
            cte.args["alias"].set("this", exp.to_identifier(fresh, quoted=True))
            ctes = after
        for key, value in list(node.args.items()):
            if key == "with_":
                continue
            for child in list(value) if isinstance(value, list) else [value]:
                if isinstance(child, exp.Expr):
                    self._visit(child, ctes, views)
        if isinstance(node, exp.Table):
            self._replace(node, ctes, views)

    def _replace(self, table: exp.Table, ctes: Mapping[str, str], views: tuple[str, ...]) -> None:
        used = {key for key, value in table.args.items() if value}
        if used & _TRAVEL:
            raise DemoError("Time travel goes round masks and filters, so it is refused here.", "Ask without it.")
        if used - _ALLOWED:
            raise DemoError(f"{table.sql(dialect=READ)!r} is more than a table's name.", "Name a table or view alone.")
        if not isinstance(table.this, exp.Identifier):
            _check_function(table)
            return
        alias = table.args.get("alias") or exp.TableAlias()
        if alias.this is not None and not isinstance(alias.this, exp.Identifier):
            raise DemoError(f"{table.sql(dialect=READ)!r} is no name of a table.", "Ask without @.")
        if alias.this is None:
            alias.set("this", exp.to_identifier(table.name, quoted=True))
        if not table.db and table.name.lower() in ctes:
            table.set("this", exp.to_identifier(ctes[table.name.lower()], quoted=True))
            table.set("alias", alias)
            return
        thing = self._in_view(table, views) if views else self.find(table)
        query = exp.Subquery(this=self.guarded(thing, views), alias=alias)
        for key in _MOVED:
            query.set(key, table.args.get(key))
        table.replace(query)

    def _in_view(self, table: exp.Table, views: tuple[str, ...]) -> Thing:
        """Below a view the view's owner needs the privileges; masks and filters still ask who runs the query."""
        full = ".".join(part.name for part in table.parts).lower()
        if full in views or full not in self.things:
            raise DemoError(f"The view {views[-1]} reads {full}, which cannot be asked here.", "Build the demo again.")
        owner = self.rights.owner("table", views[-1])
        if owner is not None:
            self._check(self.things[full], owner, f", which the view {views[-1]} needs of its owner")
        return self.things[full]

    def _table(self, thing: Thing) -> exp.Query:
        name = str(thing.full_name)
        seen: list[exp.Expr] = []
        for column in thing.columns():
            guard = self.rights.cell(self.principal, name, column)
            plain = exp.column(exp.to_identifier(column, quoted=True))
            value = exp.cast(guard.tree, guard.returns, dialect=READ) if guard else plain
            seen.append(exp.alias_(value, column, quoted=True) if guard else plain)
        parts = (exp.to_identifier(part, quoted=True) for part in name.split("."))
        catalog, schema, short = parts
        query = exp.select(*seen, copy=False).from_(exp.Table(this=short, db=schema, catalog=catalog), copy=False)
        rows = self.rights.rows(self.principal, name)
        return query.where(rows.tree, copy=False) if rows else query

    def _view(self, thing: Thing, above: tuple[str, ...]) -> exp.Query:
        holder = exp.Subquery(this=_parse(thing.sql))
        self._visit(holder, {}, (*above, str(thing.full_name)))
        query = holder.this
        assert isinstance(query, exp.Query)
        return query

    def _strip_qualifiers(self, tree: exp.Expr) -> None:
        """`catalog.schema.customers.email` is `customers.email`: the subquery goes by the table's name."""
        for column in tree.find_all(exp.Column):
            if column.args.get("db"):
                parts = [part.name.lower() for part in column.parts[:-1]]
                if ".".join([*self.place[: 3 - len(parts)], *parts]) in self.things:
                    column.set("db", None)
                    column.set("catalog", None)

    def _answer_who(self, tree: exp.Expr) -> None:
        """Functions that ask who runs the query answer for the principal, not for who holds the door."""
        for call in list(tree.find_all(exp.CurrentUser, exp.SessionUser)):
            call.replace(exp.Literal.string(self.principal))
        for call in list(tree.find_all(exp.Anonymous)):
            if call.name.lower() in (GROUP_TEST, "is_member"):
                call.replace(exp.Boolean(this=is_member(call, self.rights.groups_of(self.principal))))
            elif call.name.lower() == "user":
                call.replace(exp.Literal.string(self.principal))


def _parse(sql: str) -> exp.Query:
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=READ) if tree is not None]
    except SqlglotError as error:
        raise DemoError(
            f"This is not SQL that can be guarded: {str(error).splitlines()[0]}", "Write a SELECT."
        ) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise DemoError("Only one SELECT can be asked for somebody else.", "Write a SELECT, SHOW TABLES or DESCRIBE.")
    return trees[0]


def _refuse_doubled_quotes(sql: str) -> None:
    """'x''y' is x'y to Spark and two texts to the parser here: what is not read alike is not passed on."""
    tokens = sqlglot.tokenize(sql, dialect=READ)
    for one, after in itertools.pairwise(tokens):
        if one.token_type == after.token_type == TokenType.STRING and after.start == one.end + 1:
            raise DemoError("A doubled quote in a text is read in two ways, so it is refused here.", r"Write \'.")


def _refuse_forms(tree: exp.Expr) -> None:
    for node in tree.find_all(*_STATEMENTS):
        raise DemoError(f"{node.key.upper()} could go round masks and filters, so it is refused here.", "Leave it out.")
    for lateral in tree.find_all(exp.Lateral):
        if not isinstance(lateral.this, exp.Subquery):
            _check_function(lateral)
    for hint in list(tree.find_all(exp.Hint)):
        hint.pop()
    for call in tree.find_all(exp.Func):
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
        if name in _FORBIDDEN or name.startswith("input_file"):
            raise DemoError(f"{name}() could go round masks and filters, so it is refused here.", "Leave it out.")


def _check_function(table: exp.Table | exp.Lateral) -> None:
    call = table.this
    if not isinstance(call, exp.Func):
        raise DemoError(f"{table.sql(dialect=READ)!r} is no name of a table.", "Name a table or view.")
    name = call.name.lower() if isinstance(call, exp.Anonymous) else call.sql_name().lower()
    if name not in _TABLE_FUNCTIONS:
        message = f"{name}() gives a table that nobody guards, so it is refused here."
        raise DemoError(message, "Ask the demo's tables and views by name.")

"""`sql --as`: a session in which every name is what a principal sees, so any query may run as it is written.

Each table is a view there, with the very functions of its masks and its row filter, as in Unity Catalog; each view of
the demo stands on those. Raw tables lie under a name that nobody knows, and Spark's analyzed plan is looked at before
anything runs: every table in it must lie below its own guard.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from demo_factory.access.privileges import GuardFunction, Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.suggestions import instead_of
from demo_factory.compat import spark_catalog
from demo_factory.compat.spark_plans import Node, analyzed, frame_of, nodes_of, parse_plan
from demo_factory.sql.functions import GROUP_TEST
from demo_factory.sql.names import literal, quote
from demo_factory.sql.text import splice
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import LakeObject, list_objects
from demo_factory.workspace.query_forms import check_forms, relations_in
from demo_factory.workspace.spark_errors import spark_says

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_LEAVES = frozenset(("OneRowRelation", "LocalRelation", "Range", "CTERelationRef", "UnionLoopRef", "EmptyRelation"))
_BY_NAME = "Ask the demo's tables and views by name."
_FIRST_PART = re.compile(r"(?:`[^`]*`|\w+)\s*\.\s*")
_MEMBER_TESTS = (GROUP_TEST, "is_member")
# What the list of functions and forms refuses already, looked for once more in what Spark made of the query.
_LOOKS_PAST = frozenset(
    ("CallMethodViaReflection TryReflect InputFileName InputFileBlockStart InputFileBlockLength VariableReference"
     " ScalaUDF PythonUDF PythonUDTF").split()
)  # fmt: skip


def open_guard(state: StateFolder, place: tuple[str, str], rights: Rights, principal: str) -> QueryGuard:
    """A guard for one principal in one catalog; `place` is the catalog and schema of short names."""
    from demo_factory.workspace.local.session import private_session

    session = private_session(state, place[0])
    return QueryGuard(session, state, place, rights, principal)


@dataclass
class QueryGuard:
    """Answers the queries of one principal. What it reads stays as it was when the guard was opened."""

    session: SparkSession
    state: StateFolder
    place: tuple[str, str]
    rights: Rights
    principal: str
    _raw: str = field(default_factory=lambda: f"raw_{uuid.uuid4().hex}", repr=False)
    _made: set[str] = field(default_factory=set, repr=False)

    @cached_property
    def objects(self) -> Mapping[str, LakeObject]:
        """Tables and views of the catalog by `schema.name` in small letters."""
        catalog = self.place[0]
        found = list_objects(self.state, catalog)
        for schema in sorted({self._raw, self.place[1], *(one.full_name.schema for one in found)}):
            self._schema(schema)
        self.session.sql(f"USE {quote(catalog)}.{quote(self.place[1])}")
        self._group_tests()
        return {_key(one): one for one in found}

    def readable(self) -> Sequence[LakeObject]:
        """What the principal may read."""
        return [one for one in self.objects.values() if not self._missing(self.principal, one)]

    def query(self, text: str) -> DataFrame:
        """The frame of a query as it is written; nothing runs before its rows are asked for.

        Raises:
            DemoError: it is no query, needs a privilege that is missing, or has a form that could go round the guards.
        """
        from pyspark.errors import AnalysisException, ParseException

        assert self.objects is not None  # the schemas are there
        try:
            parsed = parse_plan(self.session, text)
        except ParseException as error:
            message = f"This is not SQL that can be guarded: {spark_says(error).message}"
            raise DemoError(message, "Write a SELECT.") from None
        nodes = nodes_of(self.session, parsed)
        check_forms(nodes, frozenset(_MEMBER_TESTS))
        if (shorter := self._without_catalog(text, nodes)) != text:
            return self.query(shorter)
        named = relations_in(nodes)
        for parts in named:
            if len(parts) > 1 and self._named(parts) is None:
                raise self._unknown(parts)  # a path or another catalog; a name of WITH has one part
            self._make_named(parts)
        try:
            frame = frame_of(self.session, parsed)
        except AnalysisException as error:
            raise self._plain(error, named) from None
        found = nodes_of(self.session, analyzed(frame))
        self._check(found)
        who = [(node.start, node.stop) for node in found if node.name == "CurrentUser"]
        if not who:
            return frame
        places = {(start, stop + 1): literal(self.principal) for start, stop in who if start is not None and stop}
        # a text in the place of current_user() gives the column another name
        return self.query(splice(text, places)).toDF(*frame.columns)

    def columns(self, parts: Sequence[str]) -> Sequence[tuple[str, str]]:
        """The columns of a table or view, each with its type, as the principal sees it.

        Raises:
            DemoError: it is unknown, or a privilege is missing.
        """
        one = self.find(parts)
        self._make(one)
        return list(self.session.table(one.full_name.quoted).dtypes)

    def find(self, parts: Sequence[str]) -> LakeObject:
        """The table or view that a name means, when the principal may read it.

        Raises:
            DemoError: it is unknown, or a privilege is missing.
        """
        one = self._named(parts)
        if one is None:
            raise self._unknown(parts)
        self._allow(self.principal, one)
        return one

    def _without_catalog(self, text: str, nodes: Sequence[Node]) -> str:
        """`catalog.schema.table.column` as `schema.table.column`: here the views stand in Spark's own catalog."""
        places = {}
        for node in nodes:
            deepest = 4 if node.name == "UnresolvedAttribute" else 3
            if node.name not in ("UnresolvedAttribute", "UnresolvedStar") or len(node.names) < deepest:
                continue
            catalog = _FIRST_PART.match(text, node.start or 0)
            if node.start is not None and catalog and node.names[0].lower() == self.place[0].lower():
                places[node.start, catalog.end()] = ""
        return splice(text, places)

    # -- making what a query needs -------------------------------------------------------------------------------------

    def _schema(self, name: str) -> None:
        spark_catalog.create_schema(self.session, name, self.state.own_scratch / "guard" / name)

    def _group_tests(self) -> None:
        """The functions that ask for a group answer for the principal, not for who holds the guard."""
        groups = ", ".join(literal(group) for group in sorted(self.rights.groups_of(self.principal)))
        for name in _MEMBER_TESTS:
            self._function(self.place[1], name, "name STRING", "BOOLEAN", f"name IN ({groups})" if groups else "false")

    def _function(self, schema: str, name: str, parameters: str, returns: str, definition: str) -> str:
        quoted = f"spark_catalog.{quote(schema)}.{quote(name)}"
        self.session.sql(f"CREATE FUNCTION {quoted}({parameters}) RETURNS {returns} RETURN {definition}")
        return quoted

    def _make_named(self, parts: Sequence[str]) -> None:
        one = self._named(parts)
        if one is not None:
            self._make(one)

    def _named(self, parts: Sequence[str]) -> LakeObject | None:
        *above, name = (part.lower() for part in parts)
        if len(above) > 1 and above[0] != self.place[0].lower():
            return None
        return self.objects.get(f"{above[-1] if above else self.place[1].lower()}.{name}")

    def _make(self, one: LakeObject) -> None:
        key = _key(one)
        if key in self._made:
            return
        self._made.add(key)
        if one.kind == "table":
            self._make_table(one)
            return
        statement = one.path.read_text(encoding="utf-8")
        for parts in relations_in(nodes_of(self.session, parse_plan(self.session, statement))):
            self._make_named(parts)
        self.session.sql(statement)

    def _make_table(self, one: LakeObject) -> None:
        """A view by the table's name, of the table under a name that nobody knows."""
        name = one.full_name
        number = f"table_{len(self._made)}"
        spark_catalog.register_table(self.session, self._raw, number, one.path, external=True)
        raw = ".".join(quote(part) for part in (name.catalog, self._raw, number))
        masks = {column.lower(): self._guard(guard) for column, guard in self.rights.masks(str(one)).items()}
        seen = [
            f"{masks[column.lower()]} AS {quote(column)}" if column.lower() in masks else quote(column)
            for column in self.session.table(raw).columns
        ]
        row_filter = self.rights.row_filter(str(one))
        where = f" WHERE {self._guard(row_filter)}" if row_filter else ""
        self.session.sql(f"CREATE VIEW {name.quoted} AS SELECT {', '.join(seen)} FROM {raw}{where}")

    def _guard(self, guard: GuardFunction) -> str:
        """The call of a mask's or filter's function, which is made for it as it is kept."""
        name = f"guard_{len(self._made)}_{uuid.uuid4().hex}"
        made = self._function(self._raw, name, guard.parameters, guard.returns, guard.definition)
        return f"{made}({', '.join(map(quote, guard.given))})"

    # -- judging what Spark made of it ---------------------------------------------------------------------------------

    def _check(self, nodes: Sequence[Node]) -> None:
        """Every table lies below its own guard, every view may be read, and nothing looks past them."""
        # the key of a join with USING, asked for by its side, is marked as hidden too, which below the join it is not
        shown = {node.id for node in nodes if node.id and "metadata" not in node.flags}
        has_plans = {node.above for node in nodes if node.kind == "plan"}
        inside: list[str | None] = []  # for each node the innermost view that it lies in
        for index, node in enumerate(nodes):
            above = nodes[node.above] if node.above >= 0 else None
            view = inside[node.above] if node.above >= 0 else None
            if above is not None and above.name == "View":
                view = ".".join(above.names).lower()
            inside.append(view)
            if node.name == "View":
                self._check_view(".".join(node.names).lower(), view)
            elif node.kind == "plan" and index not in has_plans and node.name not in _LEAVES:
                if view is None or view not in self.objects or self.objects[view].kind != "table":
                    raise DemoError(f"{node.name} reads what nobody guards.", _BY_NAME)
            elif view is None and (node.name in _LOOKS_PAST or ("metadata" in node.flags and node.id not in shown)):
                what = ".".join(node.names) or node.name
                raise DemoError(f"{what} could go round masks and filters, so it is refused here.", "Leave it out.")
            elif view is not None and node.name == "CurrentUser":
                message = f"The view {view} asks who looks, which this machine cannot answer for {self.principal}."
                raise DemoError(message, "Ask the tables below it.")

    def _check_view(self, key: str, above: str | None) -> None:
        """Whoever asks needs the privileges of what it names, a view's owner of what the view names."""
        one = self.objects.get(key)
        if one is None:
            raise DemoError(f"{key} is no table or view of this demo.", _BY_NAME)
        if above is None:
            self._allow(self.principal, one)
            return
        owner = self.rights.owner("table", str(self.objects[above]))
        if owner is not None:
            self._allow(owner, one, f", which the view {self.objects[above]} needs of its owner")

    def _missing(self, who: str, one: LakeObject) -> tuple[str, ...]:
        return self.rights.missing(who, "SELECT", "table", str(one))

    def _allow(self, who: str, one: LakeObject, through: str = "") -> None:
        lacking = self._missing(who, one)
        if lacking:
            verb = "is missing" if len(lacking) == 1 else "are missing"
            message = f"{who} may not read {one}{through}: {' and '.join(lacking)} {verb}."
            raise DemoError(message, "Grant it in the blueprint's governance, then build again.")

    def _plain(self, error: Exception, named: Sequence[tuple[str, ...]]) -> DemoError:
        """Spark's error in one sentence, which says nothing of what the principal may not read."""
        said = spark_says(error, suggestions=False)
        if said.table is not None:
            return self._unknown(said.table.split("."))
        for parts in named:
            one = self._named(parts)
            if one is not None and self._missing(self.principal, one):
                try:
                    self._allow(self.principal, one)
                except DemoError as refused:
                    return refused
        if "Time travel" in said.message:
            return DemoError("Time travel goes round masks and filters, so it is refused here.", "Ask without it.")
        return DemoError(said.message.replace("spark_catalog.", ""), "See the columns: DESCRIBE and a table's name.")

    def _unknown(self, parts: Sequence[str]) -> DemoError:
        names = sorted(one.full_name.name for one in self.readable())
        hint = instead_of(parts[-1], names, f"{self.principal} may read nothing.")
        return DemoError(f"There is no table or view {'.'.join(parts)} for {self.principal}.", hint)


def _key(one: LakeObject) -> str:
    return f"{one.full_name.schema}.{one.full_name.name}".lower()

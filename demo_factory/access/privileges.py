"""Who may do what and who sees what, read from governed things: as they are wanted, or as they were found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.policies import group_tests
from demo_factory.resources.resource import ResourceId, Value
from demo_factory.sql.functions import GROUP_TEST
from demo_factory.sql.text import READ

_PARAMETER = re.compile(r"(?:^|,)\s*`?(\w+)`?\s+\w+(?:\([^)]*\))?")


@dataclass(frozen=True)
class Guard:
    """A mask or filter as one principal meets it: an expression over the table's columns, its groups answered."""

    tree: exp.Expr
    returns: str

    @property
    def text(self) -> str:
        """The expression as people read it."""
        if isinstance(self.tree, exp.Cast) and isinstance(self.tree.this, exp.Null):
            return "NULL"
        return str(self.tree.sql(dialect=READ, normalize_functions="lower").replace("`", ""))


@dataclass(frozen=True)
class GuardFunction:
    """The function behind a mask or filter as it is kept, and the table's columns that it is given."""

    definition: str
    parameters: str
    returns: str
    given: tuple[str, ...]


class Rights:
    """The answers of Unity Catalog from a set of governed things.

    A group asked about stands for somebody who is in that group and in what it is a member of.
    """

    def __init__(self, values: Mapping[ResourceId, Value | None]) -> None:
        self._values = {ref: value for ref, value in values.items() if value is not None}
        self._members = {key: set(value.get("members", ())) for key, value in self._of("group")}
        self._grants = {tuple(key.split(" ", 2)): frozenset(value["privileges"]) for key, value in self._of("grant")}

    @property
    def principals(self) -> tuple[str, ...]:
        """Groups and service principals, then the members of groups, then whoever holds a grant."""
        named = [*self._members, *(key for key, _ in self._of("service_principal"))]
        members = sorted(member for group in self._members.values() for member in group)
        return tuple(dict.fromkeys([*named, *members, *sorted(who for *_, who in self._grants)]))

    def groups_of(self, principal: str) -> frozenset[str]:
        """The groups a principal is in, through other groups too; a group is in itself."""
        found = {principal} & self._members.keys()
        waiting = [principal]
        while waiting:
            one = waiting.pop()
            above = {group for group, members in self._members.items() if one in members} - found
            found |= above
            waiting += above
        return frozenset(found)

    def owner(self, kind: str, full_name: str) -> str | None:
        """The principal that an object was given to, if it was."""
        value = self._values.get(ResourceId("owner", f"{kind} {full_name}"))
        return str(value["owner"]) if value else None

    def missing(self, principal: str, privilege: str, kind: str, full_name: str) -> tuple[str, ...]:
        """What of the chain of privileges a principal lacks; nothing when it may."""
        catalog, schema = full_name.split(".")[0], full_name.rpartition(".")[0]
        needed = (("USE_CATALOG", "catalog", catalog), ("USE_SCHEMA", "schema", schema), (privilege, kind, full_name))
        return tuple(
            f"{wanted.replace('_', ' ')} on {securable} {name}"
            for wanted, securable, name in needed
            if self._holder(principal, wanted, securable, name) is None
        )

    def because(self, principal: str, privilege: str, kind: str, full_name: str) -> str:
        """Where a principal that may has the last privilege of the chain from."""
        return self._holder(principal, privilege, kind, full_name) or ""

    def cell(self, principal: str, table: str, column: str) -> Guard | None:
        """What a principal sees of a column instead of its value; None when it is the value itself."""
        mask = self._values.get(ResourceId("mask", f"{table}.{column}"))
        if mask is None:
            return None
        guard = self._guard(principal, mask["function"], [column, *mask["using"]], f"{table}.{column}")
        return None if isinstance(guard.tree, exp.Column) and guard.tree.name == column else guard

    def rows(self, principal: str, table: str) -> Guard | None:
        """The condition for rows that a principal sees; None when it sees all."""
        row_filter = self._values.get(ResourceId("row_filter", table))
        if row_filter is None:
            return None
        guard = self._guard(principal, row_filter["function"], row_filter["on"], table)
        return None if isinstance(guard.tree, exp.Boolean) and guard.tree.this else guard

    def masks(self, table: str) -> dict[str, GuardFunction]:
        """The functions that stand before columns of a table, whoever asks."""
        found = {}
        for key, mask in self._of("mask"):
            owner, _, column = key.rpartition(".")
            if owner == table:
                found[column] = self._guard_function(mask["function"], [column, *mask["using"]], key)
        return found

    def row_filter(self, table: str) -> GuardFunction | None:
        """The function that keeps or drops a table's rows, whoever asks."""
        row_filter = self._values.get(ResourceId("row_filter", table))
        return None if row_filter is None else self._guard_function(row_filter["function"], row_filter["on"], table)

    def _of(self, kind: str) -> Iterator[tuple[str, Value]]:
        return ((key, value) for (one, key), value in self._values.items() if one == kind)

    def _holder(self, principal: str, privilege: str, kind: str, full_name: str) -> str | None:
        """Privileges are inherited from the containers, and come by every group."""
        holders = [principal, *sorted(self.groups_of(principal) - {principal})]
        if self.owner(kind, full_name) in holders:
            return f"owner {self.owner(kind, full_name)}"
        parts = full_name.split(".")
        above = [(kind, full_name), ("schema", ".".join(parts[:2])), ("catalog", parts[0])]
        for securable, name in above[{"schema": 1, "catalog": 2}.get(kind, 0) :]:
            for who in holders:
                if {privilege, "ALL_PRIVILEGES"} & self._grants.get((securable, name, who), frozenset()):
                    return f"{privilege.replace('_', ' ')} on {securable} {name} for {who}"
        return None

    def _guard_function(self, function: str, given: list[str], where: str) -> GuardFunction:
        text = self._values.get(ResourceId("function", function))
        if text is None:
            message = f"{where} is guarded by the function {function}, which is not there: nobody can read it."
            raise DemoError(message, "Build the demo again, which makes the function.")
        return GuardFunction(text["definition"], text["parameters"], text["returns"], tuple(given))

    def _guard(self, principal: str, function: str, given: list[str], where: str) -> Guard:
        text = self._guard_function(function, given, where)
        names = dict(zip(_PARAMETER.findall(text.parameters), given, strict=True))
        groups = self.groups_of(principal)
        holder = exp.Paren(this=sqlglot.parse_one(text.definition, dialect=READ))
        for call in group_tests(holder):
            call.replace(exp.Boolean(this=is_member(call, groups)))
        for column in list(holder.find_all(exp.Column)):
            column.replace(exp.column(exp.to_identifier(str(names[column.name]), quoted=True)))
        return Guard(simplify(holder.this, dialect=READ), text.returns)


def is_member(call: exp.Expr, groups: frozenset[str]) -> bool:
    """The answer to a test for a group.

    Raises:
        DemoError: the group is not written out, so nobody can say before the query runs.
    """
    group = call.expressions[0] if len(call.expressions) == 1 else None
    if not isinstance(group, exp.Literal) or not group.is_string:
        raise DemoError(f"{GROUP_TEST} takes one group's name in quotes.", f"Write {GROUP_TEST}('a_group').")
    return group.name in groups

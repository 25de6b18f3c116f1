"""Which numbers an expression surely reaches: interval arithmetic over the draws of its columns.

Only what is sure is refused. What is *sure* to be reached comes about by columns that are drawn each for itself; where
a column stands twice, or a condition chooses, only numbers that all lie outside of their bounds are refused.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.lookup import Lookup
from demo_factory.blueprint.ranges import FEWEST_SURE, Amount, Range, as_type, drawn, limits_of, listed, natural_of
from demo_factory.blueprint.suggestions import number

_READ = "databricks"
_SAID = {exp.Add: "a sum", exp.Sub: "a difference", exp.Mul: "a product"}
_MOST_NODES = 400  # of an expression; a longer one is not looked at
_DEEPEST = 12  # columns that are expressions over expressions


@dataclass(frozen=True)
class Interval:
    """All numbers from low to high; `sure` are two that are reached, `names` the draws in them."""

    low: Fraction
    high: Fraction
    kind: str  # a whole type, decimal or double
    sure: tuple[Fraction, Fraction] | None
    names: frozenset[str] = frozenset()

    def beyond(self, limits: tuple[Amount, Amount]) -> Fraction | None:
        """A number that is surely reached, or all are at least as far out, and lies outside of the limits."""
        low, high = Fraction(limits[0]), Fraction(limits[1])
        least, most = self.sure or (self.high, self.low)
        return most if most > high else least if least < low else None


class _Overflow(Exception):  # noqa: N818 - what is found, not what went wrong
    def __init__(self, what: str, kind: str, end: Fraction) -> None:
        super().__init__(what)
        self.what, self.kind, self.end = what, kind, end


def check_expressions(lookup: Lookup, table: str) -> Iterator[Problem]:
    """Expressions of a table whose numbers surely leave their types, or lie outside of their checks altogether."""
    owner = lookup.blueprint.tables[table]
    for name, column in owner.columns.items():
        if column.expr is None:
            continue
        path = ("tables", table, "columns", name)
        try:
            found = _Reader(lookup).column(table, name)
        except _Overflow as over:
            limits = limits_of(over.kind)
            assert limits is not None
            limit = number(limits[1] if over.end > 0 else limits[0])
            message = f"{over.what} of {over.kind} numbers gives {_shown(over.end)}, and {over.kind} ends at {limit}"
            wider = "bigint" if over.kind != "bigint" else "decimal(38,0)"
            yield Problem((*path, "expr"), message, f"calculate with a wider type, as cast(x as {wider})")
            continue
        if found is not None:
            blocking = owner.contract.blocking if column.check.blocking is None else column.check.blocking
            yield from _judge(column, found, path, blocking)


def _judge(column: Column, found: Interval, path: tuple[str, ...], blocking: bool) -> Iterator[Problem]:
    limits = limits_of(column.type) if column.type else None
    if limits is not None:
        assert column.type is not None
        far = _as(found, column.type).beyond(limits)
        if far is not None:
            limit = number(limits[1] if far > 0 else limits[0])
            message = f"the expression gives {_shown(far)}, and {column.type} ends at {limit}"
            yield Problem((*path, "type"), message, "widen the type, or bound what it is made from")
            return
    low, high = (bound if isinstance(bound, int | float) else None for bound in (column.check.min, column.check.max))
    if blocking and low is not None and found.high < Fraction(low):
        message = f"the expression gives at most {_shown(found.high)}, below the check's {number(low)}"
        yield Problem((*path, "check", "min"), message, "lower check.min, or change the expression")
    if blocking and high is not None and found.low > Fraction(high):
        message = f"the expression gives at least {_shown(found.low)}, above the check's {number(high)}"
        yield Problem((*path, "check", "max"), message, "raise check.max, or change the expression")


def _as(found: Interval, kind: str) -> Interval:
    """The interval after a cast."""
    ends = [Fraction(as_type(_float(end), kind)) for end in (found.low, found.high, *(found.sure or ()))]
    sure = (ends[2], ends[3]) if found.sure else None
    return replace(found, low=ends[0], high=ends[1], sure=sure, kind=kind if kind in WHOLE else kind.partition("(")[0])


def _float(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def _shown(value: Fraction) -> str:
    return number(value.numerator) if value.denominator == 1 else f"{float(value):,.6g}"


class _Reader:
    """Reads expressions of one blueprint; None stands for what is not known."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup, self._open = lookup, list[tuple[str, str]]()
        self._maybe = 0  # how many conditions stand around what is read: what is never chosen overflows nowhere

    def column(self, table: str, name: str, through: str = "") -> Interval | None:
        """The numbers of a column: its draws, its list, or its own expression."""
        owner = self._lookup.blueprint.tables[table]
        column = owner.columns[name]
        if (table, name) in self._open or len(self._open) > _DEEPEST:
            return None
        if column.expr is not None:
            found = self._own(table, name, column.expr, through)
        else:
            found = self._drawn(table, name)
            names = frozenset((f"{through}{table}.{name}",))
            found = found and replace(found, names=names)
        kind = column.type or (found.kind if found else "")
        if found is None or not (kind in WHOLE or kind == "double" or kind.startswith("decimal")):
            return None
        return _as(found, kind)

    def _own(self, table: str, name: str, sql: str, through: str) -> Interval | None:
        self._open.append((table, name))
        try:
            return self._expression(table, sql, through)
        except _Overflow:
            if len(self._open) == 1:
                raise
            return None  # said at the column whose expression it is
        finally:
            self._open.pop()

    def _drawn(self, table: str, name: str) -> Interval | None:
        owner = self._lookup.blueprint.tables[table]
        column = owner.columns[name]
        values = listed(owner, column)
        if values is not None:
            kind = natural_of(values)
            amounts = [Fraction(value) for value in values if isinstance(value, int | float)]
            if kind is None or not amounts:
                return None
            if kind == "bigint" and all(abs(amount) < 2**31 for amount in amounts):
                kind = "int"
            return Interval(min(amounts), max(amounts), kind, (min(amounts), max(amounts)))
        # two columns at their ends at once are rarer than one: an end is what one row in sqrt(rows) reaches
        found = _ends(drawn(self._lookup, table, name))
        sure = found if column.key else _ends(drawn(self._lookup, table, name, FEWEST_SURE * math.sqrt(owner.rows)))
        if found is None:
            return None
        tied = column.correlate is not None or any(
            other.correlate is not None and other.correlate.with_ == name for other in owner.columns.values()
        )
        whole = "bigint" if column.ref or column.key else "int"
        kind = whole if column.formula in ("ref", "key", "poisson", "zipf") else "double"
        return Interval(*found, kind, None if tied else sure)

    def _expression(self, table: str, sql: str, through: str) -> Interval | None:
        try:
            tree = sqlglot.parse_one(sql, dialect=_READ)
        except SqlglotError:
            return None  # said where expressions are read
        if sum(1 for _ in tree.walk()) > _MOST_NODES:
            return None
        return self._node(table, tree, through)

    def _node(self, table: str, node: exp.Expr, through: str) -> Interval | None:
        match node:
            case exp.Paren():
                return self._node(table, node.this, through)
            case exp.Literal() if not node.is_string:
                return _literal(node.name)
            case exp.Column():
                return self._reference(table, node, through)
            case exp.Neg():
                found = self._node(table, node.this, through)
                sure = (-found.sure[1], -found.sure[0]) if found and found.sure else None
                return found and replace(found, low=-found.high, high=-found.low, sure=sure)
            case exp.Add() | exp.Sub() | exp.Mul():
                left, right = self._node(table, node.this, through), self._node(table, node.expression, through)
                return None if left is None or right is None else _combined(node, left, right, self._maybe > 0)
            case exp.Round():
                return _rounded(self._node(table, node.this, through), node.args.get("decimals"))
            case exp.Case() | exp.If():
                return self._chosen(table, node, through)
        return None

    def _reference(self, table: str, node: exp.Column, through: str) -> Interval | None:
        text = ".".join(part.name for part in node.parts)
        found = self._lookup.resolve(table, text)
        if found is None:
            return None
        owner, name, _ = found
        return self.column(owner, name, through if owner == table else f"{through}{text.rpartition('.')[0]}.")

    def _chosen(self, table: str, node: exp.Case | exp.If, through: str) -> Interval | None:
        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        results = [one.args.get("true") for one in branches]
        default = node.args.get("default") if isinstance(node, exp.Case) else node.args.get("false")
        self._maybe += 1
        found = [self._node(table, one, through) for one in (*results, default) if one is not None]
        self._maybe -= 1
        known = [one for one in found if one is not None]
        if len(known) < len(found) or not known:
            return None
        kinds = {one.kind for one in known}
        kind = next((one for one in ("double", "decimal", "bigint", "int") if one in kinds), "double")
        names = frozenset().union(*(one.names for one in known))
        return Interval(min(one.low for one in known), max(one.high for one in known), kind, None, names)


def _ends(found: Range | None) -> tuple[Fraction, Fraction] | None:
    if found is None or isinstance(found.low, dt.date) or isinstance(found.high, dt.date):
        return None
    return Fraction(found.low), Fraction(found.high)


def _rounded(found: Interval | None, decimals: exp.Expr | None) -> Interval | None:
    """The numbers rounded half away from zero, as Spark's round does: what lay in between stays in between."""
    digits = "0" if decimals is None else decimals.name
    if found is None or not digits.isdecimal() or len(digits) > 1:
        return None
    unit = 10 ** int(digits)

    def rounded(value: Fraction) -> Fraction:
        return Fraction((1 if value >= 0 else -1) * math.floor(abs(value) * unit + Fraction(1, 2)), unit)

    sure = (rounded(found.sure[0]), rounded(found.sure[1])) if found.sure else None
    return replace(found, low=rounded(found.low), high=rounded(found.high), sure=sure)


def _literal(text: str) -> Interval | None:
    try:
        value = Fraction(text)
    except ValueError:
        return None
    if not text.isdigit():
        return Interval(value, value, "double" if "e" in text.lower() else "decimal", (value, value))
    kind = "int" if value < 2**31 else "bigint" if value < 2**63 else "decimal"
    return Interval(value, value, kind, (value, value))


def _combined(node: exp.Add | exp.Sub | exp.Mul, left: Interval, right: Interval, maybe: bool) -> Interval | None:
    apply = {exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul}[type(node)]
    kinds = {left.kind, right.kind}
    kind = "double" if "double" in kinds else "decimal" if "decimal" in kinds else _wider(left.kind, right.kind)
    ends = [apply(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    if max(map(abs, ends)) > sys.float_info.max:
        return None
    sure = None
    if left.sure and right.sure and not left.names & right.names:
        reached = [apply(a, b) for a in left.sure for b in right.sure]
        sure = min(reached), max(reached)
    found = Interval(min(ends), max(ends), kind, sure, left.names | right.names)
    limits = limits_of(kind) if kind in WHOLE and not maybe else None
    far = found.beyond(limits) if limits is not None else None
    if far is not None:
        raise _Overflow(_SAID[type(node)], kind, far)
    return found


def _wider(left: str, right: str) -> str:
    return left if WHOLE.get(left, 64) >= WHOLE.get(right, 64) else right

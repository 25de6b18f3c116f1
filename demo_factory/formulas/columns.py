"""What fills a column: one function a formula of the blueprint, each giving (Spark SQL, its natural type)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo_factory.blueprint.columns import Column, Weights
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.laws import LAST_SHARE, poisson_weights, zipf_weights
from demo_factory.blueprint.placeholders import pieces
from demo_factory.blueprint.ranges import whole
from demo_factory.formulas import distributions, types
from demo_factory.formulas.people import People
from demo_factory.formulas.random import BITS, draw, long, normal_cdf, probit
from demo_factory.sql.names import literal
from demo_factory.sql.query_columns import Source

if TYPE_CHECKING:
    from demo_factory.formulas.table import Scope, TableFormulas

Cell = tuple[str, str | None]
_DAYTIME = (1.0, 1, 1, 1, 1, 2, 4, 8, 12, 16, 18, 18, 18, 18, 18, 18, 18, 18, 16, 14, 12, 8, 4, 2)


@dataclass(frozen=True)
class ColumnPlan:
    """A column ready to be generated.

    `sql` is Spark SQL over the row (names.ROW, bigint from 0) and the columns in `uses`, all of which stand earlier in
    the table's list. Hidden columns (a draw, a parent's row) are not written. `sources` are the columns of the
    blueprint that this one is made from.
    """

    name: str
    sql: str
    type: str = ""
    hidden: bool = False
    comment: str = ""
    classification: str = "public"
    formula: str = ""
    uses: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


def cell(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    """The formula of one column in a scope; hidden columns that it needs are added to the table's plan."""
    return _CELLS.get(spec.formula, _continuous)(table, scope, name, spec)


def key_of(pattern: str, row: str) -> Cell:
    """A key from the row: zeros at the end of the pattern hold the number, from 1."""
    if pattern == "integer":
        return f"({row} + 1L)", "bigint"
    prefix = pattern.rstrip("0")
    digits = len(pattern) - len(prefix)
    number = f"substring(CAST({row} + {10**digits + 1}L AS STRING), 2)"
    return (f"concat({literal(prefix)}, {number})" if prefix else number), "string"


def _key(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.key is not None
    return key_of(spec.key, scope.row)


def _foreign_key(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.ref is not None
    parent = table.spec(spec.ref.table)
    assert parent.key is not None
    table.note(Source(spec.ref.table, parent.key))
    pattern = parent.columns[parent.key].key
    assert pattern is not None
    sql, natural = key_of(pattern, table.parent_row(scope, name, spec.ref))
    wanted = parent.columns[parent.key].type or natural
    assert wanted is not None
    return types.cast(sql, natural, wanted), wanted


def _arrival(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    epoch, day = table.calendar(scope).epoch, table.day(scope)
    if spec.arrival == "date":
        return f"date_add({literal(epoch)}, {day})", "date"
    arrives = table.spec(scope.table).arrives
    weights = (arrives.hours if arrives else None) or _DAYTIME
    picked = distributions.discrete(table.draw(scope, name, "hour"), [str(h) for h in range(24)], weights)
    hour = table.hidden(scope, f"hour_{name}", picked)
    second = f"CAST(floor({draw(scope.row, table.seed(scope, name, 'second'))} * 3600D) AS BIGINT)"
    start = int(dt.datetime(epoch.year, epoch.month, epoch.day, tzinfo=dt.UTC).timestamp())
    return f"timestamp_seconds({start}L + {day} * 86400L + {hour} * 3600L + {second})", "timestamp"


def _cases(
    table: TableFormulas, scope: Scope, name: str, key: str, by: str, cases: Mapping[bool | int | float | str, str]
) -> str:
    column = table.resolve(scope, name, by, key)
    branches = " ".join(f"WHEN {types.scalar(value)} THEN {sql}" for value, sql in cases.items())
    return f"CASE {column} {branches} END"


def _choice(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    choice = spec.choice
    assert choice is not None
    u = table.draw(scope, name)

    natural = types.of_scalars([value for weights in choice.cases.values() for value in weights])

    def one(weights: Weights) -> str:
        return distributions.discrete(u, types.scalars(weights, natural), list(weights.values()))

    if choice.by is None:
        return one(next(iter(choice.cases.values()))), natural
    cases = {value: one(weights) for value, weights in choice.cases.items()}
    return _cases(table, scope, name, "choice", choice.by, cases), natural


def _boolean(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    if isinstance(spec.boolean, str):
        chance = table.expression(scope, name, spec.boolean, "boolean")[0]
    else:
        chance = f"{float(spec.boolean or 0)!r}D"
    return f"({draw(scope.row, table.seed(scope, name, ''))} < {chance})", "boolean"


def _date(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.date is not None
    days = (spec.date.max - spec.date.min).days + 1
    u = draw(scope.row, table.seed(scope, name, ""))
    return f"date_add({literal(spec.date.min)}, CAST(floor({u} * {days}D) AS INT))", "date"


def _cycle(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.cycle is not None
    natural = types.of_scalars(spec.cycle)
    values = ", ".join(types.scalars(spec.cycle, natural))
    index = f"CAST(pmod({scope.row}, {len(spec.cycle)}L) AS INT) + 1"
    return f"element_at(array({values}), {index})", natural


def _poisson(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.poisson is not None
    return _ranked(table, scope, name, spec, 0, poisson_weights(spec.poisson))


def _zipf(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.zipf is not None
    return _ranked(table, scope, name, spec, 1, zipf_weights(spec.zipf))


def _ranked(table: TableFormulas, scope: Scope, name: str, spec: Column, first: int, weights: list[float]) -> Cell:
    others = table.spec(scope.table).columns.values()
    if spec.correlate is not None or any(one.correlate and one.correlate.with_ == name for one in others):
        return distributions.rising(_share(table, scope, name, spec, 0, 1), first, weights), "int"
    values = [str(first + i) for i in range(len(weights))]
    return distributions.discrete(table.draw(scope, name), values, weights), "int"


def _people(table: TableFormulas, scope: Scope) -> People:
    return People(
        table.spec(scope.table).people,
        scope.row,
        lambda purpose: table.seed(scope, "people", purpose),
        lambda purpose, sql: table.hidden(scope, f"people_{purpose}", sql),
    )


def _person(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    part = spec.person or spec.address
    assert part is not None
    return str(getattr(_people(table, scope), part)()), "string"


def _email(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.email is not None
    for other, column in table.spec(scope.table).columns.items():
        if column.person is not None:
            table.note(Source(scope.table, other))
    return _people(table, scope).email(spec.email), "string"


def _expr(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    assert spec.expr is not None
    return table.expression(scope, name, spec.expr, "expr")


def _template(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    template = spec.template
    assert template is not None

    def text(pattern: str) -> str:
        parts = [
            literal(piece.text)
            if piece.kind == "text"
            else f"CAST({table.resolve(scope, name, piece.text, 'template')} AS STRING)"
            for piece in pieces(pattern)
        ]
        return f"concat({', '.join(parts)})" if len(parts) > 1 else (parts or ["''"])[0]

    def one(patterns: list[str]) -> str:
        texts = [text(pattern) for pattern in patterns]
        if len(texts) == 1:
            return texts[0]
        return distributions.discrete(table.draw(scope, name), texts, [1 / len(texts)] * len(texts))

    if template.by is None:
        return one(next(iter(template.cases.values()))), "string"
    cases = {value: one(patterns) for value, patterns in template.cases.items()}
    return _cases(table, scope, name, "template", template.by, cases), "string"


def _continuous(table: TableFormulas, scope: Scope, name: str, spec: Column) -> Cell:
    if spec.uniform is not None and spec.type in WHOLE:
        return _whole_number(table, scope, name, spec), "bigint"
    try:
        made = distributions.continuous(getattr(spec, spec.formula))
    except ValueError as error:
        raise table.error(scope.table, name, f"{error}.", "Widen them.", spec.formula) from None
    if made.scores and spec.correlate is not None and (made.low, made.high) == (0, 1):
        return made.quantile(_score(table, scope, name)), "double"
    share = _share(table, scope, name, spec, made.low, made.high)
    if made.scores:
        return made.quantile(f"({probit(share)})"), "double"
    if made.position is not None:
        return made.quantile(table.hidden(scope, f"k_{name}", made.position(share))), "double"
    return made.quantile(share), "double"


def _whole_number(table: TableFormulas, scope: Scope, name: str, spec: Column) -> str:
    """A whole number between two bounds, both included, each as likely; exact up to the widest bigint.

    A share has 52 bits: up to so many numbers one multiplication in double finds the number exactly. Among more of
    them the hash itself is multiplied, in decimals.
    """
    assert spec.uniform is not None
    low, high = whole(spec.uniform)
    count = high - low + 1
    if count <= 2**BITS:
        return f"({long(low)} + CAST(floor({_share(table, scope, name, spec, 0, 1)} * {count}D) AS BIGINT))"
    if spec.correlate is None:
        units, unit = f"shiftrightunsigned(xxhash64({scope.row}, {long(table.seed(scope, name, ''))}), 3)", 2**61
    else:
        units, unit = f"{_share(table, scope, name, spec, 0, 1)} * {2.0**53!r}D", 2**53
    product = f"CAST({units} AS DECIMAL(19,0)) * CAST({count}BD AS DECIMAL(20,0))"
    if count > 2**63:  # more than a bigint holds: counted from the smallest one on
        return f"({long(low + 2**63)} + (({product} - {2**63 * unit}BD) div {unit}BD))"
    return f"({long(low)} + (({product}) div {unit}BD))"


def _share(table: TableFormulas, scope: Scope, name: str, spec: Column, low: float, high: float) -> str:
    """A hidden column with the share of probability: the draw, rescaled to what the bounds leave."""
    if spec.correlate is None:
        u = draw(scope.row, table.seed(scope, name, ""))
    else:
        u = table.hidden(scope, f"phi_{name}", normal_cdf(_score(table, scope, name)))
    scaled = u if (low, high) == (0, 1) else f"({low!r}D + {u} * {high - low!r}D)"
    if low > 0 and high == 1:  # what is added up must not round to 1, of which there is no quantile
        scaled = f"least({LAST_SHARE!r}D, {scaled})"
    return table.hidden(scope, f"p_{name}", scaled)


def _score(table: TableFormulas, scope: Scope, name: str) -> str:
    """A hidden column with the normal score behind a column, tied to another's where it is correlated."""
    spec = table.spec(scope.table).columns[name]
    score = f"({probit(table.draw(scope, name))})"
    if spec.correlate is None:
        return table.hidden(scope, f"z_{name}", score)
    r = spec.correlate.r
    theirs = _score(table, scope, spec.correlate.with_)
    return table.hidden(scope, f"z_{name}", f"({r!r}D * {theirs} + {(1 - r * r) ** 0.5!r}D * {score})")


_CELLS: dict[str, Callable[[TableFormulas, Scope, str, Column], Cell]] = {
    "key": _key, "ref": _foreign_key, "arrival": _arrival, "choice": _choice, "boolean": _boolean, "date": _date,
    "person": _person, "address": _person, "email": _email, "expr": _expr, "template": _template, "cycle": _cycle,
    "poisson": _poisson, "zipf": _zipf,
}  # fmt: skip

"""Whether columns that must not repeat can repeat: how likely two rows that are drawn agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.laws import poisson_weights, zipf_weights
from demo_factory.blueprint.lookup import Lookup
from demo_factory.blueprint.placeholders import pieces
from demo_factory.blueprint.ranges import FEWEST_SURE, digits_of, whole

_DRAWS = 2.0**52  # how many different shares a draw has
_NAMES, _PLACES = 40, 40  # a country's given names, family names and cities are at most about so many
_CLASSES = 1024  # of popularity among parents, at most

Path = tuple[str | int, ...]


def check_repeats(lookup: Lookup, rows: Mapping[str, int]) -> Iterator[Problem]:
    """Columns and combinations that are promised to be unique and are drawn so that some surely repeat."""
    for name, table in lookup.tables():
        for column_name, column in table.columns.items():
            blocking = table.contract.blocking if column.check.blocking is None else column.check.blocking
            if column.check.unique and blocking and (name, column_name) not in lookup.broken.columns:
                path: Path = ("tables", name, "columns", column_name, "check", "unique")
                yield from _judge(lookup, name, [column_name], rows, path)
        for index, columns in enumerate(table.contract.unique):
            there = all(one in table.columns for one in columns)
            if table.contract.blocking and columns and there and lookup.is_whole(name):
                yield from _judge(lookup, name, columns, rows, ("tables", name, "contract", "unique", index))


def _judge(lookup: Lookup, table: str, names: list[str], sizes: Mapping[str, int], path: Path) -> Iterator[Problem]:
    rows = sizes.get(table, lookup.blueprint.tables[table].rows)
    chance = _product(_Agreement(lookup, sizes).of(table, name) for name in names)
    if chance is None or rows * (rows - 1) / 2 * chance <= FEWEST_SURE:
        return
    different = round(1 / chance)
    what = names[0] if len(names) == 1 else f"the combination of {' and '.join(names)}"
    message = f"{what} is drawn: {rows:,} rows share about {different:,} values, so that some repeat"
    remedy = "use key, or an expr over the key, for what must not repeat"
    key = lookup.blueprint.tables[table].key
    if len(names) > 1:
        remedy = f"add {key} to the combination, or remove it" if key else "give the table a key, and remove this"
    elif lookup.blueprint.tables[table].columns[names[0]].ref is not None:
        remedy = "a ref may name a parent more than once: remove unique, or move these columns into the parent's table"
    yield Problem(path, message, remedy)


class _Agreement:
    """The chance that two rows of a table have the same value; 0 where none repeats, None where nobody can tell."""

    def __init__(self, lookup: Lookup, sizes: Mapping[str, int]) -> None:
        self._lookup, self._sizes = lookup, sizes
        self._open: set[tuple[str, str]] = set()

    def of(self, table: str, name: str) -> float | None:
        column = self._lookup.column(table, name)
        if column is None or (table, name) in self._open:
            return None
        match column.formula:
            case "key" | "email":
                return 0.0  # both hold the row's number
            case "ref":
                return self._of_parents(column)
            case "cycle":
                return 0.0 if len(set(column.cycle or ())) >= self._rows(table) else 1 / len(set(column.cycle or ()))
            case "expr" | "template":
                self._open.add((table, name))
                found = self._of_others(table, column)
                self._open.remove((table, name))
                return found
        return _of_draw(column)

    def _rows(self, table: str) -> int:
        return self._sizes.get(table, self._lookup.blueprint.tables[table].rows)

    def _of_others(self, table: str, column: Column) -> float | None:
        """An expression that is one column's name repeats as that column; of others Spark alone can tell.

        A single text repeats when all that stands in it does: one column that never repeats is enough.
        """
        if column.template is None:
            return self.of(table, (column.expr or "").strip())
        texts = [text for case in column.template.cases.values() for text in case]
        if len(texts) > 1:
            return None
        names = dict.fromkeys(piece.text for piece in pieces(texts[0]) if piece.kind == "reference")
        return _product(self.of(table, name) for name in names)

    def _of_parents(self, column: Column) -> float | None:
        assert column.ref is not None
        if column.ref.table not in self._lookup.blueprint.tables:
            return None
        parents = self._rows(column.ref.table)
        if column.ref.pick == "uniform":
            return 1 / parents
        if column.ref.pick == "pareto":  # 80 % in one fifth: 0.8^2 / 0.2 + 0.2^2 / 0.8
            return min(1.0, 3.25 / parents)
        classes = min(_CLASSES, parents)
        popularity = [float(rank**-column.ref.exponent) for rank in range(1, classes + 1)]
        return _same(popularity) * classes / parents


def _of_draw(column: Column) -> float | None:
    if column.choice is not None:
        return max(_same(weights.values()) for weights in column.choice.cases.values()) or None
    if isinstance(column.boolean, float | int):
        return float(column.boolean) ** 2 + (1 - float(column.boolean)) ** 2
    if column.date is not None:
        return 1 / ((column.date.max - column.date.min).days + 1)
    if column.poisson is not None:
        return _same(poisson_weights(column.poisson))
    if column.zipf is not None:
        return _same(zipf_weights(column.zipf))
    if column.uniform is not None:
        return 1 / max(1.0, _steps(column))
    if column.arrival is not None:
        return 1 / (86_400 * 36_500) if column.arrival == "timestamp" else 1 / 36_500
    if column.person is not None:
        return 1 / _NAMES**2 if column.person == "full_name" else 1 / _NAMES
    if column.address is not None:
        return 1 / (_PLACES if column.address in ("city", "region", "country") else _PLACES * 100)
    return None


def _same(weights: Iterable[float]) -> float:
    """The chance that two draws by weight agree."""
    kept = list(weights)
    return math.fsum(weight * weight for weight in kept) / math.fsum(kept) ** 2


def _steps(column: Column) -> float:
    """How many different values a uniform column has, all as likely."""
    assert column.uniform is not None
    if column.type in WHOLE:
        first, last = whole(column.uniform)
        return last - first + 1
    width = float(column.uniform.max - column.uniform.min)
    if column.type is not None and column.type.startswith("decimal"):
        return min(_DRAWS, width * 10.0 ** digits_of(column.type)[1])
    return min(_DRAWS, width * 2**24) if column.type == "float" else _DRAWS


def _product(chances: Iterable[float | None]) -> float | None:
    """The chance that all agree at once, each drawn for itself."""
    product, unknown = 1.0, False
    for chance in chances:
        if chance is None:
            unknown = True
        else:
            product *= chance
    return 0.0 if product == 0 else None if unknown else product

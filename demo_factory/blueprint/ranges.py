"""Which values a column's formula can give: pure arithmetic that follows the SQL of the cells step by step."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import cast

from demo_factory.blueprint.columns import Beta, Bounded, Column, Scalar
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.laws import LAST_SHARE, Continuous, poisson_weights, quantile, shares, zipf_weights
from demo_factory.blueprint.lookup import NUMERIC, Lookup
from demo_factory.blueprint.model import Table
from demo_factory.blueprint.placeholders import pieces

LARGEST_FLOAT = 3.4028234663852886e38
FEWEST_SURE = 0.01  # what is expected less than once in so many rows of a whole build is not counted as possible
_CONTEXT = Context(prec=400)  # room for any double with any scale
_LEAST_SHARE = 1e-30  # bounds leave more than 10^-9, and of that a draw gives no less than 10^-16
_SLACK = 1e-8  # relative error of the quantiles in SQL, generously

Amount = int | float | Decimal


@dataclass(frozen=True)
class Range:
    """The smallest and the largest number or day that a formula gives; both ends are included."""

    low: Amount | dt.date
    high: Amount | dt.date


def listed(table: Table, column: Column) -> list[Scalar] | None:
    """Every value that a formula gives where it lists them; what has the weight 0 is never given."""
    if column.choice is not None:
        cases = column.choice.cases.values()
        return list(dict.fromkeys(value for weights in cases for value, weight in weights.items() if weight > 0))
    if column.cycle is not None:
        return list(dict.fromkeys(column.cycle))
    if column.boolean is not None:
        return [bool(column.boolean)] if column.boolean in (0, 1) else [True, False]
    if column.address == "country":
        return [country for country, weight in table.people.items() if weight > 0]
    if column.template is not None:
        found = [pieces(text) for case in column.template.cases.values() for text in case]
        if all(piece.kind == "text" for text in found for piece in text):
            return ["".join(piece.text for piece in text) for text in found]
    return None


def drawn(lookup: Lookup, table: str, name: str, rows: float | None = None) -> Range | None:
    """The numbers or days that a formula gives, in its own type before any cast; None where only plan or Spark knows.

    Args:
        rows: leave out what is hardly ever drawn in so many rows; None: whatever a draw can give at all.
    """
    owner = lookup.blueprint.tables[table]
    column = owner.columns[name]
    rare = 1 - LAST_SHARE if rows is None else min(max(FEWEST_SURE / rows, 1 - LAST_SHARE), 0.5)
    if column.key == "integer":
        return Range(1, round(rows or owner.rows))
    if column.ref is not None:
        return _parents_keys(lookup, column.ref.table)
    if column.date is not None:
        return Range(column.date.min, column.date.max)
    if column.uniform is not None and column.type in WHOLE:
        low, high = whole(column.uniform)
        seldom = 0 if rows is None else math.floor((high - low + 1) * rare)
        return Range(low + seldom, high - seldom)
    if column.poisson is not None:
        return _ranks(0, poisson_weights(column.poisson), 0.0 if rows is None else rare)
    if column.zipf is not None:
        return _ranks(1, zipf_weights(column.zipf), 0.0 if rows is None else rare)
    if column.formula in NUMERIC:
        reach = _reach(owner, name) if rows is None else 1.0
        return _continuous(cast("Continuous", getattr(column, column.formula)), rare, reach)
    return None


def shares_of(column: Column) -> tuple[float, float]:
    """The shares of probability that a column's bounds leave.

    Raises:
        ValueError: when they leave nothing.
    """
    spec = getattr(column, column.formula)
    return shares(spec) if isinstance(spec, Bounded) else (0.0, 1.0)


def too_far(column: Column) -> bool:
    """Whether a draw may give what no double holds, or is not a number at all."""
    spec = getattr(column, column.formula)
    if not isinstance(spec, Bounded | Beta):
        return False
    first, last = shares(spec)
    tried = [first + share * (last - first) for share in (1 - LAST_SHARE, 0.5, LAST_SHARE)]
    return not all(math.isfinite(_quantile(spec, min(share, LAST_SHARE))) for share in tried)


def _quantile(spec: Continuous, share: float) -> float:
    try:
        return quantile(spec, share)
    except OverflowError:
        return math.inf


def whole(spec: Bounded) -> tuple[int, int]:
    """The whole numbers between two bounds, first and last."""
    assert spec.min is not None
    assert spec.max is not None
    return math.ceil(spec.min), math.floor(spec.max)


def _parents_keys(lookup: Lookup, parent: str) -> Range | None:
    owner = lookup.blueprint.tables.get(parent)
    key = owner.columns[owner.key].key if owner and owner.key else None
    return Range(1, owner.rows) if owner and key == "integer" else None


def _ranks(first: int, weights: list[float], rare: float) -> Range:
    low, high, left = 0, len(weights) - 1, rare
    while low < high and (not weights[low] or weights[low] <= left):
        left -= weights[low]
        low += 1
    left = rare
    while high > low and (not weights[high] or weights[high] <= left):
        left -= weights[high]
        high -= 1
    return Range(first + low, first + high)


def _reach(table: Table, name: str) -> float:
    """How much further a normal score reaches when it is tied to others: each link adds a draw of its own."""
    links, at = 1, table.columns[name].correlate
    while at is not None and links <= len(table.columns):
        links += 1
        other = table.columns.get(at.with_)
        at = other.correlate if other is not None else None
    return math.sqrt(links)


def _continuous(spec: Continuous, rare: float, reach: float) -> Range:
    first, last = shares(spec)
    ends = [first + share * (last - first) for share in (rare, 1 - rare)]
    low, high = (_quantile(spec, min(max(share, _LEAST_SHARE), LAST_SHARE)) for share in ends)
    if reach > 1:
        middle = quantile(spec, 0.5)
        low, high = _further(spec, middle, low, reach), _further(spec, middle, high, reach)
    low, high = low - abs(low) * _SLACK, high + abs(high) * _SLACK
    # the cells are kept inside their bounds, and so is what is said of them
    return Range(
        low if spec.min is None else max(float(spec.min), low), high if spec.max is None else min(float(spec.max), high)
    )


def _further(spec: Continuous, middle: float, end: float, reach: float) -> float:
    """A quantile at `reach` times its normal score: exact for the normal and the lognormal, which alone take scores."""
    match type(spec).__name__:
        case "Normal":
            return middle + (end - middle) * reach
        case "Lognormal":
            return float(middle * (end / middle) ** reach)
    return end


def as_type(value: Amount, data_type: str) -> Amount:
    """A number as its column holds it: rounded half up to whole numbers or to the decimals' last digit."""
    if data_type in WHOLE:
        half = Decimal("0.5") if isinstance(value, Decimal) else 0.5
        return value if isinstance(value, int) else math.floor(value + half)  # type: ignore[operator]  # of one kind
    if data_type.startswith("decimal"):
        _, scale = digits_of(data_type)
        if isinstance(value, float):
            if not math.isfinite(units := value * 10**scale + 0.5) or abs(units) >= 2**63:
                return Decimal(repr(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _CONTEXT)
            return Decimal(math.floor(units)).scaleb(-scale)
        return Decimal(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _CONTEXT)
    return value


def limits_of(data_type: str) -> tuple[Amount, Amount] | None:
    """The smallest and the largest number that a type holds; None where nothing is too large."""
    if data_type in WHOLE:
        half = 2 ** (WHOLE[data_type] - 1)
        return -half, half - 1
    if data_type.startswith("decimal"):
        precision, scale = digits_of(data_type)
        most = Decimal(10**precision - 1).scaleb(-scale)
        return -most, most
    return (-LARGEST_FLOAT, LARGEST_FLOAT) if data_type == "float" else None


def digits_of(decimal: str) -> tuple[int, int]:
    """Precision and scale of `decimal(10,2)`."""
    precision, scale = decimal[len("decimal(") : -1].split(",")
    return int(precision), int(scale)


def exact(value: Amount) -> Decimal | int:
    """A number as a contract compares it: a float by the digits that its writer sees."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def natural_of(values: Iterable[Scalar]) -> str | None:
    """The type that listed numbers have where none is declared; None for anything else."""
    kinds = {type(value) for value in values}
    if kinds == {int}:
        return "bigint"
    return "double" if kinds and kinds <= {int, float} else None

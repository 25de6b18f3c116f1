"""Distributions as inverse CDFs in Spark SQL: a share p of the probability in, the value at that share out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from demo_factory.blueprint import columns as c
from demo_factory.blueprint.laws import LAST_SHARE, TABLE_EDGE, quantile, shares
from demo_factory.sql.names import numbers

_MIDDLE, _TAILS, _SPLIT = 512, 64, 0.01
LONGEST_CASE = 32  # up to here a chain of comparisons is quicker than two look-ups in an array


@dataclass(frozen=True)
class Continuous:
    """A continuous distribution: the shares of probability that its bounds leave, and the quantile as SQL.

    `quantile(p)` repeats the text p: pass a column. `position` is set where the quantile needs a look-up position
    in a column of its own first (`quantile` then takes that column).
    """

    low: float
    high: float
    quantile: Callable[[str], str]
    position: Callable[[str], str] | None = None
    scores: bool = False  # quantile takes a normal score (z) instead of a share


def _number(value: float) -> str:
    return f"{float(value)!r}D"


def continuous(spec: object) -> Continuous:
    """The inverse CDF of a blueprint's distribution.

    Raises:
        ValueError: when bounds leave nothing of it.
        TypeError: for a distribution that is not continuous.
    """
    if not isinstance(spec, c.Bounded | c.Beta):
        raise TypeError(f"{type(spec).__name__} is not continuous")
    n = _number
    low, high = shares(spec)

    def made(value: Callable[[str], str], scores: bool = False) -> Continuous:
        return Continuous(low, high, lambda p: _held(spec, value(p)), scores=scores)

    match spec:
        case c.Uniform():
            return made(lambda p: f"({n(spec.min)} + {p} * {n(spec.max - spec.min)})")
        case c.Normal():
            return made(lambda z: f"({n(spec.mean)} + {n(spec.std)} * {z})", scores=True)
        case c.Lognormal():
            return made(lambda z: f"({n(spec.median)} * exp({n(spec.sigma)} * {z}))", scores=True)
        case c.Exponential():
            return made(lambda p: f"({n(-spec.mean)} * ln(1D - {p}))")
        case c.Pareto():
            return made(lambda p: f"({n(spec.min)} * pow(1D - {p}, {n(-1 / spec.alpha)}))")
        case c.Weibull():
            return made(lambda p: f"({n(spec.scale)} * pow(-ln(1D - {p}), {n(1 / spec.shape)}))")
        case c.Triangular():
            return made(_triangular(spec))
        case c.Gamma() | c.Beta():
            return _table(spec, low, high)
    raise TypeError(f"{type(spec).__name__} has no quantile here")


def _held(spec: c.Bounded | c.Beta, value: str) -> str:
    """The value kept inside its bounds, which rounding in the last digit could otherwise leave."""
    if isinstance(spec, c.Uniform) and _uniform_stays_inside(spec):
        return value
    low, high = spec.min, spec.max
    held = value if high is None else f"least({_number(high)}, {value})"
    return held if low is None else f"greatest({_number(low)}, {held})"


def _uniform_stays_inside(spec: c.Uniform) -> bool:
    """Whether both ends of a uniform draw, as doubles add up, lie inside; what is between them then does too."""
    low, high, width = float(spec.min), float(spec.max), float(spec.max - spec.min)
    return low <= low + (1 - LAST_SHARE) * width and low + LAST_SHARE * width <= high


def _triangular(spec: c.Triangular) -> Callable[[str], str]:
    left, right, whole = spec.mode - spec.min, spec.max - spec.mode, spec.max - spec.min
    n = _number
    rising = f"{n(spec.min)} + sqrt({{p}} * {n(left * whole)})"
    falling = f"{n(spec.max)} - sqrt((1D - {{p}}) * {n(right * whole)})"
    return lambda p: f"IF({p} < {n(left / whole)}, {rising.format(p=p)}, {falling.format(p=p)})"


def _table(spec: c.Gamma | c.Beta, low: float, high: float) -> Continuous:
    """A quantile table with evenly spaced knots in the middle and evenly spaced log-shares in both tails."""
    import numpy as np  # a fifth of a second that only gamma and beta need

    tail = np.exp(np.linspace(math.log(TABLE_EDGE), math.log(_SPLIT), _TAILS + 1))
    knots = np.concatenate([tail[:-1], np.linspace(_SPLIT, 1 - _SPLIT, _MIDDLE + 1), 1 - tail[::-1][1:]])
    values = [quantile(spec, float(share)) for share in knots]
    array = numbers(map(repr, values), "DOUBLE")
    per_log = _TAILS / (math.log(_SPLIT) - math.log(TABLE_EDGE))
    per_share = _MIDDLE / (1 - 2 * _SPLIT)
    start, last = -math.log(TABLE_EDGE) * per_log, len(values) - 1

    def position(p: str) -> str:
        lower = f"{_number(per_log)} * ln({p}) + {_number(start)}"
        middle = f"{_number(float(_TAILS))} + ({p} - {_number(_SPLIT)}) * {_number(per_share)}"
        upper = f"{_number(last - start)} - {_number(per_log)} * ln(1D - {p})"
        place = f"CASE WHEN {p} < {_SPLIT!r}D THEN {lower} WHEN {p} <= {1 - _SPLIT!r}D THEN {middle} ELSE {upper} END"
        return f"greatest(0D, least({_number(last - 1e-9)}, {place}))"

    def value(k: str) -> str:
        floor = f"CAST(floor({k}) AS INT)"
        here, there = f"element_at({array}, {floor} + 1)", f"element_at({array}, {floor} + 2)"
        return _held(spec, f"({here} + ({k} - floor({k})) * ({there} - {here}))")

    return Continuous(low, high, value, position)


def discrete(u: str, values: Sequence[str], weights: Sequence[float]) -> str:
    """SQL for one of the values (SQL literals) by weight, from a uniform column u.

    Short lists are a chain of comparisons; long ones use Walker's alias arrays, O(1) a row.
    """
    total = math.fsum(weights)
    kept = [(value, weight / total) for value, weight in zip(values, weights, strict=True) if weight > 0]
    if len(kept) == 1:
        return kept[0][0]
    if len(kept) <= LONGEST_CASE:
        bounds = list(accumulate(weight for _, weight in kept))
        steps = [f"WHEN {u} < {_number(b)} THEN {value}" for (value, _), b in zip(kept[:-1], bounds, strict=False)]
        return f"CASE {' '.join(steps)} ELSE {kept[-1][0]} END"
    return _alias(u, [value for value, _ in kept], [weight for _, weight in kept])


def rising(p: str, first: int, weights: Sequence[float]) -> str:
    """SQL for a whole number from `first` on by weight that never falls while the share p (a column) rises.

    What is correlated is tied through shares, so the quick look-up of `discrete`, which has no order, would lose it;
    this one is a binary search among the sums of the weights: in a list of 100,000 it takes 17 steps.
    """
    if len(weights) <= LONGEST_CASE:
        return discrete(p, [str(first + i) for i in range(len(weights))], weights)
    total = math.fsum(weights)
    sums = [min(1.0, one / total) for one in accumulate(weights[:-1])]
    steps = [2**i for i in reversed(range(len(sums).bit_length()))]
    padded = [*map(repr, sums), *["2.0"] * (sum(steps) - len(sums))]  # what no share reaches: every step has a place
    array = numbers(padded, "DOUBLE")
    found = f"IF(element_at({array}, _at + _step) <= {p}, _at + _step, _at)"
    return f"({first} + aggregate(array({', '.join(map(str, steps))}), 0, (_at, _step) -> {found}))"


def _alias(u: str, values: list[str], weights: list[float]) -> str:
    count = len(values)
    share, other = [weight * count for weight in weights], list(range(count))
    small = [i for i, weight in enumerate(share) if weight < 1]
    large = [i for i, weight in enumerate(share) if weight >= 1]
    chance = [1.0] * count
    while small and large:
        low, high = small.pop(), large.pop()
        chance[low], other[low] = share[low], high
        share[high] -= 1 - share[low]
        (small if share[high] < 1 else large).append(high)
    slot = f"CAST(floor({u} * {count}D) AS INT)"
    chances = numbers(map(repr, chance), "DOUBLE")
    picked = f"element_at({numbers(other, 'INT')}, {slot} + 1)"
    index = f"IF({u} * {count}D - {slot} < element_at({chances}, {slot} + 1), {slot}, {picked})"
    return f"element_at(array({', '.join(values)}), {index} + 1)"

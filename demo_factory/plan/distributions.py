"""Distributions as inverse CDFs in Spark SQL: a share p of the probability in, the value at that share out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist
from typing import Any

from demo_factory.blueprint import columns as c
from demo_factory.plan.names import numbers

_EDGE = 1e-9  # quantile tables end at these shares; beyond them a value would be drawn once in a billion rows
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


def _bounded(spec: c.Bounded, cdf: Callable[[float], float]) -> tuple[float, float]:
    low = cdf(spec.min) if spec.min is not None else 0.0
    high = cdf(spec.max) if spec.max is not None else 1.0
    if high - low < _EDGE:
        raise ValueError(f"the bounds {spec.min} to {spec.max} leave almost nothing of the distribution")
    return float(low), float(high)


def _number(value: float) -> str:
    return f"{float(value)!r}D"


def continuous(spec: object) -> Continuous:
    """The inverse CDF of a blueprint's distribution.

    Raises:
        ValueError: when bounds leave nothing of it.
        TypeError: for a distribution that is not continuous.
    """
    n = _number
    match spec:
        case c.Uniform():
            return Continuous(0, 1, lambda p: f"({n(spec.min)} + {p} * {n(spec.max - spec.min)})")
        case c.Normal():
            low, high = _bounded(spec, NormalDist(spec.mean, spec.std).cdf)
            return Continuous(low, high, lambda z: f"({n(spec.mean)} + {n(spec.std)} * {z})", scores=True)
        case c.Lognormal():
            logs = NormalDist(math.log(spec.median), spec.sigma)
            low, high = _bounded(spec, lambda x: logs.cdf(math.log(x)) if x > 0 else 0.0)
            return Continuous(low, high, lambda z: f"({n(spec.median)} * exp({n(spec.sigma)} * {z}))", scores=True)
        case c.Exponential():
            low, high = _bounded(spec, lambda x: -math.expm1(-max(x, 0) / spec.mean))
            return Continuous(low, high, lambda p: f"({n(-spec.mean)} * ln(1D - {p}))")
        case c.Pareto():
            high = 1 - (spec.min / spec.max) ** spec.alpha if spec.max is not None else 1.0
            return Continuous(0, high, lambda p: f"({n(spec.min)} * pow(1D - {p}, {n(-1 / spec.alpha)}))")
        case c.Weibull():
            low, high = _bounded(spec, lambda x: -math.expm1(-((max(x, 0) / spec.scale) ** spec.shape)))
            return Continuous(low, high, lambda p: f"({n(spec.scale)} * pow(-ln(1D - {p}), {n(1 / spec.shape)}))")
        case c.Triangular():
            return _triangular(spec)
        case c.Gamma():
            return _gamma(spec)
        case c.Beta():
            return _beta(spec)
    raise TypeError(f"{type(spec).__name__} is not continuous")


def _triangular(spec: c.Triangular) -> Continuous:
    left, right, whole = spec.mode - spec.min, spec.max - spec.mode, spec.max - spec.min
    n = _number
    rising = f"{n(spec.min)} + sqrt({{p}} * {n(left * whole)})"
    falling = f"{n(spec.max)} - sqrt((1D - {{p}}) * {n(right * whole)})"
    return Continuous(0, 1, lambda p: f"IF({p} < {n(left / whole)}, {rising.format(p=p)}, {falling.format(p=p)})")


def _gamma(spec: c.Gamma) -> Continuous:
    from scipy import special  # a third of a second that only these two formulas need

    low, high = _bounded(spec, lambda x: special.gammainc(spec.shape, max(x, 0) / spec.scale))
    return _table(low, high, lambda p: special.gammaincinv(spec.shape, p) * spec.scale)


def _beta(spec: c.Beta) -> Continuous:
    from scipy import special

    width = spec.max - spec.min
    return _table(0, 1, lambda p: spec.min + width * special.betaincinv(spec.a, spec.b, p))


def _table(low: float, high: float, quantile: Callable[[Any], Any]) -> Continuous:
    """A quantile table with evenly spaced knots in the middle and evenly spaced log-shares in both tails."""
    import numpy as np  # a fifth of a second that only gamma and beta need

    tail = np.exp(np.linspace(math.log(_EDGE), math.log(_SPLIT), _TAILS + 1))
    shares = np.concatenate([tail[:-1], np.linspace(_SPLIT, 1 - _SPLIT, _MIDDLE + 1), 1 - tail[::-1][1:]])
    values = quantile(shares)
    array = numbers((repr(float(value)) for value in values), "DOUBLE")
    per_log = _TAILS / (math.log(_SPLIT) - math.log(_EDGE))
    per_share = _MIDDLE / (1 - 2 * _SPLIT)
    start, last = -math.log(_EDGE) * per_log, len(values) - 1

    def position(p: str) -> str:
        lower = f"{_number(per_log)} * ln({p}) + {_number(start)}"
        middle = f"{_number(float(_TAILS))} + ({p} - {_number(_SPLIT)}) * {_number(per_share)}"
        upper = f"{_number(last - start)} - {_number(per_log)} * ln(1D - {p})"
        place = f"CASE WHEN {p} < {_SPLIT!r}D THEN {lower} WHEN {p} <= {1 - _SPLIT!r}D THEN {middle} ELSE {upper} END"
        return f"greatest(0D, least({_number(last - 1e-9)}, {place}))"

    def value(k: str) -> str:
        floor = f"CAST(floor({k}) AS INT)"
        here, there = f"element_at({array}, {floor} + 1)", f"element_at({array}, {floor} + 2)"
        return f"({here} + ({k} - floor({k})) * ({there} - {here}))"

    return Continuous(low, high, value, position)


def poisson_weights(spec: c.Poisson) -> list[float]:
    """The chances of 0, 1, 2, ... up to where less than one in 10^12 is left (that rest goes to the last)."""
    last = int(spec.mean + 8 * math.sqrt(spec.mean) + 12)
    chances = [math.exp(count * math.log(spec.mean) - spec.mean - math.lgamma(count + 1)) for count in range(last + 1)]
    total = math.fsum(chances)
    return [chance / total for chance in chances]


def zipf_weights(spec: c.Zipf) -> list[float]:
    """The chances of the ranks 1 to n."""
    weights = [rank**-spec.exponent for rank in range(1, spec.n + 1)]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


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
